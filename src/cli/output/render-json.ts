import { RangeSet } from '../../base/index.ts';

/**
 * The documents that `--json` prints: a contract, field by field in `docs/operating/json.md`. Fields may be added; those
 * that are here keep their names and meanings while `schema` is 1. Numbers of bytes and offsets are whole numbers.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One document with the end of its line. Values that JSON lacks become strings, sets of ranges become lists. */
export function renderJson(document: JsonObject): string {
  return `${JSON.stringify(document, toJsonValue, 2)}\n`;
}

function toJsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof RangeSet) return value.ranges;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value;
}
