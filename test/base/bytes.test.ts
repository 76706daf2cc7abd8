import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import {
  alignDown,
  alignUp,
  cString,
  equalBytes,
  fromHex,
  isAllZero,
  toHex,
  toSafeLength,
  viewOf,
} from '../../src/base/index.ts';

suite('bytes', () => {
  test('hex and back gives the same bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (data) => equalBytes(fromHex(toHex(data)), data)));
    assert.equal(toHex(Uint8Array.of(0, 10, 255).subarray(1)), '0aff');
    assert.deepEqual(fromHex('0AfF'), Uint8Array.of(10, 255));
  });

  test('what is no pairs of digits is refused', () => {
    for (const hex of ['0', 'zz', '00 ', '0x00', '00\n'])
      assert.throws(() => fromHex(hex), RangeError);
  });

  test('zero bytes', () => {
    assert(isAllZero(new Uint8Array(5)));
    assert(isAllZero(new Uint8Array(0)));
    assert(!isAllZero(Uint8Array.of(0, 0, 1)));
  });

  test('equal means same length and same bytes', () => {
    assert(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(0, 1, 2).subarray(1)));
    assert(!equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)));
    assert(!equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  });

  test('a view covers exactly its bytes', () => {
    const view = viewOf(Uint8Array.of(9, 1, 2, 9).subarray(1, 3));
    assert.equal(view.byteLength, 2);
    assert.equal(view.getUint16(0, true), 0x0201);
  });

  test('a C string ends at its first NUL, or with the field', () => {
    assert.equal(cString(Buffer.from('ab\0cd')), 'ab');
    assert.equal(cString(Buffer.from('äb')), 'äb');
    assert.equal(cString(Buffer.from('\0')), '');
  });

  test('a length is safe up to 2^53 - 1', () => {
    assert.equal(toSafeLength(0n), 0);
    assert.equal(toSafeLength(2n ** 53n - 1n), Number.MAX_SAFE_INTEGER);
    assert.equal(toSafeLength(2n ** 53n), undefined);
    assert.equal(toSafeLength(2n ** 64n - 1n), undefined);
    assert.equal(toSafeLength(-1n), undefined);
  });

  test('rounding to multiples', () => {
    for (const [value, down, up] of [
      [0, 0, 0],
      [1, 0, 4096],
      [4095, 0, 4096],
      [4096, 4096, 4096],
      [4097, 4096, 8192],
      [2 ** 40 + 1, 2 ** 40, 2 ** 40 + 4096],
    ] as const) {
      assert.deepEqual([alignDown(value, 4096), alignUp(value, 4096)], [down, up]);
    }
    assert.throws(() => alignDown(1, 0), { code: 'invariant' });
  });
});
