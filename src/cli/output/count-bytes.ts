import type { Range } from '../../base/index.ts';

/** Bytes in the ranges of all `items`; bytes that two items share count twice, for they were read twice. */
export function countBytes(items: readonly { readonly range: Range }[]): number {
  return items.reduce((sum, { range }) => sum + range.end - range.offset, 0);
}
