import {
  COMPAT_CHECK_BAD_BLOCKS,
  hasValidChecksum,
  INCOMPAT_CKSUM_2K,
  INCOMPAT_SDS,
  INCOMPAT_SINGLEHDR,
  poolHdr,
  sealPoolHdr,
} from '../layout/index.ts';

/** Names as the reference spells them, in its order. */
export const FEATURES = ['SINGLEHDR', 'CKSUM_2K', 'SHUTDOWN_STATE', 'CHECK_BAD_BLOCKS'] as const;
export type FeatureName = (typeof FEATURES)[number];

interface FeatureBit {
  readonly word: 'compat' | 'incompat';
  readonly bit: number;
}

const BITS: Readonly<Record<FeatureName, FeatureBit>> = {
  SINGLEHDR: { word: 'incompat', bit: INCOMPAT_SINGLEHDR },
  CKSUM_2K: { word: 'incompat', bit: INCOMPAT_CKSUM_2K },
  SHUTDOWN_STATE: { word: 'incompat', bit: INCOMPAT_SDS },
  CHECK_BAD_BLOCKS: { word: 'compat', bit: COMPAT_CHECK_BAD_BLOCKS },
};

/** Undefined for every other spelling: case matters. */
export function parseFeatureName(text: string): FeatureName | undefined {
  return FEATURES.find((name) => name === text);
}

/** The feature words of a header. */
export interface FeatureWords {
  readonly compat: number;
  readonly incompat: number;
  readonly roCompat: number;
}

export function hasFeature(words: FeatureWords, name: FeatureName): boolean {
  const { word, bit } = BITS[name];
  return (words[word] & bit) !== 0;
}

export function withFeature<T extends FeatureWords>(words: T, name: FeatureName, on: boolean): T {
  const { word, bit } = BITS[name];
  return { ...words, [word]: on ? words[word] | bit : words[word] & ~bit };
}

/** A copy of the 4096 bytes with the feature switched and a new checksum. The shutdown state stays as it is. */
export function switchFeature(header: Uint8Array, name: FeatureName, on: boolean): Uint8Array {
  const switched = header.slice();
  const { compat, incompat, roCompat } = poolHdr.decode(header);
  poolHdr.patch(switched, withFeature({ compat, incompat, roCompat }, name, on));
  sealPoolHdr(switched);
  return switched;
}

/**
 * The whole header behind one that was half written while this feature was switched: bit and checksum lie in different sectors, and the
 * checksum is right for the other state of the bit. Undefined when that is not what is wrong with it.
 */
export function mendTornSwitch(header: Uint8Array, name: FeatureName): Uint8Array | undefined {
  const words = poolHdr.decode(header);
  const mended = header.slice();
  const { compat, incompat, roCompat } = words;
  const other = withFeature({ compat, incompat, roCompat }, name, !hasFeature(words, name));
  poolHdr.patch(mended, other);
  return hasValidChecksum(mended) ? mended : undefined;
}
