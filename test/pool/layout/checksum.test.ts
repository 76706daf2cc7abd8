import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { viewOf } from '../../../src/base/index.ts';
import { fletcher64, type FletcherOptions } from '../../../src/pool/layout/index.ts';

/** The definition, word for word and with numbers that cannot overflow. */
function naiveFletcher(data: Uint8Array, { sumAt, skipFrom }: FletcherOptions): bigint {
  const mask = 0xffff_ffffn;
  let low = 0n;
  let high = 0n;
  for (let at = 0; at < data.length; at += 4) {
    const isSum = sumAt !== undefined && (at === sumAt || at === sumAt + 4);
    const counts = !isSum && !(skipFrom !== undefined && at >= skipFrom);
    low = (low + (counts ? BigInt(viewOf(data).getUint32(at, true)) : 0n)) & mask;
    high = (high + low) & mask;
  }
  return (high << 32n) | low;
}

const words = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0xffff_ffff), fc.nat(0xffff_ffff)), {
    maxLength: 600,
  })
  .map((values) => new Uint8Array(Uint32Array.from(values).buffer));
const offset = fc.option(
  fc.nat(700).map((word) => word * 4),
  { nil: undefined },
);

suite('fletcher64', () => {
  test('known values', () => {
    const dirty = new Uint8Array(64);
    dirty[16] = 1;
    assert.equal(fletcher64(dirty, { sumAt: 56 }), 0x0000_000c_0000_0001n);
    assert.equal(fletcher64(new Uint8Array(4096), { sumAt: 4088, skipFrom: 2048 }), 0n);
    assert.equal(fletcher64(new Uint8Array(0)), 0n);
    assert.equal(fletcher64(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0)), (4n << 32n) | 3n);
  });

  test('a descriptor of a pool with layout L', () => {
    const descriptor = new Uint8Array(2048);
    const view = viewOf(descriptor);
    descriptor[0] = 'L'.charCodeAt(0);
    view.setBigUint64(1024, 0x2000n, true);
    view.setBigUint64(1032, 1024n, true);
    view.setBigUint64(1040, 0x302000n, true);
    assert.equal(fletcher64(descriptor, { sumAt: 2040 }), 0x2f84_1000_0030_444cn);
  });

  test('equals the definition for any data, field and skip offset', () => {
    fc.assert(
      fc.property(words, offset, offset, (data, sumAt, skipFrom) => {
        const options = {
          ...(sumAt === undefined ? {} : { sumAt }),
          ...(skipFrom === undefined ? {} : { skipFrom }),
        };
        assert.equal(fletcher64(data, options), naiveFletcher(data, options));
      }),
    );
  });

  test('reads a view that does not start at a multiple of 4', () => {
    const buffer = Uint8Array.from({ length: 67 }, (_, index) => index * 37);
    const shifted = buffer.subarray(3);
    assert.equal(fletcher64(shifted), fletcher64(shifted.slice()));
  });

  test('what the field holds does not count; the bytes beside it do', () => {
    const data = new Uint8Array(64).fill(5);
    const sum = fletcher64(data, { sumAt: 32 });
    for (const [at, counts] of [
      [31, true],
      [32, false],
      [39, false],
      [40, true],
    ] as const) {
      const other = data.slice();
      other[at] = 6;
      assert.equal(fletcher64(other, { sumAt: 32 }) !== sum, counts, `byte ${at}`);
    }
  });

  test('refuses lengths and offsets within a word', () => {
    assert.throws(() => fletcher64(new Uint8Array(6)), RangeError);
    assert.throws(() => fletcher64(new Uint8Array(8), { sumAt: 2 }), RangeError);
    assert.throws(() => fletcher64(new Uint8Array(8), { skipFrom: 7 }), RangeError);
  });
});
