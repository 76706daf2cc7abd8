import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GIB, MIB } from '../../../src/base/index.ts';
import { compareExtents, copyExtent } from '../../../src/linux/index.ts';
import { ScratchFiles } from '../../support/scratch-files.ts';

/** Largest growth of the memory of this process while `work` runs, mapped pages of files included. */
async function growthOf(work: (sample: () => void) => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let largest = before;
  await work(() => {
    largest = Math.max(largest, process.memoryUsage.rss());
  });
  return largest - before;
}

test('copying takes no more memory for a long extent than for a short one', async () => {
  using files = new ScratchFiles();
  const source = files.makeSparse('source', GIB);
  const target = files.makeSparse('target', GIB);
  const growth = await growthOf((sample) =>
    copyExtent(source, target, GIB, { targetIsZero: true, onBytes: sample }),
  );
  assert.ok(growth < 32 * MIB, `${growth} bytes`);
});

test('comparing takes no more memory for a long extent than for a short one', async () => {
  using files = new ScratchFiles();
  const a = files.makeSparse('a', GIB);
  const b = files.makeSparse('b', GIB);
  const growth = await growthOf(async (sample) => {
    const found = await compareExtents(a, b, GIB, { onBytes: sample });
    assert.ok(found.differing.isEmpty);
  });
  assert.ok(growth < 96 * MIB, `${growth} bytes`);
});
