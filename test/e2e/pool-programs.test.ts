/** Pools that real programs write, repaired by ours; pools that ours makes, used by real programs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { walkFill, walkInBackground, walkVerify } from '../support/pmdk.ts';
import {
  makePool,
  MIB,
  referenceEnvironment,
  scratchDirectory,
  setText,
  type PoolShape,
} from '../support/pool-fixture.ts';
import { referencePmempool, requires } from '../support/requirements.ts';
import { digestTree } from '../support/tree-snapshot.ts';

const OURS = path.resolve(import.meta.dirname, '../../bin/pmempool');

interface Result {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

function run(
  program: string,
  args: readonly string[],
  directory: string,
  env: NodeJS.ProcessEnv = process.env,
): Result {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: directory,
    encoding: 'utf8',
    env,
  });
  return { exit: status, out: stdout, err: stderr };
}

const PART = 16 * MIB;
/** Three replicas, split differently, full of objects of all types. */
const LARGE: PoolShape = {
  replicas: [[PART, PART], [2 * PART], [PART, 8 * MIB, 8 * MIB + 4096]],
  fill: { records: 100_000, blobs: 'full' },
};

suite('a pool of 100,000 objects', () => {
  const losses: Readonly<Record<string, (directory: string) => void>> = {
    'the first part of the first replica': (at) => rmSync(path.join(at, 'r0p0')),
    'a later part and a whole replica': (at) => {
      rmSync(path.join(at, 'r0p1'));
      rmSync(path.join(at, 'r1p0'));
    },
    'two replicas of three': (at) => {
      for (const name of ['r0p0', 'r0p1', 'r2p0', 'r2p1', 'r2p2']) rmSync(path.join(at, name));
    },
    'the length of a part': (at) => truncateSync(path.join(at, 'r2p1'), 3 * MIB),
  };
  for (const [name, lose] of Object.entries(losses)) {
    test(`survives the loss of ${name}, in every replica`, (t: TestContext) => {
      if (!requires(t, 'pmempool', 'libpmemobj')) return;
      using scratch = scratchDirectory();
      const fixture = makePool(scratch.path, LARGE);
      lose(scratch.path);
      const repair = run(OURS, ['sync', '-v', 'my.set'], scratch.path);
      assert.deepEqual(repair, { exit: 0, out: 'my.set: synchronized\n', err: '' });
      assert.equal(walkVerify(fixture.set).summary, fixture.summary);
      // A program reads the first replica only. So each of the others has to bring it back, by the reference's hand.
      for (const source of [1, 2]) {
        for (const [replica, parts] of fixture.parts.entries()) {
          if (replica !== source) for (const part of parts) rmSync(part);
        }
        const back = run(referencePmempool(), ['sync', 'my.set'], scratch.path);
        assert.deepEqual(back, { exit: 0, out: '', err: '' });
        assert.equal(walkVerify(fixture.set).summary, fixture.summary, `replica ${source}`);
      }
    });
  }
});

suite('a pool that a program has open', () => {
  for (const mode of ['hold', 'txloop'] as const) {
    test(`is left alone by every command while the program is in ${mode}`, async (t: TestContext) => {
      if (!requires(t, 'pmempool', 'libpmemobj')) return;
      using scratch = scratchDirectory();
      const fixture = makePool(scratch.path, {
        replicas: [[PART], [PART]],
        fill: { records: 100, blobs: 1 },
      });
      {
        await using program = await walkInBackground(fixture.set, mode);
        const before = mode === 'hold' ? digestTree(scratch.path) : undefined;
        const busy = 'Resource temporarily unavailable';
        const sync = run(OURS, ['sync', 'my.set'], scratch.path);
        assert.equal(sync.exit, 1);
        assert.match(sync.err, new RegExp(`flock ".*/r0p0": ${busy}\nerror: ${busy}\n$`));
        for (const command of ['check', 'info', 'rm']) {
          const { exit, err } = run(OURS, [command, 'my.set'], scratch.path);
          assert.equal(exit, 1, command);
          assert.match(err, new RegExp(busy), command);
        }
        if (before !== undefined) assert.deepEqual(digestTree(scratch.path), before);
        assert.equal(program.exitCode, null);
      }
      assert.ok(walkVerify(fixture.set).ok);
    });
  }
});

suite('a pool that ours makes', () => {
  const shapes: Readonly<Record<string, PoolShape>> = {
    'two replicas of two parts': {
      replicas: [
        [PART, PART],
        [PART, PART],
      ],
    },
    'one part': { replicas: [[PART]] },
    'replicas of different sizes': { replicas: [[PART, 4 * MIB], [3 * PART], [9 * MIB, PART]] },
    'one header a replica': {
      replicas: [
        [PART, PART],
        [2 * PART, PART],
      ],
      singleHeader: true,
    },
    'parts without shutdown state': { replicas: [[PART], [PART]], shutdownState: false },
    directories: {
      replicas: [[400 * MIB], [400 * MIB]],
      singleHeader: true,
      directories: true,
    },
  };
  for (const [name, shape] of Object.entries(shapes)) {
    test(`is filled and read by a program: ${name}`, (t: TestContext) => {
      if (!requires(t, 'pmempool', 'libpmemobj')) return;
      using scratch = scratchDirectory();
      const set = path.join(scratch.path, 'my.set');
      writeFileSync(set, setText(scratch.path, shape));
      if (shape.directories === true) {
        for (const index of shape.replicas.keys()) mkdirSync(path.join(scratch.path, `r${index}`));
      }
      const env = referenceEnvironment(shape.shutdownState ?? true);
      const made = run(OURS, ['create', '--layout', 'walk', 'obj', 'my.set'], scratch.path, env);
      assert.deepEqual(made, { exit: 0, out: '', err: '' });
      const summary = walkFill(set, { records: 5000, blobs: 20 });
      assert.equal(walkVerify(set).summary, summary);
      for (const program of [OURS, referencePmempool()]) {
        const check = run(program, ['check', 'my.set'], scratch.path);
        assert.deepEqual(check, { exit: 0, out: '', err: '' });
      }
    });
  }

  test('in one file is filled and read by a program', (t: TestContext) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory();
    const args = ['create', '-s', '20M', '-l', 'walk', 'obj', 'pool'];
    assert.equal(run(OURS, args, scratch.path).exit, 0);
    const summary = walkFill(path.join(scratch.path, 'pool'), { records: 5000, blobs: 'full' });
    assert.equal(walkVerify(path.join(scratch.path, 'pool')).summary, summary);
  });
});

function heapOf({ out }: Result): string {
  return out.slice(out.indexOf('\nHeap:\n'));
}

suite('statistics of a heap', () => {
  test('are those of the reference, before and after a program has filled it', (t: TestContext) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory();
    const fixture = makePool(scratch.path, { replicas: [[PART, PART], [2 * PART]] });
    const statistics = (program: string): string =>
      heapOf(run(program, ['info', '-s', 'my.set'], scratch.path));
    assert.equal(statistics(OURS), statistics(referencePmempool()));
    walkFill(fixture.set, { records: 20_000, blobs: 'full' });
    assert.match(statistics(OURS), /Unit size +: 66560\n/);
    assert.equal(statistics(OURS), statistics(referencePmempool()));
  });
});
