import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { MIB, RangeSet, type Range } from '../../../src/base/index.ts';
import { compareExtents, COMPARE_PAGE } from '../../../src/linux/index.ts';
import { ScratchFiles } from '../../support/scratch-files.ts';
import { anyContent, anyOffset, contentOf } from './random-extents.ts';

describe('compareExtents', () => {
  test('finds the pages that comparing two buffers finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyContent,
        anyOffset,
        anyOffset,
        fc.array(fc.nat({ max: 8 * MIB }), { maxLength: 8 }),
        fc.nat({ max: 3 * COMPARE_PAGE }),
        async (blocks, offsetA, offsetB, changes, missing) => {
          using files = new ScratchFiles();
          const content = contentOf(blocks);
          const changed = Buffer.from(content);
          for (const at of changes) if (at < changed.length) changed[at]! ^= 0x5a;
          const shortened = changed.subarray(0, Math.max(0, changed.length - missing));
          const a = {
            ...files.make('a', Buffer.concat([Buffer.alloc(offsetA), content])),
            offset: offsetA,
          };
          const b = {
            ...files.make('b', Buffer.concat([Buffer.alloc(offsetB), shortened])),
            offset: offsetB,
          };
          let counted = 0;
          const found = await compareExtents(a, b, content.length, {
            onBytes: (count) => void (counted += count),
          });
          const expected = comparePages(content, shortened);
          assert.deepEqual([...found.differing], [...expected.differing]);
          assert.deepEqual([...found.unreadable[0]], []);
          assert.deepEqual([...found.unreadable[1]], [...expected.unreadable]);
          assert.equal(counted, content.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('an abort ends it, and its buffers are free for others at once', async () => {
    using files = new ScratchFiles();
    const size = 96 * MIB;
    const a = files.makeSparse('a', size);
    const b = files.makeSparse('b', size);
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      let chunks = 0;
      const comparing = compareExtents(a, b, size, {
        signal: controller.signal,
        onBytes: () => {
          chunks++;
          controller.abort();
        },
      });
      await assert.rejects(comparing, { name: 'AbortError' });
      assert.ok(chunks < 12);
    }
    const found = await compareExtents(a, b, size, {});
    assert.ok(found.differing.isEmpty);
  });
});

/** The model: page by page, with what the second buffer lacks as unreadable. */
function comparePages(a: Buffer, b: Buffer): { differing: RangeSet; unreadable: RangeSet } {
  const differing: Range[] = [];
  const unreadable: Range[] = [];
  for (let offset = 0; offset < a.length; offset += COMPARE_PAGE) {
    const end = Math.min(offset + COMPARE_PAGE, a.length);
    if (b.length < end) unreadable.push({ offset, end });
    else if (!a.subarray(offset, end).equals(b.subarray(offset, end))) {
      differing.push({ offset, end });
    }
  }
  return { differing: RangeSet.from(differing), unreadable: RangeSet.from(unreadable) };
}
