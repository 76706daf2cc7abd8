import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { bytes, defineLayout, u16, u32, u64, u8 } from '../../src/base/index.ts';

const sample = defineLayout('sample', 20, {
  flag: u8(0),
  kind: u8(1),
  port: u16(2),
  count: u32(4),
  total: u64(8),
  name: bytes(16, 4),
});

const VALUE = {
  flag: 1,
  kind: 2,
  port: 0x0403,
  count: 0x0807_0605,
  total: 0x100f_0e0d_0c0b_0a09n,
  name: Uint8Array.of(0x11, 0x12, 0x13, 0x14),
};
const BYTES = Uint8Array.from({ length: 20 }, (_, index) => index + 1);

suite('a declared structure', () => {
  test('is read and written little-endian at the written offsets', () => {
    assert.deepEqual(sample.decode(BYTES), VALUE);
    assert.deepEqual(sample.encode(VALUE), BYTES);
  });

  test('can be read from a view that starts anywhere, and ignores what follows', () => {
    const buffer = new Uint8Array(40);
    buffer.set(BYTES, 7);
    assert.deepEqual(sample.decode(buffer.subarray(7)), VALUE);
  });

  test('refuses to read less than its size', () => {
    assert.throws(() => sample.decode(BYTES.subarray(1)), RangeError);
  });

  test('decodes byte fields as copies', () => {
    const data = BYTES.slice();
    const { name } = sample.decode(data);
    data.fill(0);
    assert.deepEqual(name, VALUE.name);
  });

  test('a patch writes the named fields and no other byte', () => {
    const data = BYTES.slice();
    sample.patch(data, { port: 0xffff, name: new Uint8Array(4) });
    const expected = BYTES.slice();
    expected.fill(0xff, 2, 4);
    expected.fill(0, 16, 20);
    assert.deepEqual(data, expected);
  });

  test('a byte field takes exactly its size', () => {
    for (const size of [0, 3, 5]) {
      assert.throws(() => sample.encode({ ...VALUE, name: new Uint8Array(size) }), RangeError);
    }
  });

  test('any bytes survive decoding and encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (data) => {
        assert.deepEqual(sample.encode(sample.decode(data)), data);
      }),
    );
  });
});

suite('a declaration', () => {
  test('may name its fields in any order', () => {
    defineLayout('t', 3, { second: u16(1), first: u8(0) });
  });

  const faults = {
    'a gap': () => defineLayout('t', 4, { a: u8(0), b: u16(2) }),
    'an overlap': () => defineLayout('t', 3, { a: u16(0), b: u16(1) }),
    'a late start': () => defineLayout('t', 2, { a: u8(1) }),
    'too few bytes': () => defineLayout('t', 3, { a: u16(0) }),
    'too many bytes': () => defineLayout('t', 1, { a: u16(0) }),
    'no fields': () => defineLayout('t', 1, {}),
  };
  for (const [fault, declare] of Object.entries(faults)) {
    test(`with ${fault} is refused when the module loads`, () => {
      assert.throws(declare, { code: 'invariant' });
    });
  }
});
