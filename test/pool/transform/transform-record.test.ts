import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import {
  decodeTransformRecord,
  encodeTransformRecord,
  TransformRecordError,
  type SwitchStep,
  type TransformRecord,
} from '../../../src/pool/transform/transform-record.ts';

const header = fc.uint8Array({ minLength: 4096, maxLength: 4096 });
const step: fc.Arbitrary<SwitchStep> = fc.oneof(
  fc.record({
    kind: fc.constant('rewrite-header' as const),
    path: fc.string(),
    before: header,
    after: header,
  }),
  fc.record({
    kind: fc.constant('name-part' as const),
    temporaryPath: fc.string(),
    path: fc.string({ unit: 'binary' }),
    size: fc.maxSafeNat(),
    replaces: fc.boolean(),
    uuid: fc.string(),
  }),
  fc.record({ kind: fc.constant('remove-part' as const), path: fc.string() }),
);
const record: fc.Arbitrary<TransformRecord> = fc.record({
  operation: fc.constantFrom('add-replicas', 'remove-replicas', 'to-singlehdr', 'from-singlehdr'),
  source: fc.string(),
  destination: fc.string(),
  poolsetUuid: fc.string(),
  steps: fc.array(step, { maxLength: 4 }),
});

suite('the record of a transformation', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(record, (written) => {
        const read = decodeTransformRecord(encodeTransformRecord(written), '/r');
        assert.deepEqual(plain(read), plain(written));
      }),
      { numRuns: 50 },
    );
  });

  test('is refused when any byte is another, or the end is missing', () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, at, change) => {
        const bytes = encodeTransformRecord(written);
        const offset = at % bytes.length;
        const damaged = bytes.slice();
        damaged[offset]! ^= change;
        assert.throws(() => decodeTransformRecord(damaged, '/r'), TransformRecordError);
        const cut = bytes.subarray(0, offset);
        assert.throws(() => decodeTransformRecord(cut, '/r'), TransformRecordError);
      }),
      { numRuns: 50 },
    );
  });
});

/** Without prototypes: records of fast-check have none. */
function plain(value: TransformRecord): unknown {
  return JSON.parse(JSON.stringify(value));
}
