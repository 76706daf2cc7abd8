/**
 * Failures that pool repair has shown in the field, each under its id, on real files, judged by the real library.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { SystemError } from '../../src/base/index.ts';
import {
  apply,
  isHealthy,
  NoPartsError,
  openPoolSet,
  plan,
  survey,
  UnrepairableError,
  type PlanOptions,
  type Refusal,
  type Survey,
  type SurveyOptions,
} from '../../src/pool/index.ts';
import { walkInBackground, walkVerify } from '../support/pmdk.ts';
import { makePool, MIB, scratchDirectory, type PoolFixture } from '../support/pool-fixture.ts';
import { requires } from '../support/requirements.ts';
import { digestTree } from '../support/tree-snapshot.ts';

const PART = 10 * MIB;
const FILL = { records: 2000, blobs: 100 } as const;
/** For pools of one part. */
const SMALL_FILL = { records: 1000, blobs: 20 } as const;

interface Outcome {
  readonly found: Survey;
  readonly refusals: readonly Refusal[];
  readonly stepCount: number;
}

/** Survey, plan, apply, survey: what the command does. */
async function sync(set: string, options: SurveyOptions & PlanOptions = {}): Promise<Outcome> {
  using pool = openPoolSet(set);
  const found = await survey(pool, options);
  const steps = plan(found, options);
  if (steps.refusals.length > 0) return { found, refusals: steps.refusals, stepCount: 0 };
  if (steps.steps.length === 0) return { found, refusals: [], stepCount: 0 };
  const report = await apply(pool, steps);
  assert.equal(report.stepsDone, steps.steps.length);
  const after = await survey(pool, { compare: true });
  assert(isHealthy(after), JSON.stringify(after.findings));
  return { found, refusals: [], stepCount: steps.steps.length };
}

async function refused(set: string, options: SurveyOptions & PlanOptions = {}): Promise<string[]> {
  const directory = path.dirname(set);
  const before = digestTree(directory);
  const { refusals } = await sync(set, options);
  assert.deepEqual(digestTree(directory), before, 'a refusal changes nothing');
  assert(refusals.length > 0, 'refused');
  return refusals.map(({ code, message }) => `${code}: ${message}`);
}

function twoByTwo(
  directory: string,
  change: { readonly shutdownState?: boolean } = {},
): PoolFixture {
  return makePool(directory, {
    replicas: [
      [PART, PART],
      [PART, PART],
    ],
    fill: FILL,
    ...change,
  });
}

function assertWalks({ set, summary }: PoolFixture): void {
  const walked = walkVerify(set);
  assert(walked.ok, walked.stderr);
  assert.equal(walked.summary, summary);
}

function content(file: string): Buffer {
  return fs.readFileSync(file);
}

function overwrite(file: string, offset: number, data: Uint8Array): void {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, data, 0, data.length, offset);
  fs.closeSync(fd);
}

function editSet({ set }: PoolFixture, edit: (text: string) => string): () => void {
  const original = fs.readFileSync(set, 'utf8');
  fs.writeFileSync(set, edit(original));
  return () => fs.writeFileSync(set, original);
}

function pmdkTest(name: string, body: (t: TestContext, directory: string) => Promise<void>): void {
  test(name, async (t: TestContext) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory();
    await body(t, scratch.path);
  });
}

suite('pool headers and uuids', () => {
  pmdkTest(
    'FF-PH-01: two parts swapped in the set file are refused by name',
    async (_, directory) => {
      const pool = twoByTwo(directory);
      for (const part of pool.parts[0]!) overwrite(part, 0, Buffer.alloc(4096, 0x5a));
      const [r1p0, r1p1] = pool.parts[1] as [string, string];
      const restore = editSet(pool, (text) =>
        text.replace(r1p0, 'X').replace(r1p1, r1p0).replace('X', r1p1),
      );
      const [first] = await refused(pool.set);
      assert.match(first!, /^parts-swapped: r1p1 .* r1p0 is listed first/);
      restore();
      assert.deepEqual((await sync(pool.set)).refusals, []);
      assertWalks(pool);
    },
  );

  pmdkTest('FF-PH-02: a set file that leaves out a replica is refused', async (_, directory) => {
    const pool = makePool(directory, {
      replicas: [[PART], [PART], [PART]],
      fill: SMALL_FILL,
    });
    fs.rmSync(pool.parts[1]![0]!);
    editSet(pool, (text) => text.slice(0, text.lastIndexOf('REPLICA')));
    const [first] = await refused(pool.set);
    assert.match(first!, /the ring of replicas is longer than the set file/);
    assert(!fs.existsSync(pool.parts[1]![0]!), 'nothing is created');
  });

  pmdkTest('FF-PH-03: a part of another pool is never source nor target', async (_, directory) => {
    const alien = makePool(path.join(directory, 'alien'), { replicas: [[PART]], fill: SMALL_FILL });
    const pool = makePool(path.join(directory, 'pool'), {
      replicas: [[PART], [PART]],
      fill: SMALL_FILL,
    });
    editSet(pool, (text) => `${text}REPLICA\n${PART} ${alien.parts[0]![0]!}\n`);
    const before = content(alien.parts[0]![0]!);
    for (const lost of [[0], [1], [0, 1]]) {
      const kept = lost.map((replica) => content(pool.parts[replica]![0]!));
      for (const replica of lost) fs.rmSync(pool.parts[replica]![0]!);
      const found = await refused(pool.set);
      assert.match(found.join('\n'), /replica 2|Replica 2/i);
      lost.forEach((replica, i) => fs.writeFileSync(pool.parts[replica]![0]!, kept[i]!));
    }
    assert(content(alien.parts[0]![0]!).equals(before));
  });

  pmdkTest('FF-PH-04: no byte of a healthy part changes', async (_, directory) => {
    const pool = twoByTwo(directory);
    const lost = pool.parts[1]![0]!;
    const old = content(lost);
    const others = pool.parts.flat().filter((part) => part !== lost);
    const before = others.map((part) => [content(part), fs.statSync(part).mtimeMs] as const);
    fs.rmSync(lost);
    await sync(pool.set);
    others.forEach((part, i) => {
      assert(content(part).equals(before[i]![0]), part);
      assert.equal(fs.statSync(part).mtimeMs, before[i]![1], `${part} was not written`);
    });
    const recreated = content(lost);
    assert(recreated.subarray(24, 120).equals(old.subarray(24, 120)), 'the old uuids and links');
    assertWalks(pool);
  });

  pmdkTest('FF-PH-05: a new part has mode and owner of its peers', async (t, directory) => {
    if (!requires(t, 'root')) return;
    const pool = twoByTwo(directory);
    for (const part of pool.parts.flat()) {
      fs.chownSync(part, 4321, 8765);
      fs.chmodSync(part, 0o640);
    }
    fs.rmSync(pool.parts[1]![1]!);
    await sync(pool.set);
    const { mode, uid, gid } = fs.statSync(pool.parts[1]![1]!);
    assert.deepEqual([mode & 0o7777, uid, gid], [0o640, 4321, 8765]);
  });
});

suite('pool data', () => {
  pmdkTest('FF-PB-01: the descriptor of a lost first part comes back', async (_, directory) => {
    for (const shutdownState of [true, false]) {
      const pool = twoByTwo(path.join(directory, String(shutdownState)), { shutdownState });
      const first = pool.parts[0]![0]!;
      const lost = content(first);
      fs.rmSync(first);
      const { stepCount } = await sync(pool.set);
      assert.equal(stepCount, 1, 'the other part of the replica is left alone');
      // Lanes and run-time state of the two replicas may differ; the new part is a copy of its source.
      const source = content(pool.parts[1]![0]!);
      assert(content(first).subarray(4096).equals(source.subarray(4096)));
      assert(content(first).subarray(0x1000, 0x1a20).equals(lost.subarray(0x1000, 0x1a20)));
      assertWalks(pool);
    }
  });

  pmdkTest('FF-PB-01: a descriptor of zeros is damage', async (_, directory) => {
    const pool = twoByTwo(directory);
    overwrite(pool.parts[0]![0]!, 0x1000, new Uint8Array(0x1000));
    const { found } = await sync(pool.set);
    assert.deepEqual(
      found.findings.map(({ code }) => code),
      ['descriptor'],
    );
    assertWalks(pool);
  });

  pmdkTest('FF-PB-02: a range that nobody has is refused by name', async (_, directory) => {
    const pool = twoByTwo(directory);
    fs.rmSync(pool.parts[0]![1]!);
    fs.rmSync(pool.parts[1]![1]!);
    const [first] = await refused(pool.set, { combine: true });
    assert.match(first!, /^uncorrectable: .* 0xa00000 to 0x13ff000/);
  });

  pmdkTest('FF-PB-03: replicas that lost different parts heal each other', async (_, directory) => {
    const pool = twoByTwo(directory);
    fs.rmSync(pool.parts[0]![0]!);
    fs.rmSync(pool.parts[1]![1]!);
    assert.equal((await sync(pool.set)).stepCount, 2);
    assertWalks(pool);
  });

  pmdkTest(
    'FF-PB-03: replicas that may be out of step are combined only on demand',
    async (_, directory) => {
      const pool = twoByTwo(directory);
      {
        await using writer = await walkInBackground(pool.set, 'txloop');
        assert(writer.pid !== undefined);
      }
      fs.rmSync(pool.parts[0]![0]!);
      fs.rmSync(pool.parts[1]![1]!);
      const [first] = await refused(pool.set);
      assert.match(first!, /^doubtful-combination: .*replica 1 was not closed/);
      assert.deepEqual((await sync(pool.set, { combine: true })).refusals, []);
    },
  );

  pmdkTest('FF-PB-06: replicas that are split differently', async (_, directory) => {
    const shapes = [
      [[32 * MIB], [PART, PART, PART, PART], [48 * MIB]],
      [[PART, 22 * MIB], [22 * MIB, PART], [64 * MIB]],
    ];
    for (const [index, replicas] of shapes.entries()) {
      const pool = makePool(path.join(directory, String(index)), { replicas, fill: FILL });
      for (const part of pool.parts.flat()) {
        fs.rmSync(part);
        assert.deepEqual((await sync(pool.set)).refusals, [], part);
        assertWalks(pool);
      }
    }
  });

  pmdkTest('a replica whose bytes differ is found, named and healed', async (_, directory) => {
    const pool = makePool(directory, {
      replicas: [[PART], [PART], [PART]],
      fill: SMALL_FILL,
    });
    const good = content(pool.parts[0]![0]!);
    const at = 6 * MIB;
    overwrite(pool.parts[1]![0]!, at, Buffer.from([good[at]! ^ 1]));
    using opened = openPoolSet(pool.set);
    assert(isHealthy(await survey(opened)), 'headers alone do not show it');
    const compared = await survey(opened, { compare: true });
    assert.deepEqual(
      compared.differences.map(({ range, alone }) => [range.offset, range.end, alone]),
      [[at, at + 4096, 1]],
    );
    opened[Symbol.dispose]();
    assert.equal((await sync(pool.set)).stepCount, 0, 'nobody said which one is right');
    assert.deepEqual((await sync(pool.set, { healFrom: 0 })).refusals, []);
    assert(content(pool.parts[1]![0]!).subarray(8192).equals(good.subarray(8192)));
    assertWalks(pool);
  });
});

suite('interrupted and refused repairs', () => {
  pmdkTest('a part that a program has open is named and left alone', async (_, directory) => {
    const pool = twoByTwo(directory);
    await using holder = await walkInBackground(pool.set, 'hold');
    assert(holder.pid !== undefined);
    fs.rmSync(pool.parts[1]![1]!);
    const found = await refused(pool.set);
    assert.match(found.join('\n'), /part-locked: r0p0 .* a program has the pool open/);
    assert(fs.existsSync(pool.parts[0]![0]!));
  });

  pmdkTest('one locked part alone is enough to refuse', async (t, directory) => {
    if (!requires(t, 'flock')) return;
    const pool = twoByTwo(directory);
    const child = spawn('flock', [pool.parts[1]![0]!, 'sh', '-c', 'echo held; read line']);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    try {
      const found = await refused(pool.set);
      assert.deepEqual(found.length, 1);
      assert.match(found[0]!, /part-locked: r1p0/);
    } finally {
      child.stdin.end();
    }
  });

  pmdkTest('two repairs of one set exclude each other', async (_, directory) => {
    const pool = twoByTwo(directory);
    using first = openPoolSet(pool.set);
    assert.equal(first.set.replicas.length, 2);
    assert.throws(
      () => openPoolSet(pool.set),
      (error) => {
        return error instanceof SystemError && error.errno === 'EAGAIN';
      },
    );
  });

  pmdkTest(
    'FF-PI-02: what a killed repair left behind is not taken for a part',
    async (_, directory) => {
      const pool = twoByTwo(directory);
      const lost = pool.parts[1]![1]!;
      fs.rmSync(lost);
      fs.writeFileSync(`${lost}.resilver-new`, Buffer.alloc(PART, 0xee));
      assert.deepEqual((await sync(pool.set)).refusals, []);
      assert.deepEqual(
        fs.readdirSync(directory).filter((name) => name.endsWith('.resilver-new')),
        [],
      );
      assertWalks(pool);
    },
  );

  pmdkTest(
    'FF-PI-04: every precondition is checked before the first change',
    async (_, directory) => {
      const pool = twoByTwo(directory);
      fs.rmSync(pool.parts[0]![1]!);
      const cases: readonly [(text: string) => string, RegExp][] = [
        [
          (text) => text.replace(pool.parts[1]![1]!, '/nowhere/at/all/p1'),
          /directory-missing: The directory \/nowhere\/at\/all of r1p1/,
        ],
        [
          (text) =>
            text.replace(`${PART} ${pool.parts[0]![1]!}`, `${7 * MIB} ${pool.parts[0]![1]!}`),
          /part-too-small: r0p1 .*7340032 .*8388608/,
        ],
        [
          (text) =>
            text.replace(`${PART} ${pool.parts[0]![1]!}`, `${9 * MIB} ${pool.parts[0]![1]!}`),
          /replica-too-small: Replica 0 records a pool of 20967424 bytes, .* replica 0 .* 19918848/,
        ],
      ];
      for (const [edit, expected] of cases) {
        const restore = editSet(pool, edit);
        assert.match((await refused(pool.set)).join('\n'), expected);
        restore();
      }
      assert.deepEqual((await sync(pool.set)).refusals, []);
    },
  );

  test('a set of empty directories is an error that says so', async () => {
    using scratch = scratchDirectory();
    const set = path.join(scratch.path, 'my.set');
    const directories = ['d0', 'd1'].map((name) => path.join(scratch.path, name));
    for (const directory of directories) fs.mkdirSync(directory);
    const [d0, d1] = directories as [string, string];
    fs.writeFileSync(set, `PMEMPOOLSET\nOPTION SINGLEHDR\n300M ${d0}\nREPLICA\n300M ${d1}\n`);
    using opened = openPoolSet(set);
    await assert.rejects(survey(opened), NoPartsError);
  });

  pmdkTest('a refused plan cannot be applied', async (_, directory) => {
    const pool = twoByTwo(directory);
    for (const replica of pool.parts) fs.rmSync(replica[1]!);
    using opened = openPoolSet(pool.set);
    const steps = plan(await survey(opened));
    await assert.rejects(apply(opened, steps), UnrepairableError);
  });

  pmdkTest('a link is repaired where it leads', async (_, directory) => {
    const pool = twoByTwo(directory);
    const elsewhere = path.join(directory, 'elsewhere');
    fs.mkdirSync(elsewhere);
    fs.renameSync(pool.parts[1]![1]!, path.join(elsewhere, 'part'));
    fs.symlinkSync('elsewhere/part', pool.parts[1]![1]!);
    fs.rmSync(path.join(elsewhere, 'part'));
    assert.deepEqual((await sync(pool.set)).refusals, []);
    assert(fs.lstatSync(pool.parts[1]![1]!).isSymbolicLink());
    assert(fs.statSync(path.join(elsewhere, 'part')).isFile());
    assertWalks(pool);
  });

  pmdkTest('a new part owns all its blocks', async (_, directory) => {
    const pool = makePool(directory, { replicas: [[32 * MIB], [32 * MIB]] });
    fs.rmSync(pool.parts[1]![0]!);
    await sync(pool.set);
    const { blocks, size } = fs.statSync(pool.parts[1]![0]!);
    assert(blocks * 512 >= size, `${blocks * 512} of ${size} bytes are reserved`);
  });
});
