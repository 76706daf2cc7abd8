import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import {
  hasValidDescriptorChecksum,
  OBJ_DSC_OFFSET,
  OBJ_DSC_SIZE,
  objDescriptor,
  objDescriptorChecksum,
  recordedPoolSize,
  RUNTIME_STATE,
} from '../../../src/pool/layout/index.ts';

suite('descriptor of a pool', () => {
  test('the checksum protects the first half and nothing else', () => {
    const page = Uint8Array.from({ length: OBJ_DSC_SIZE }, (_, index) => index * 13);
    objDescriptor.patch(page, { checksum: objDescriptorChecksum(page) });
    assert(hasValidDescriptorChecksum(page));
    for (const [at, noticed] of [
      [0, true],
      [2039, true],
      [2040, true],
      [2047, true],
      [2048, false],
      [4095, false],
    ] as const) {
      const other = page.slice();
      other[at]! ^= 1;
      assert.equal(hasValidDescriptorChecksum(other), !noticed, `byte ${at}`);
    }
  });

  test('a page of zeros has a valid checksum', () => {
    assert(hasValidDescriptorChecksum(new Uint8Array(OBJ_DSC_SIZE)));
  });

  test('what the last process kept while running is the end of the page', () => {
    const { offset, size } = objDescriptor.fields.runTime;
    assert.equal(OBJ_DSC_OFFSET + offset, RUNTIME_STATE.offset);
    assert.equal(OBJ_DSC_OFFSET + offset + size, RUNTIME_STATE.end);
  });

  test('the recorded size is heap offset plus heap size; damaged fields do not throw', () => {
    assert.equal(recordedPoolSize({ heapOffset: 0x302000n, heapSize: 5234688n }), 8388608n);
    assert.equal(recordedPoolSize({ heapOffset: 2n ** 64n - 1n, heapSize: 2n }), 1n);
  });

  test('decoding and encoding any page gives the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: OBJ_DSC_SIZE, maxLength: OBJ_DSC_SIZE }), (page) => {
        assert.deepEqual(objDescriptor.encode(objDescriptor.decode(page)), page);
      }),
      { numRuns: 20 },
    );
  });
});
