/** A change of any declared structure shows in `test/golden/layouts.txt`. RESILVER_UPDATE_GOLDEN=1 writes it anew. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { Layout } from '../../../src/base/index.ts';
import * as layouts from '../../../src/pool/layout/index.ts';

const SNAPSHOT = join(import.meta.dirname, '../../golden/layouts.txt');

type AnyLayout = Layout<Readonly<Record<string, { kind: string; offset: number; size: number }>>>;

function isLayout(value: unknown): value is AnyLayout {
  return typeof value === 'object' && value !== null && 'fields' in value && 'decode' in value;
}

const ALL: readonly AnyLayout[] = Object.values(layouts as Readonly<Record<string, unknown>>)
  .filter(isLayout)
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));

function render({ name, size, fields }: AnyLayout): string {
  const rows = Object.entries(fields)
    .toSorted(([, a], [, b]) => a.offset - b.offset)
    .map(([key, field]) => {
      const offset = `0x${field.offset.toString(16).padStart(4, '0')}`;
      return `  ${offset} ${String(field.size).padStart(5)} ${field.kind.padEnd(5)} ${key}`;
    });
  return [`${name}, ${size} bytes`, ...rows, ''].join('\n');
}

suite('declared structures', () => {
  test('are the ones in test/golden/layouts.txt', () => {
    const text = ALL.map(render).join('\n');
    if (process.env['RESILVER_UPDATE_GOLDEN'] === '1') writeFileSync(SNAPSHOT, text);
    assert.equal(text, readFileSync(SNAPSHOT, 'utf8'));
  });

  for (const layout of ALL) {
    test(`${layout.name}: decoding and encoding any bytes gives the same bytes`, () => {
      const any = fc.uint8Array({ minLength: layout.size, maxLength: layout.size });
      fc.assert(
        fc.property(any, (data) =>
          assert.deepEqual(layout.encode(layout.decode(data) as never), data),
        ),
        { numRuns: 20 },
      );
    });
  }
});
