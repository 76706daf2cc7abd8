import { toSafeLength } from '../../base/index.ts';

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  B: 1n,
  kB: 1000n,
  MB: 1000n ** 2n,
  GB: 1000n ** 3n,
  TB: 1000n ** 4n,
  PB: 1000n ** 5n,
  ...binaryUnits(),
};

function binaryUnits(): Record<string, bigint> {
  const entries = ['K', 'M', 'G', 'T', 'P'].flatMap((letter, power) => {
    const factor = 1024n ** BigInt(power + 1);
    return [
      [letter, factor],
      [`${letter}iB`, factor],
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** Enough for 2⁶⁴ and some leading zeros; a longer number needs no arithmetic to be refused. */
const DIGITS_MAX = 40;

/**
 * Bytes of a size as set files write it: decimal digits and a unit, case-sensitive. Undefined for everything else, for zero,
 * and for 2⁵³ bytes and more, which the reference accepts and fails at later.
 */
export function parsePartSize(token: string): number | undefined {
  const match = /^(\d+)([A-Za-z]{0,3})$/.exec(token);
  if (match === null || match[1]!.length > DIGITS_MAX || !Object.hasOwn(UNITS, match[2]!)) {
    return undefined;
  }
  const size = toSafeLength(BigInt(match[1]!) * UNITS[match[2]!]!);
  return size === 0 ? undefined : size;
}
