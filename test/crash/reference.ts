import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { dumpImage } from '../support/memory-image.ts';
import { walkVerify } from '../support/pmdk.ts';
import { referencePmempool } from '../support/requirements.ts';
import type { RealPool } from './real-pools.ts';

/** The reference's own check passes, and the real library opens the pool and finds every object in it. */
export function assertReferenceAccepts(pool: RealPool, image: DiskImage): void {
  dumpImage(image, pool.directory);
  assertReferenceAcceptsFiles(pool);
}

/** The same for files that are there already. */
export function assertReferenceAcceptsFiles({
  setPath,
  summary,
}: Pick<RealPool, 'setPath' | 'summary'>): void {
  const check = spawnSync(referencePmempool(), ['check', setPath], { encoding: 'utf8' });
  assert.equal(check.status, 0, `pmempool check: ${check.stdout}${check.stderr}`);
  const walked = walkVerify(setPath);
  assert.ok(walked.ok, walked.stderr);
  assert.equal(walked.summary, summary);
}
