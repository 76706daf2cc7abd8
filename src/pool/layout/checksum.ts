import { viewOf } from '../../base/index.ts';

export interface FletcherOptions {
  /** Offset of the 8-byte checksum field inside `data`; its two words count as zero. */
  readonly sumAt?: number;
  /** From this offset on every word counts as zero. */
  readonly skipFrom?: number;
}

/**
 * Fletcher sum over the 32-bit little-endian words of `data`, read in place: `low` adds up the words, `high` adds up
 * `low`, both modulo 2³². A word that counts as zero still moves `high`. Offsets in bytes, multiples of 4.
 * Source: PMDK 1.12.1 src/core/util.c, util_checksum_compute.
 * @throws RangeError when `data.length` or an offset is not a multiple of 4
 */
export function fletcher64(data: Uint8Array, options: FletcherOptions = {}): bigint {
  const { sumAt = data.length, skipFrom = data.length } = options;
  if (((data.length | sumAt | skipFrom) & 3) !== 0) {
    throw new RangeError('A checksum needs lengths and offsets that are multiples of 4');
  }
  const view = viewOf(data);
  const summedEnd = Math.min(skipFrom, data.length);
  let low = 0;
  let high = 0;
  for (let at = 0; at < summedEnd; at += 4) {
    if (at !== sumAt && at !== sumAt + 4) low = (low + view.getUint32(at, true)) | 0;
    high = (high + low) | 0;
  }
  const skippedWords = (data.length - summedEnd) / 4;
  high = (high + Math.imul(low, skippedWords)) | 0;
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
