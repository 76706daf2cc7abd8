import type { OnProgress, RangeSet } from '../../base/index.ts';
import type { MediaFile } from './media.ts';
import type { Part } from '../poolset/index.ts';

/**
 * What came of asking for the bad blocks of a part. Not being able to ask is another answer than that there are none.
 * Ranges are bytes of the file.
 */
export type BadBlockAnswer =
  | { readonly kind: 'asked'; readonly ranges: RangeSet }
  /** Nobody keeps a list for what lies under this file. */
  | { readonly kind: 'unsupported'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface FindOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** Somebody who knows bad blocks. Asking changes nothing. */
export interface BadBlockSource {
  readonly name: 'kernel' | 'probe' | 'operator';
  find(part: Part, file: MediaFile, options?: FindOptions): Promise<BadBlockAnswer>;
}
