import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SystemError } from '../../../src/base/index.ts';
import {
  checkConsistency,
  makeBackupCopy,
  openCheckedPool,
  planBackup,
  type BackupPlan,
} from '../../../src/pool/consistency/index.ts';
import { createPool } from '../../../src/pool/create/index.ts';
import { poolHdr, sealPoolHdr } from '../../../src/pool/layout/index.ts';
import type { MemoryMedia } from '../../../src/pool/media/memory/memory-media.ts';
import { diskWith, parseSet, SET_PATH } from '../../support/new-pool.ts';

const TWO_PARTS = 'PMEMPOOLSET\n8M /d/a0\n8M /d/a1\n';
const TWO_REPLICAS = `${TWO_PARTS}REPLICA\n8M /d/b0\n8M /d/b1\n`;

function disk(setText: string): MemoryMedia {
  const media = diskWith(['/d'], setText);
  createPool(media, parseSet(media, setText), {});
  return media;
}

function errnoOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof SystemError) return error.errno;
    throw error;
  }
  return undefined;
}

suite('a pool that is to be checked', () => {
  test('holds the headers of all parts, and their locks', () => {
    const media = disk(TWO_REPLICAS);
    using pool = openCheckedPool(media, SET_PATH);
    assert.deepEqual(
      pool.input.headers.map((replica) => replica.map(({ replica: r, part }) => `r${r}p${part}`)),
      [
        ['r0p0', 'r0p1'],
        ['r1p0', 'r1p1'],
      ],
    );
    assert.equal(media.open('/d/b1', 'read').tryLock(), false);
    assert.equal(
      errnoOf(() => openCheckedPool(media, '/d/a0')),
      'EAGAIN',
    );
  });

  test('is let go of when a part is in the way', () => {
    const media = disk(TWO_PARTS);
    media.unlink('/d/a1');
    assert.equal(
      errnoOf(() => openCheckedPool(media, SET_PATH)),
      'ENOENT',
    );
    using free = media.open('/d/a0', 'read');
    assert.ok(free.tryLock());
    free.close();
    media.create('/d/a1', 0o600).allocate(4096);
    assert.equal(
      errnoOf(() => openCheckedPool(media, SET_PATH)),
      'EINVAL',
    );
    assert.equal(
      errnoOf(() => openCheckedPool(media, '/d')),
      'EISDIR',
    );
    assert.equal(
      errnoOf(() => openCheckedPool(media, '/d/nothing')),
      'ENOENT',
    );
  });

  test('gets the repaired headers', () => {
    const media = disk(TWO_REPLICAS);
    using file = media.open('/d/a1', 'write');
    const header = file.read(0, 4096);
    poolHdr.patch(header, { nextReplUuid: 'ab'.repeat(16) });
    sealPoolHdr(header);
    file.write(0, header);
    using pool = openCheckedPool(media, SET_PATH);
    const steps = checkConsistency(pool.input, { repair: true, advanced: true });
    let next = steps.next();
    while (next.done !== true) next = steps.next(true);
    assert.equal(next.value.verdict, 'repaired');
    pool.write(next.value.changed);
    assert.deepEqual(file.read(0, 4096), next.value.changed[0]!.bytes);
  });
});

function planOf(media: MemoryMedia, path: string, target: string): BackupPlan {
  using pool = openCheckedPool(media, path);
  return planBackup(media, pool, target);
}

const whyNot = (plan: BackupPlan): string | undefined =>
  plan.kind === 'refused' ? plan.refusal.why : undefined;

suite('a backup', () => {
  test('of one file is a file, with its mode', async () => {
    const media = disk(TWO_PARTS);
    using source = media.open('/d/a0', 'write');
    source.setAccess({ mode: 0o640, uid: 0, gid: 0 });
    using pool = openCheckedPool(media, '/d/a0');
    const plan = planBackup(media, pool, '/d/copy');
    assert.ok(plan.kind === 'copies');
    assert.deepEqual(
      plan.copies.map(({ path, exists }) => [path, exists]),
      [['/d/copy', false]],
    );
    await makeBackupCopy(media, pool, plan.copies[0]!);
    using copy = media.open('/d/copy', 'read');
    assert.deepEqual([copy.stat().mode, copy.stat().size], [0o640, source.stat().size]);
    assert.deepEqual(copy.read(0, 8192), source.read(0, 8192));
  });

  test('of a set goes part by part into another set', () => {
    const media = disk(TWO_PARTS);
    media.image.addFile('/d/other.set', Buffer.from('PMEMPOOLSET\n8M /d/x0\n8M /d/x1\n'));
    const plan = planOf(media, SET_PATH, '/d/other.set');
    assert.ok(plan.kind === 'copies');
    assert.deepEqual(
      plan.copies.map(({ path }) => path),
      ['/d/x0', '/d/x1'],
    );
  });

  test('is refused where it would not be one', () => {
    const media = disk(TWO_PARTS);
    const sets: Readonly<Record<string, string>> = {
      '/d/replicas.set': 'PMEMPOOLSET\n8M /d/x0\n8M /d/x1\nREPLICA\n8M /d/y0\n8M /d/y1\n',
      '/d/one.set': 'PMEMPOOLSET\n16M /d/x0\n',
      '/d/odd.set': 'PMEMPOOLSET\n8M /d/x0\n9M /d/x1\n',
      '/d/bad.set': 'PMEMPOOLSET\n8M x\n',
      '/d/same.set': 'PMEMPOOLSET\n8M /d/x0\n8M /d/a0\n',
    };
    for (const [path, text] of Object.entries(sets)) media.image.addFile(path, Buffer.from(text));
    assert.equal(whyNot(planOf(media, SET_PATH, '/d/replicas.set')), 'target-has-replicas');
    assert.equal(whyNot(planOf(media, SET_PATH, '/d/one.set')), 'part-count-differs');
    assert.equal(whyNot(planOf(media, SET_PATH, '/d/odd.set')), 'part-size-differs');
    assert.equal(whyNot(planOf(media, SET_PATH, '/d/bad.set')), 'target-set-invalid');
    assert.equal(whyNot(planOf(media, SET_PATH, '/d/nothing')), 'target-set-invalid');
    assert.equal(whyNot(planOf(media, SET_PATH, '/d/same.set')), 'target-is-source');
    assert.equal(whyNot(planOf(media, '/d/a0', '/d/a0')), 'target-is-source');
    assert.equal(whyNot(planOf(media, '/d/a0', '/d/one.set')), 'target-size-differs');
    assert.equal(whyNot(planOf(disk(TWO_REPLICAS), SET_PATH, '/d/x')), 'source-has-replicas');
  });
});
