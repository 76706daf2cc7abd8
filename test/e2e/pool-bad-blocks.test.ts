/** Healing with recovery files, against and together with the reference, on real files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { RangeSet } from '../../src/base/index.ts';
import {
  apply,
  ListedBadBlocks,
  openPoolSet,
  plan,
  survey,
  type SyncPlan,
} from '../../src/pool/index.ts';
import { walkVerify } from '../support/pmdk.ts';
import {
  makePool,
  MIB,
  scratchDirectory,
  type PoolFixture,
  type PoolShape,
} from '../support/pool-fixture.ts';
import { referencePmempool, requires } from '../support/requirements.ts';

const OURS = path.resolve(import.meta.dirname, '../../bin/pmempool');
const PART = 10 * MIB;
const TWO_BY_TWO: PoolShape = {
  replicas: [
    [PART, PART],
    [PART, PART],
  ],
  fill: { records: 2000, blobs: 100 },
};
const BAD = { offset: 6 * MIB, end: 6 * MIB + 3 * 4096 };

interface Result {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

function run(program: string, { directory }: PoolFixture, ...args: readonly string[]): Result {
  const done = spawnSync(program, args, { cwd: directory, encoding: 'utf8' });
  return { exit: done.status, out: done.stdout, err: done.stderr };
}

const reference = (pool: PoolFixture, ...args: readonly string[]): Result =>
  run(referencePmempool(), pool, ...args);
const ours = (pool: PoolFixture, ...args: readonly string[]): Result => run(OURS, pool, ...args);

/** One recovery file for every part, relative to the set file as it is named on the command line. */
function writeRecords(
  { directory, parts }: PoolFixture,
  ranges: Readonly<Record<string, readonly { offset: number; end: number }[]>>,
): void {
  for (const [r, replica] of parts.entries()) {
    for (const p of replica.keys()) {
      const lines = (ranges[`r${r}p${p}`] ?? []).map(
        ({ offset, end }) => `${offset} ${end - offset}\n`,
      );
      fs.writeFileSync(recordPath(directory, r, p), `${lines.join('')}0 0\n`);
    }
  }
}

function recordPath(directory: string, replica: number, part: number): string {
  return path.join(directory, `my.set_r${replica}_p${part}_badblocks.txt`);
}

function records({ directory }: PoolFixture): readonly string[] {
  return fs.readdirSync(directory).filter((name) => name.endsWith('_badblocks.txt'));
}

/** What clearing leaves: zeros. */
function clear(file: string, { offset, end }: { offset: number; end: number }): void {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, Buffer.alloc(end - offset), 0, end - offset, offset);
  fs.closeSync(fd);
}

function contents({ parts }: PoolFixture): readonly Buffer[] {
  return parts.flat().map((part) => fs.readFileSync(part));
}

function assertHealed(pool: PoolFixture, before: readonly Buffer[], headersFrom = 0): void {
  for (const [index, data] of contents(pool).entries()) {
    const same = data.subarray(headersFrom).equals(before[index]!.subarray(headersFrom));
    assert(same, `${pool.parts.flat()[index]} holds what it held before`);
  }
  assert.deepEqual(records(pool), []);
  const walked = walkVerify(pool.set);
  assert(walked.ok, walked.stderr);
  assert.equal(walked.summary, pool.summary);
}

function poolTest(
  name: string,
  shape: PoolShape,
  body: (pool: PoolFixture, before: readonly Buffer[]) => Promise<void> | void,
): void {
  test(name, async (t: TestContext) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory();
    const pool = makePool(scratch.path, shape);
    await body(pool, contents(pool));
  });
}

/** A plan to heal what an operator lists, made and applied as far as `steps` says. */
async function healListed(
  pool: PoolFixture,
  lists: ReadonlyMap<string, RangeSet>,
  choose: (whole: SyncPlan) => SyncPlan['steps'] = ({ steps }) => steps,
): Promise<SyncPlan> {
  // The set file's path names the recovery files, so it is given as the reference will be given it.
  const opened = process.cwd();
  process.chdir(pool.directory);
  try {
    using set = openPoolSet('my.set');
    const found = await survey(set, {
      badBlocks: { fix: true, sources: [new ListedBadBlocks(lists)] },
    });
    const whole = plan(found);
    assert.deepEqual(whole.refusals, []);
    await apply(set, { ...whole, steps: choose(whole) });
    return whole;
  } finally {
    process.chdir(opened);
  }
}

suite('a repair that one tool began and the other finishes', () => {
  poolTest(
    'FF-PI-01: the reference cleared blocks and died; ours heals them',
    TWO_BY_TWO,
    (pool, before) => {
      writeRecords(pool, { r0p1: [BAD] });
      clear(pool.parts[0]![1]!, BAD);
      for (const args of [
        ['sync', 'my.set'],
        ['sync', '-d', 'my.set'],
      ]) {
        assert.deepEqual(
          ours(pool, ...args),
          reference(pool, ...args),
          'refused in the same words',
        );
      }
      assert.equal(records(pool).length, 4);
      assert.deepEqual(ours(pool, 'sync', '-b', '-d', 'my.set').exit, 0);
      assert.equal(records(pool).length, 4, 'a dry run changes nothing');
      assert.deepEqual(ours(pool, 'sync', '-bv', 'my.set'), {
        exit: 0,
        out: 'my.set: synchronized\n',
        err: '',
      });
      assertHealed(pool, before);
    },
  );

  poolTest(
    'ours recorded the blocks and died; the reference heals them',
    TWO_BY_TWO,
    async (pool, before) => {
      const lists = new Map([['r0p1', RangeSet.of(BAD)]]);
      await healListed(pool, lists, ({ steps }) =>
        steps.filter(({ kind }) => kind === 'record-bad-blocks'),
      );
      assert.equal(records(pool).length, 4);
      clear(pool.parts[0]![1]!, BAD);
      assert.equal(reference(pool, 'sync', '-b', 'my.set').exit, 0);
      assertHealed(pool, before);
    },
  );

  poolTest('a header in a bad block', TWO_BY_TWO, (pool, before) => {
    const range = { offset: 0, end: 8192 };
    writeRecords(pool, { r1p1: [range] });
    clear(pool.parts[1]![1]!, range);
    assert.equal(ours(pool, 'sync', '-b', 'my.set').exit, 0);
    const header = fs.readFileSync(pool.parts[1]![1]!).subarray(0, 120);
    assert(header.equals(before[3]!.subarray(0, 120)), 'the old uuids');
    assertHealed(pool, before, 4096);
  });
});

suite('what the reference loses', () => {
  for (const [name, spoil] of [
    ['removed', (file: string) => fs.rmSync(file)],
    ['cut', (file: string) => fs.truncateSync(file, 0)],
    ['cut in the middle', (file: string) => fs.truncateSync(file, 5)],
  ] as const) {
    poolTest(
      `the record of a cleared part was ${name}: all of the part is compared`,
      TWO_BY_TWO,
      (pool, before) => {
        writeRecords(pool, { r0p1: [BAD], r1p0: [{ offset: 7 * MIB, end: 7 * MIB + 4096 }] });
        clear(pool.parts[0]![1]!, BAD);
        clear(pool.parts[1]![0]!, { offset: 7 * MIB, end: 7 * MIB + 4096 });
        spoil(recordPath(pool.directory, 0, 1));
        assert.equal(ours(pool, 'sync', '-b', 'my.set').exit, 0);
        // Bytes that nobody uses may differ between replicas; a part that was compared has those of its source.
        const after = contents(pool);
        assert(after[1]!.subarray(4096).equals(before[3]!.subarray(4096)));
        assertHealed(pool, [before[0]!, after[1]!, ...before.slice(2)], 8192);
      },
    );
  }

  poolTest(
    'a part that is missing is no source for bad blocks',
    { replicas: [[PART], [PART], [PART]], fill: { records: 1000, blobs: 20 } },
    (pool, before) => {
      writeRecords(pool, { r0p0: [BAD] });
      clear(pool.parts[0]![0]!, BAD);
      fs.rmSync(pool.parts[1]![0]!);
      fs.rmSync(recordPath(pool.directory, 1, 0));
      assert.equal(ours(pool, 'sync', '-b', 'my.set').exit, 0);
      assertHealed(pool, before, 8192);
    },
  );

  poolTest(
    'bad blocks beyond the pool',
    { replicas: [[PART], [PART + 2 * MIB]], fill: { records: 1000, blobs: 20 } },
    (pool, before) => {
      writeRecords(pool, { r1p0: [{ offset: PART + MIB, end: PART + MIB + 4096 }] });
      assert.equal(ours(pool, 'sync', '-b', 'my.set').exit, 0);
      assertHealed(pool, before);
    },
  );

  poolTest('records that say nothing are removed', TWO_BY_TWO, (pool, before) => {
    writeRecords(pool, {});
    assert.equal(ours(pool, 'sync', 'my.set').exit, 1);
    assert.equal(ours(pool, 'sync', '-b', 'my.set').exit, 0);
    assertHealed(pool, before);
  });
});

suite('bad blocks that an operator lists', () => {
  poolTest(
    'FF-PB-03: each range comes from the replica that has it',
    TWO_BY_TWO,
    async (pool, before) => {
      const other = { offset: 8 * MIB, end: 8 * MIB + 4096 };
      const lists = new Map([
        ['r0p1', RangeSet.of(BAD, { offset: 9 * MIB, end: 9 * MIB + 4096 })],
        ['r1p1', RangeSet.of(other)],
      ]);
      for (const range of lists.get('r0p1')!) clear(pool.parts[0]![1]!, range);
      clear(pool.parts[1]![1]!, other);
      const { steps } = await healListed(pool, lists);
      assert.deepEqual(
        steps.map(({ kind }) => kind),
        ['record-bad-blocks', 'patch-data', 'patch-data', 'discard-records'],
      );
      assertHealed(pool, before);
    },
  );

  poolTest(
    'FF-PB-02: bad everywhere is refused, and nothing is left behind',
    TWO_BY_TWO,
    (pool, before) => {
      writeRecords(pool, { r0p1: [BAD], r1p1: [BAD] });
      for (const args of [['sync', '-b', 'my.set']]) {
        const refusal = ours(pool, ...args);
        assert.match(refusal.err, /a part of the pool has uncorrectable errors in all replicas/);
        assert.equal(refusal.exit, 1);
      }
      assert.deepEqual(
        contents(pool).map((data, i) => data.equals(before[i]!)),
        Array(4).fill(true),
      );
    },
  );
});
