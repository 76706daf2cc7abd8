import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { MIB } from '../../../src/base/index.ts';
import { scratchDirectory } from '../../support/pool-fixture.ts';
import { digestTree } from '../../support/tree-snapshot.ts';
import {
  freshPool,
  overwrite,
  plainEnvironment,
  RESILVER,
  resilver,
  resilverJson,
  type FreshPool,
} from '../run-resilver.ts';

/** In the data of part 1, behind everything that describes the heap. */
const DATA_OFFSET = 5 * MIB;

function dataOf(pool: FreshPool, name: string): Buffer {
  return fs.readFileSync(pool.part(name)).subarray(4096);
}

suite('resilver pool sync', () => {
  test('a healthy set is drawn and left alone', () => {
    using scratch = scratchDirectory();
    const { set } = freshPool(scratch.path);
    const before = digestTree(scratch.path);
    const { status, stdout, stderr } = resilver(['pool', 'sync', set]);
    assert.equal(status, 0);
    assert.equal(stderr, '');
    assert.match(stdout, /replica 1 {2}│ ✓ 8 MiB │ ✓ 8 MiB\n/);
    assert.match(stdout, /✓ Healthy: nothing to repair\n$/);
    assert.deepEqual(digestTree(scratch.path), before);
  });

  test('a lost part and a damaged header come back, from a replica each', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    overwrite(pool.part('r0p1'), DATA_OFFSET, 'precious');
    overwrite(pool.part('r1p1'), DATA_OFFSET, 'precious');
    fs.unlinkSync(pool.part('r0p1'));
    overwrite(pool.part('r1p0'), 0, 'overwritten');
    const { status, stdout, stderr } = resilver(['pool', 'sync', pool.set, '--verify']);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.match(stdout, /✗ 8 MiB missing/);
    assert.match(stdout, /! 8 MiB header damaged/);
    assert.match(stdout, /No replica is whole.*r0p1 from r1p1; r1p0 from/);
    assert.match(stdout, /Plan: 2 steps, 7\.99 MiB to copy|Plan: 2 steps, 8 MiB to copy/);
    assert.match(stdout, /✓ Repaired and verified: r0p1 and r1p0\n/);
    assert.match(stdout, /all\s+data read and equal/);
    assert.deepEqual(dataOf(pool, 'r0p1'), dataOf(pool, 'r1p1'));
    assert.equal(
      dataOf(pool, 'r0p1').toString('latin1', DATA_OFFSET - 4096, DATA_OFFSET - 4088),
      'precious',
    );
    assert.equal(resilver(['pool', 'check', pool.set]).status, 0);
  });

  test('without --verify it says that data was not compared', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    fs.unlinkSync(pool.part('r0p1'));
    const { status, stdout } = resilver(['pool', 'sync', pool.set]);
    assert.equal(status, 0);
    assert.match(stdout, /Data\s+was not compared; --verify\s+does/);
  });

  test('a dry run prints the plan that the real run executes, and changes nothing', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    fs.unlinkSync(pool.part('r1p0'));
    overwrite(pool.part('r1p1'), 100, 'x');
    const before = digestTree(scratch.path);
    const dry = resilver(['pool', 'sync', '-d', pool.set]);
    assert.equal(dry.status, 1, 'damage was found');
    assert.deepEqual(digestTree(scratch.path), before);
    const real = resilver(['pool', 'sync', pool.set]);
    assert.equal(real.status, 0);
    assert.equal(planIn(dry.stdout), planIn(real.stdout));
    assert.match(dry.stdout, /Dry run: nothing was changed/);
  });

  test('--quiet says nothing when all goes well, and why when it does not', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    fs.unlinkSync(pool.part('r0p1'));
    assert.deepEqual(resilver(['pool', 'sync', '-q', pool.set]), {
      status: 0,
      stdout: '',
      stderr: '',
    });
    fs.unlinkSync(pool.part('r0p1'));
    fs.unlinkSync(pool.part('r1p1'));
    const refused = resilver(['pool', 'sync', '-q', pool.set]);
    assert.equal(refused.status, 1);
    assert.equal(refused.stdout, '');
    assert.match(
      refused.stderr,
      /^resilver: Cannot repair .*my\.set; nothing was changed\n {2}- No replica has pool range 0x/,
    );
  });

  test('replicas that differ are shown by --compare, mended by --heal-from', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    overwrite(pool.part('r1p1'), DATA_OFFSET, 'wrong');
    assert.equal(resilver(['pool', 'sync', pool.set]).status, 0, 'headers are fine');
    const compared = resilver(['pool', 'sync', '--compare', pool.set]);
    assert.equal(compared.status, 1);
    assert.match(compared.stderr, /^\nresilver: The replicas of .* differ/);
    assert.match(compared.stdout, /--heal-from R\n$/);
    const healed = resilver(['pool', 'sync', '--heal-from', '0', pool.set]);
    assert.equal(healed.status, 0);
    assert.match(healed.stdout, /Replica 0: chosen by --heal-from 0/);
    assert.match(healed.stdout, /r1p1 {2}4 KiB that differed rewritten, header written/);
    assert.deepEqual(dataOf(pool, 'r1p1'), dataOf(pool, 'r0p1'));
    assert.ok(!dataOf(pool, 'r0p1').includes('wrong'));
  });

  test('a repair beside which replicas differ is not called a success', () => {
    using scratch = scratchDirectory();
    const sizes = [8 * MIB, 8 * MIB];
    const pool = freshPool(scratch.path, [sizes, sizes, sizes]);
    fs.unlinkSync(pool.part('r2p0'));
    overwrite(pool.part('r1p1'), DATA_OFFSET, 'wrong');
    const { status, stdout, stderr } = resilver(['pool', 'sync', '--verify', pool.set]);
    assert.equal(status, 1);
    assert.match(stdout, /! The plan was carried out \(r2p0\), but the set is not healthy/);
    assert.match(stdout, /Replica 1 is alone in every range/);
    assert.match(stderr, /not healthy after the repair/);
    assert.ok(fs.existsSync(pool.part('r2p0')));
  });

  test('a doubtful combination is refused, says why, and is done with --combine', () => {
    using scratch = scratchDirectory();
    const sizes = [8 * MIB, 8 * MIB, 8 * MIB];
    const pool = freshPool(scratch.path, [sizes, sizes]);
    overwrite(pool.part('r1p1'), DATA_OFFSET, 'another moment');
    fs.unlinkSync(pool.part('r0p2'));
    fs.unlinkSync(pool.part('r1p0'));
    const before = digestTree(scratch.path);
    const refused = resilver(['pool', 'sync', pool.set]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /not certain[^]*differ at pool range[^]*--combine/);
    assert.deepEqual(digestTree(scratch.path), before);
    const combined = resilver(['pool', 'sync', '--combine', pool.set]);
    assert.equal(combined.status, 1, 'all parts are whole, but the replicas still differ');
    assert.match(combined.stderr, /not healthy after the repair/);
    assert.match(combined.stdout, /Accepted with --combine, although replicas 0 and 1\s+differ/);
    assert.equal(resilver(['pool', 'check', pool.set]).status, 0);
    assert.equal(resilver(['pool', 'sync', '-q', '--heal-from', '0', pool.set]).status, 0);
    assert.equal(resilver(['pool', 'compare', pool.set]).status, 0);
  });

  test('what is said is not wider than the terminal, long paths aside', () => {
    using scratch = scratchDirectory();
    const sizes = Array.from({ length: 9 }, () => 8 * MIB);
    const pool = freshPool(scratch.path, [sizes, sizes]);
    fs.unlinkSync(pool.part('r0p7'));
    for (const columns of [60, 80, 120]) {
      const { stdout } = resilver(['pool', 'sync', '-d', pool.set], {
        env: plainEnvironment({ COLUMNS: String(columns) }),
      });
      const lines = stdout.split('\n').filter((line) => !line.includes(scratch.path));
      assert.ok(lines.length > 10);
      for (const line of lines) assert.ok(line.length <= columns, `${columns}: ${line}`);
    }
  });

  test('--json prints one document, with the plan and what came of it', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    fs.unlinkSync(pool.part('r0p1'));
    const dry = resilverJson(['pool', 'sync', '--dry-run', pool.set]);
    assert.equal(dry.status, 1);
    assert.equal(dry.stderr, '');
    assert.deepEqual(
      [dry.document.schema, dry.document.outcome, dry.document.dryRun, dry.document.repair],
      [1, 'planned', true, null],
    );
    const { status, document } = resilverJson(['pool', 'sync', '--verify', pool.set]);
    assert.equal(status, 0);
    assert.equal(document.outcome, 'repaired');
    assert.deepEqual(document.plan, dry.document.plan);
    assert.deepEqual(
      document.findings.map(({ code, severity }) => [code, severity]),
      [['part-missing', 'damage']],
    );
    assert.deepEqual(
      document.plan.steps.map(({ kind, name }) => [kind, name]),
      [['replace-part', 'r0p1']],
    );
    assert.equal(document.repair!.bytesCopied, document.plan.bytesToCopy);
    assert.deepEqual(
      document.repair!.parts.map(({ name, anew }) => [name, anew]),
      [['r0p1', true]],
    );
    assert.equal(document.verification!.healthy, true);
    assert.equal(resilverJson(['pool', 'sync', pool.set]).document.outcome, 'healthy');
  });

  test('a run that is interrupted leaves nothing unfinished, and the next one finishes', async () => {
    using scratch = scratchDirectory();
    const size = 256 * MIB;
    const pool = freshPool(scratch.path, [
      [8 * MIB, size],
      [8 * MIB, size],
    ]);
    // Zeros would not be copied, only reserved, and be done before anyone could interrupt.
    for (const name of ['r0p1', 'r1p1'])
      overwrite(pool.part(name), DATA_OFFSET, Buffer.alloc(240 * MIB, name.slice(2)));
    fs.unlinkSync(pool.part('r0p1'));
    const { code, stderr } = await interruptWhileCopying(pool, 'r0p1');
    assert.equal(code, 130, stderr);
    assert.match(
      stderr,
      /^resilver: Interrupted in step 1 of 1; .*the same command finishes the job\n$/,
    );
    assert.deepEqual(fs.readdirSync(scratch.path).toSorted(), ['my.set', 'r0p0', 'r1p0', 'r1p1']);
    assert.equal(resilver(['pool', 'sync', '--verify', pool.set]).status, 0);
    assert.equal(resilver(['pool', 'compare', pool.set]).status, 0);
  });
});

function planIn(text: string): string {
  return /Plan: [^]*?\n\n/.exec(text)![0];
}

/** Stops the process the moment its new file appears, so that the signal certainly comes before the end. */
async function interruptWhileCopying(
  pool: FreshPool,
  name: string,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const directory = path.dirname(pool.set);
  const child = spawn(process.execPath, [RESILVER, 'pool', 'sync', pool.set], {
    env: plainEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const watcher = fs.watch(directory);
  watcher.on('change', (_, file) => {
    if (file !== `${name}.resilver-new` || child.killed) return;
    child.kill('SIGSTOP');
    child.kill('SIGINT');
    child.kill('SIGCONT');
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  watcher.close();
  return { code, stderr };
}
