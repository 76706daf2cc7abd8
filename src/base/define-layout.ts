import { viewOf } from './bytes.ts';
import { invariant } from './invariant.ts';

/** How one field is read and written at an absolute position of a view. A room may add kinds of its own. */
export interface Field<T> {
  /** One word for listings: `u32`, `bytes`, `uuid`. */
  readonly kind: string;
  readonly offset: number;
  readonly size: number;
  readonly read: (view: DataView, offset: number) => T;
  readonly write: (view: DataView, offset: number, value: T) => void;
}

type Fields = Readonly<Record<string, Field<never>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;

/** The plain object that a layout decodes to. */
export type Decoded<L> = L extends Layout<infer F> ? { [K in keyof F]: ValueOf<F[K]> } : never;

export interface Layout<F> {
  readonly name: string;
  /** Bytes that the structure takes on media. */
  readonly size: number;
  readonly fields: F;
  /** Reads all fields. Never judges; byte fields are copies. @throws RangeError when `bytes` is shorter than `size` */
  decode(bytes: Uint8Array): { [K in keyof F]: ValueOf<F[K]> };
  /** Returns a new buffer of `size` bytes. Every field is written. */
  encode(value: { readonly [K in keyof F]: ValueOf<F[K]> }): Uint8Array;
  /** Writes the named fields into `bytes` and leaves every other byte as it is. */
  patch(bytes: Uint8Array, value: Partial<{ readonly [K in keyof F]: ValueOf<F[K]> }>): void;
}

export const u8 = (offset: number): Field<number> => ({
  kind: 'u8',
  offset,
  size: 1,
  read: (view, at) => view.getUint8(at),
  write: (view, at, value) => view.setUint8(at, value),
});

export const u16 = (offset: number): Field<number> => ({
  kind: 'u16',
  offset,
  size: 2,
  read: (view, at) => view.getUint16(at, true),
  write: (view, at, value) => view.setUint16(at, value, true),
});

export const u32 = (offset: number): Field<number> => ({
  kind: 'u32',
  offset,
  size: 4,
  read: (view, at) => view.getUint32(at, true),
  write: (view, at, value) => view.setUint32(at, value, true),
});

/** On-media 64-bit values are `bigint` and stay so until `toSafeLength`. */
export const u64 = (offset: number): Field<bigint> => ({
  kind: 'u64',
  offset,
  size: 8,
  read: (view, at) => view.getBigUint64(at, true),
  write: (view, at, value) => view.setBigUint64(at, value, true),
});

/** A run of bytes; decoded as a copy. */
export const bytes = (offset: number, size: number): Field<Uint8Array> => ({
  kind: 'bytes',
  offset,
  size,
  read: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, size).slice(),
  write: (view, at, value) => {
    if (value.length !== size) throw new RangeError(`expected ${size} bytes, got ${value.length}`);
    new Uint8Array(view.buffer, view.byteOffset + at, size).set(value);
  },
});

/**
 * Declares an on-media structure, little-endian, with written offsets. Checked when the module loads.
 * @throws InvariantError on a gap, an overlap, or fields that do not add up to `size`
 */
export function defineLayout<
  const F extends Record<
    string,
    Field<never> | Field<number> | Field<bigint> | Field<string> | Field<Uint8Array>
  >,
>(name: string, size: number, fields: F): Layout<F> {
  checkCoverage(name, size, fields as Fields);
  const entries = Object.entries(fields) as [string, Field<unknown>][];
  return {
    name,
    size,
    fields,
    decode(data) {
      if (data.length < size)
        throw new RangeError(`${name}: needs ${size} bytes, got ${data.length}`);
      const view = viewOf(data);
      return Object.fromEntries(
        entries.map(([key, field]) => [key, field.read(view, field.offset)]),
      ) as never;
    },
    encode(value) {
      const data = new Uint8Array(size);
      const view = viewOf(data);
      for (const [key, field] of entries) field.write(view, field.offset, value[key as keyof F]);
      return data;
    },
    patch(data, value) {
      const view = viewOf(data);
      for (const [key, field] of entries) {
        if (key in value) field.write(view, field.offset, value[key as keyof F]);
      }
    },
  };
}

function checkCoverage(name: string, size: number, fields: Fields): void {
  let end = 0;
  for (const [key, field] of Object.entries(fields).toSorted((a, b) => a[1].offset - b[1].offset)) {
    invariant(
      field.offset === end,
      `${name}.${key}: field does not start where the last one ends`,
      {
        offset: field.offset,
        end,
      },
    );
    end = field.offset + field.size;
  }
  invariant(end === size, `${name}: fields do not add up to the size`, { end, size });
}
