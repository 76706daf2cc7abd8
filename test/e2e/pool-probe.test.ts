/** Sectors that the kernel cannot read, on ordinary file systems. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { RangeSet } from '../../src/base/index.ts';
import {
  apply,
  FileMedia,
  isHealthy,
  KernelBadBlocks,
  openPoolSet,
  plan,
  ProbedBadBlocks,
  survey,
} from '../../src/pool/index.ts';
import { fileExtents } from '../../src/linux/index.ts';
import { failingDisk, type FailingDisk } from '../support/failing-disk.ts';
import type { LoopKind } from '../support/loop-file-system.ts';
import { walkFill, walkVerify } from '../support/pmdk.ts';
import { MIB, scratchDirectory } from '../support/pool-fixture.ts';
import { referencePmempool, requires } from '../support/requirements.ts';
import { execFileSync } from 'node:child_process';

const PART = 16 * MIB;

interface Fixture {
  readonly set: string;
  readonly good: string;
  readonly failing: string;
  readonly summary: string;
}

/** Replica 0 on a healthy disk, replica 1 on the failing one. */
function makeSet(directory: string, disk: FailingDisk): Fixture {
  const [set, good, failing] = [
    path.join(directory, 'my.set'),
    path.join(directory, 'r0p0'),
    path.join(disk.path, 'r1p0'),
  ];
  fragment(failing, path.join(disk.path, 'filler'));
  fs.writeFileSync(set, `PMEMPOOLSET\n${PART} ${good}\nREPLICA\n${PART} ${failing}\n`);
  execFileSync(referencePmempool(), ['create', '--layout', 'walk', 'obj', set]);
  const summary = walkFill(set, { records: 2000, blobs: 100 });
  return { set, good, failing, summary };
}

/** Lays a file out in many extents: turns of writing to it and to another file. */
function fragment(file: string, filler: string): void {
  const [a, b] = [fs.openSync(file, 'w'), fs.openSync(filler, 'w')];
  const block = Buffer.alloc(64 * 1024);
  for (let at = 0; at < PART; at += block.length) {
    for (const fd of [a, b]) {
      fs.writeSync(fd, block, 0, block.length, at);
      fs.fsyncSync(fd);
    }
  }
  fs.closeSync(a);
  fs.closeSync(b);
}

/** Long ranges, over several extents, and single pages; none in the first pages, which PMDK needs to open the pool. */
const RANGES = RangeSet.of(
  { offset: 5 * MIB + 4096, end: 5 * MIB + 300 * 1024 },
  { offset: 8 * MIB, end: 8 * MIB + 4096 },
  { offset: 12 * MIB - 4096, end: 12 * MIB + 4096 },
);

async function probeAndHeal(t: TestContext, kind: LoopKind, ranges: RangeSet): Promise<void> {
  if (!requires(t, 'pmempool', 'libpmemobj')) return;
  await using disk = await failingDisk(t, kind, 512 * MIB);
  if (disk === undefined) return;
  using scratch = scratchDirectory();
  const pool = makeSet(scratch.path, disk);
  const before = fs.readFileSync(pool.failing);
  disk.fail(pool.failing, ranges);
  assert.throws(() => fs.readFileSync(pool.failing), /EIO/, 'the kernel itself refuses');
  using set = openPoolSet(pool.set);
  const found = await survey(set, {
    badBlocks: { fix: true, sources: [new ProbedBadBlocks()] },
  });
  assert.deepEqual(found.evidence.badBlocks.asked.get('r1p0'), ranges);
  assert(found.evidence.badBlocks.asked.get('r0p0')!.isEmpty);
  const steps = plan(found);
  assert.deepEqual(steps.refusals, []);
  await apply(set, steps);
  assert(disk.remaining().isEmpty, 'every bad sector was written');
  assert(isHealthy(await survey(set, { compare: true })));
  set[Symbol.dispose]();
  const after = fs.readFileSync(pool.failing);
  const from = ranges.ranges[0]!.offset === 0 ? 4096 : 0;
  const source = fs.readFileSync(pool.good);
  for (const { offset, end } of ranges) {
    const at = Math.max(offset, 4096);
    assert(after.subarray(at, end).equals(source.subarray(at, end)));
    before.set(source.subarray(at, end), at);
  }
  assert(after.subarray(from).equals(before.subarray(from)), 'nothing else changed');
  const walked = walkVerify(pool.set);
  assert(walked.ok, walked.stderr);
  assert.equal(walked.summary, pool.summary);
}

suite('sectors that cannot be read', () => {
  for (const kind of ['ext4', 'xfs'] as const) {
    test(`FF-PB-05: on ${kind}, over several extents, are found by reading and healed`, (t: TestContext) =>
      probeAndHeal(t, kind, RANGES));
  }

  test('the header page among them', (t: TestContext) =>
    probeAndHeal(
      t,
      'ext4',
      RangeSet.of({ offset: 0, end: 4096 }, { offset: 9 * MIB, end: 9 * MIB + 8192 }),
    ));

  test('comparing replicas reports them and goes on', async (t: TestContext) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    await using disk = await failingDisk(t, 'ext4', 512 * MIB);
    if (disk === undefined) return;
    using scratch = scratchDirectory();
    const pool = makeSet(scratch.path, disk);
    disk.fail(pool.failing, RANGES);
    using set = openPoolSet(pool.set);
    const { findings } = await survey(set, { compare: true });
    const unreadable = findings.filter(({ code }) => code === 'data-unreadable');
    assert.deepEqual(
      unreadable.map(({ where }) => [where.replica, where.range]),
      RANGES.ranges.map((range) => [1, range]),
    );
  });
});

/** A stand-in for sysfs in which the device under `file` has the given list. */
function fakeSysfs(directory: string, file: string, list: string | undefined): string {
  const { dev } = fs.statSync(file);
  const major = ((dev >> 8) & 0xfff).toString();
  const minor = ((dev & 0xff) | ((dev >> 12) & 0xfff00)).toString();
  const device = path.join(directory, 'sys/dev/block', `${major}:${minor}`);
  fs.mkdirSync(device, { recursive: true });
  if (list !== undefined) fs.writeFileSync(path.join(device, 'badblocks'), list);
  return path.join(directory, 'sys');
}

suite('FF-PB-04: asking for bad blocks has three answers', () => {
  const part = {
    replica: 0,
    index: 0,
    path: '',
    fileSize: 4 * MIB,
    kind: 'file' as const,
    line: 2,
    poolOffset: 0,
    poolLength: 4 * MIB,
    dataOffset: 0,
    hasHeader: true,
  };

  test('a list, mapped through the extents of the file', async () => {
    using scratch = scratchDirectory();
    const target = path.join(scratch.path, 'part');
    fs.writeFileSync(target, Buffer.alloc(4 * MIB, 1));
    using file = new FileMedia().open(target, 'read');
    file.sync();
    const fd = fs.openSync(target, 'r');
    const [first] = fileExtents(fd, target);
    fs.closeSync(fd);
    const sector = (first!.physicalOffset + 8192) / 512;
    const sysfs = fakeSysfs(scratch.path, target, `${sector} 9\n`);
    assert.deepEqual(await new KernelBadBlocks(sysfs).find(part, file), {
      kind: 'asked',
      ranges: RangeSet.of({ offset: 8192, end: 8192 + 9 * 512 }),
    });
    fakeSysfs(scratch.path, target, '');
    assert.deepEqual(await new KernelBadBlocks(sysfs).find(part, file), {
      kind: 'asked',
      ranges: RangeSet.empty,
    });
  });

  test('no list is kept; the list cannot be read', async () => {
    using scratch = scratchDirectory();
    const target = path.join(scratch.path, 'part');
    fs.writeFileSync(target, Buffer.alloc(MIB, 1));
    using file = new FileMedia().open(target, 'read');
    const sysfs = fakeSysfs(scratch.path, target, undefined);
    assert.equal((await new KernelBadBlocks(sysfs).find(part, file)).kind, 'unsupported');
    fs.mkdirSync(
      path.join(sysfs, 'dev/block', fs.readdirSync(path.join(sysfs, 'dev/block'))[0]!, 'badblocks'),
    );
    assert.equal((await new KernelBadBlocks(sysfs).find(part, file)).kind, 'failed');
  });
});
