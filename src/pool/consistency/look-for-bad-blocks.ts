import { COMPAT_CHECK_BAD_BLOCKS, poolHdr, poolTypeOf } from '../layout/index.ts';
import { askBadBlocks } from '../open/index.ts';
import type { CheckedPool } from './checked-pool.ts';

/**
 * `none` also when the pool does not want to be asked, that is, without the CHECK_BAD_BLOCKS feature in its first header. What cannot be
 * known is not taken for sound.
 */
export async function lookForBadBlocks({
  any,
  input,
}: CheckedPool): Promise<'none' | 'found' | 'unknown'> {
  const first = poolHdr.decode(input.headers[0]![0]!.bytes);
  const wanted = (first.compat & COMPAT_CHECK_BAD_BLOCKS) !== 0 && poolTypeOf(first) !== undefined;
  if (!wanted) return 'none';
  const { ranges, failed } = await askBadBlocks(any);
  if (ranges.size > 0) return 'found';
  return failed.length > 0 ? 'unknown' : 'none';
}
