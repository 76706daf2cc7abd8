import { fromHex, toHex, type Field, type Random } from '../../base/index.ts';

/** The 16 on-media bytes of a uuid as lower-case hex. Equal uuids are equal strings; not the text form that people read. */
export type PoolUuid = string;

export const NIL_UUID: PoolUuid = '00'.repeat(16);

/** Where each byte of the text form lies on media: the first three groups are little-endian numbers. */
const TEXT_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;
const TEXT_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A uuid at `offset`, decoded as `PoolUuid`. */
export const uuid = (offset: number): Field<PoolUuid> => ({
  kind: 'uuid',
  offset,
  size: 16,
  read: (view, at) => toHex(new Uint8Array(view.buffer, view.byteOffset + at, 16)),
  write: (view, at, value) => {
    const raw = fromHex(value);
    if (raw.length !== 16) throw new RangeError(`expected 16 bytes, got ${raw.length}`);
    new Uint8Array(view.buffer, view.byteOffset + at, 16).set(raw);
  },
});

/** The form that tools print, `37180420-c45b-49cd-8962-925dab675f7a`. @throws RangeError when `value` is not 16 bytes of hex */
export function formatPoolUuid(value: PoolUuid): string {
  const hex = toHex(reorder(value));
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** Undefined when `text` is not a uuid in text form; either case of the digits is accepted. */
export function parsePoolUuidText(text: string): PoolUuid | undefined {
  return TEXT_FORM.test(text) ? toHex(reorder(text.replaceAll('-', ''))) : undefined;
}

/** A random uuid, version 4, RFC variant. */
export function randomPoolUuid(random: Random): PoolUuid {
  const raw = random(16).slice();
  // The version sits in the top half of the third group, whose high byte comes second on media.
  raw[7] = (raw[7]! & 0x0f) | 0x40;
  raw[8] = (raw[8]! & 0x3f) | 0x80;
  return toHex(raw);
}

/** Swaps the three numbers; its own inverse. */
function reorder(hex: string): Uint8Array {
  const raw = fromHex(hex);
  if (raw.length !== 16) throw new RangeError(`expected 16 bytes, got ${raw.length}`);
  return Uint8Array.from(TEXT_ORDER, (at) => raw[at]!);
}
