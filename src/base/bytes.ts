import { invariant } from './invariant.ts';

/** A `DataView` over exactly the bytes of `bytes` (a view, not a copy). */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** True when every byte is zero; true for an empty array. */
export function isAllZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** True when both hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** @throws RangeError when `hex` is not an even number of hexadecimal digits */
export function fromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) throw new RangeError('hex must be pairs of hex digits');
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** The text before the first NUL of a fixed-size C string field, as UTF-8. */
export function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

/**
 * The one conversion from an on-media 64-bit value to a length or offset.
 * Returns `undefined` when the value is beyond 2^53 − 1: on media, that is damage, not a bug.
 */
export function toSafeLength(value: bigint): number | undefined {
  return value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/** Rounds down to a multiple of `unit`. */
export function alignDown(value: number, unit: number): number {
  invariant(unit > 0, 'Alignment must be positive', { unit });
  return value - (value % unit);
}

/** Rounds up to a multiple of `unit`. */
export function alignUp(value: number, unit: number): number {
  return alignDown(value + unit - 1, unit);
}
