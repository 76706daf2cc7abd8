import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  checkShutdownState,
  shutdownState,
  shutdownStateChecksum,
  SDS_OFFSET,
  SDS_SIZE,
} from '../../../src/pool/layout/index.ts';
import { POOL_VECTORS, statesOf } from '../../support/pool-vectors.ts';

function stored(usc: bigint, uuid: bigint, dirty: number): Uint8Array {
  const state = shutdownState.encode({
    usc,
    uuid,
    dirty,
    reserved: new Uint8Array(39),
    checksum: 0n,
  });
  shutdownState.patch(state, { checksum: shutdownStateChecksum(state) });
  return state;
}

const NOTHING = { usc: 0n, uuid: 0n };
const ZERO = new Uint8Array(SDS_SIZE);

suite('what a stored shutdown state says', () => {
  test('a state that equals the hardware is fine, clean or dirty', () => {
    for (const dirty of [0, 1]) {
      assert.equal(checkShutdownState(stored(5n, 7n, dirty), { usc: 5n, uuid: 7n }), 'fine');
      assert.equal(checkShutdownState(stored(0n, 0n, dirty), NOTHING), 'fine');
    }
  });

  test('either value that differs counts', () => {
    for (const current of [
      { usc: 6n, uuid: 7n },
      { usc: 5n, uuid: 8n },
      { usc: 4n, uuid: 7n },
      NOTHING,
    ]) {
      assert.equal(checkShutdownState(stored(5n, 7n, 0), current), 'adopt', 'the pool was closed');
      assert.equal(checkShutdownState(stored(5n, 7n, 1), current), 'failed', 'the pool was open');
      assert.equal(checkShutdownState(stored(5n, 7n, 255), current), 'failed');
    }
  });

  test('a state of zeros takes over whatever the hardware says', () => {
    assert.equal(checkShutdownState(ZERO, NOTHING), 'fine');
    assert.equal(checkShutdownState(ZERO, { usc: 5n, uuid: 7n }), 'adopt');
  });

  test('a torn state takes over the hardware, even when it reads as dirty', () => {
    const torn = stored(5n, 7n, 1);
    torn[56]! ^= 1;
    assert.equal(checkShutdownState(torn, { usc: 6n, uuid: 7n }), 'adopt');
    assert.equal(checkShutdownState(torn, { usc: 5n, uuid: 7n }), 'adopt');
  });

  test('simulated hardware: closed pools are fine, open ones with another count are not', () => {
    const vector = POOL_VECTORS.find(({ name }) => name === 'sds-nonzero-simulated')!;
    const parts = statesOf(vector).flatMap((state) => state.parts);
    assert.equal(parts.length, 4);
    for (const { name, header, first4k } of parts) {
      const usc = BigInt(header!.sds_usc);
      const uuid = BigInt(header!.sds_uuid);
      const state = first4k!.subarray(SDS_OFFSET, SDS_OFFSET + SDS_SIZE);
      assert(usc > 0n);
      assert.equal(checkShutdownState(state, { usc, uuid }), 'fine', name);
      const afterLoss = checkShutdownState(state, { usc: usc + 1n, uuid });
      assert.equal(afterLoss, header!.sds_dirty === 1 ? 'failed' : 'adopt', name);
    }
  });
});
