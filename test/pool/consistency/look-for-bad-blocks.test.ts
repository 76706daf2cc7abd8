import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RangeSet } from '../../../src/base/index.ts';
import { ListedBadBlocks } from '../../../src/pool/badblocks/index.ts';
import { lookForBadBlocks, openCheckedPool } from '../../../src/pool/consistency/index.ts';
import {
  COMPAT_CHECK_BAD_BLOCKS,
  POOL_SIGNATURES,
  poolHdr,
  POOL_HDR_SIZE,
} from '../../../src/pool/layout/index.ts';
import type { BadBlockAnswer, BadBlockSource } from '../../../src/pool/media/media.ts';
import { askBadBlocks } from '../../../src/pool/open/index.ts';
import { diskWith, SET_PATH } from '../../support/new-pool.ts';

const SIZE = 8 * 1024 * 1024;
const TEXT = `PMEMPOOLSET\n${SIZE} /d/a0\n${SIZE} /d/a1\nREPLICA\n${2 * SIZE} /d/b0\n`;
const BAD = RangeSet.of({ offset: 8192 + 512, end: 8192 + 1024 });
const LISTED = new ListedBadBlocks(new Map([['r0p1', BAD]]));

const answering = (answer: BadBlockAnswer): BadBlockSource => ({
  name: 'kernel',
  find: async () => answer,
});

function opened(
  sources: readonly BadBlockSource[],
  { compat = COMPAT_CHECK_BAD_BLOCKS, signature = POOL_SIGNATURES.obj } = {},
) {
  const header = new Uint8Array(POOL_HDR_SIZE);
  poolHdr.patch(header, { signature, compat });
  const media = diskWith(['/d'], TEXT);
  for (const [path, size] of [
    ['/d/a0', SIZE],
    ['/d/a1', SIZE],
    ['/d/b0', 2 * SIZE],
  ] as const) {
    const bytes = new Uint8Array(size);
    bytes.set(header);
    media.image.addFile(path, bytes);
  }
  return openCheckedPool(media, SET_PATH, sources);
}

suite('a check that looks for bad blocks', () => {
  test('finds those of any part', async () => {
    using pool = opened([LISTED]);
    assert.equal(await lookForBadBlocks(pool), 'found');
  });

  test('finds none where there are none, or nobody keeps a list', async () => {
    using sound = opened([new ListedBadBlocks(new Map())]);
    assert.equal(await lookForBadBlocks(sound), 'none');
    using unlisted = opened([answering({ kind: 'unsupported', reason: 'plain disk' })]);
    assert.equal(await lookForBadBlocks(unlisted), 'none');
  });

  test('does not take an unreadable list for an empty one', async () => {
    using pool = opened([answering({ kind: 'failed', reason: 'EACCES' })]);
    assert.equal(await lookForBadBlocks(pool), 'unknown');
    using both = opened([answering({ kind: 'failed', reason: 'EACCES' }), LISTED]);
    assert.equal(await lookForBadBlocks(both), 'found');
  });

  test('does not ask for a pool without the feature, or of an unknown type', async () => {
    using without = opened([LISTED], { compat: 0 });
    assert.equal(await lookForBadBlocks(without), 'none');
    using unknown = opened([LISTED], { signature: new Uint8Array(8) });
    assert.equal(await lookForBadBlocks(unknown), 'none');
  });
});

suite('asking for the bad blocks of an open pool', () => {
  test('gives whole pages by part, of all sources together', async () => {
    const more = new ListedBadBlocks(
      new Map([['r0p1', RangeSet.of({ offset: 12_288, end: 12_289 })]]),
    );
    using pool = opened([LISTED, more]);
    const { ranges, failed } = await askBadBlocks(pool.any);
    assert.deepEqual([...ranges], [['r0p1', RangeSet.of({ offset: 8192, end: 16_384 })]]);
    assert.deepEqual(failed, []);
  });

  test('names the parts of which nothing could be learnt', async () => {
    using pool = opened([answering({ kind: 'failed', reason: 'EACCES' })]);
    const { failed } = await askBadBlocks(pool.any);
    assert.deepEqual(failed, ['/d/a0', '/d/a1', '/d/b0']);
  });
});
