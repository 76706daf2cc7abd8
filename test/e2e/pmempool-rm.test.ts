/** `pmempool rm` by both tools on identical copies: answers and what is left. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { compareTools, OWN_PMEMPOOL, runTool } from '../support/both-tools.ts';
import {
  makePool,
  MIB,
  scratchDirectory,
  type PoolFixture,
  type PoolShape,
} from '../support/pool-fixture.ts';
import { requires } from '../support/requirements.ts';

const SHAPES: Readonly<Record<string, PoolShape>> = {
  'parts with headers': { replicas: [[8 * MIB, 8 * MIB], [17 * MIB]] },
  SINGLEHDR: { replicas: [[8 * MIB, 8 * MIB], [17 * MIB]], singleHeader: true },
  directories: { replicas: [[40 * MIB], [40 * MIB]], singleHeader: true, directories: true },
};
const PLAIN = SHAPES['parts with headers']!;

suite('pmempool rm removes what the reference removes', () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    for (const options of ['', '-v', '-s', '-av', '-l', '-f', '-afv']) {
      test(`rm ${options} of a set: ${name}`, (t: TestContext) => {
        const answers = compareTools(
          t,
          shape,
          [{ args: `rm ${options} my.set` }],
          leaveRecoveryFile,
        );
        if (answers !== undefined) assert.equal(answers[0]!.exit, 0);
      });
    }
  }

  for (const [name, input] of Object.entries({
    yes: 'y\ny\ny\ny\n',
    no: 'n\nn\nn\nn\n',
    mixed: 'n\nYes\n\nNo\n',
    'unclear, then yes': 'what\n1\ny\ny\ny\nn\n',
    nothing: '',
  })) {
    test(`with the answer ${name}`, (t: TestContext) => {
      compareTools(t, PLAIN, [{ args: 'rm -iav my.set', input }]);
    });
  }

  test('of what is missing, or is no file, or makes no sense', (t: TestContext) => {
    compareTools(
      t,
      PLAIN,
      [
        { args: 'rm' },
        { args: 'rm nowhere' },
        { args: 'rm -f nowhere' },
        { args: 'rm -v nowhere r0p1 r1p0' },
        { args: 'rm -v r0' },
        { args: 'rm -v bad.set' },
        { args: 'rm -v my.set' },
        { args: 'rm -fv my.set' },
        { args: 'rm -av my.set' },
        { args: 'rm --bogus my.set' },
      ],
      (pool) => {
        fs.mkdirSync(path.join(pool.directory, 'r0'));
        fs.writeFileSync(path.join(pool.directory, 'bad.set'), 'PMEMPOOLSET\nnonsense\n');
      },
    );
  });

  test('of links', (t: TestContext) => {
    compareTools(t, PLAIN, [{ args: 'rm -v link' }, { args: 'rm -v my.set' }], (pool) => {
      fs.renameSync(pool.parts[0]![1]!, path.join(pool.directory, 'elsewhere'));
      fs.symlinkSync(path.join(pool.directory, 'elsewhere'), pool.parts[0]![1]!);
      fs.symlinkSync(pool.parts[1]![0]!, path.join(pool.directory, 'link'));
    });
  });
});

function leaveRecoveryFile({ set }: PoolFixture): void {
  fs.writeFileSync(`${set}_r0_p0_badblocks.txt`, '0 0\n');
}

suite('pmempool rm, more careful than the reference', () => {
  test('a file that is no pool stays, unless it is forced', (t: TestContext) => {
    using scratch = scratchDirectory();
    const notes = path.join(scratch.path, 'notes');
    fs.writeFileSync(notes, 'not a pool\n');
    assert.deepEqual(runTool(OWN_PMEMPOOL, scratch.path, { args: 'rm notes' }), {
      exit: 1,
      out: '',
      err: "error: cannot remove 'notes': it does not look like a pool file, -f removes it\n",
    });
    assert.equal(fs.readFileSync(notes, 'utf8'), 'not a pool\n');
    assert.equal(runTool(OWN_PMEMPOOL, scratch.path, { args: 'rm -f notes' }).exit, 0);
    assert(!fs.existsSync(notes));
    t.diagnostic('the reference removes any file');
  });

  test('a pipe is not waited for', () => {
    using scratch = scratchDirectory();
    assert.equal(spawnSync('mkfifo', [path.join(scratch.path, 'pipe')]).status, 0);
    assert.equal(runTool(OWN_PMEMPOOL, scratch.path, { args: 'rm pipe' }).exit, 1);
    assert(fs.existsSync(path.join(scratch.path, 'pipe')));
  });

  test('a part that a program has open stays', async (t: TestContext) => {
    if (!requires(t, 'pmempool', 'flock')) return;
    using scratch = scratchDirectory();
    const pool = makePool(scratch.path, PLAIN);
    const [part] = pool.parts[1]!;
    const user = spawn('flock', [part!, 'sh', '-c', 'echo held; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(user.stdout, 'data');
    const answer = runTool(OWN_PMEMPOOL, scratch.path, { args: 'rm my.set' });
    user.stdin.end('\n');
    await once(user, 'exit');
    assert.equal(answer.exit, 1);
    assert.match(answer.err, /Resource temporarily unavailable/);
    assert(fs.existsSync(part!));
  });
});
