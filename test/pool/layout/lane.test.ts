import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  decodeLane,
  encodeFreshLane,
  fletcher64,
  isLaneIdle,
  LANE_COUNT,
  LANE_SIZE,
  LANES_OFFSET,
} from '../../../src/pool/layout/index.ts';
import { viewOf } from '../../../src/base/index.ts';
import { walkInBackground, walkVerify } from '../../support/pmdk.ts';
import { makePool, MIB, scratchDirectory } from '../../support/pool-fixture.ts';
import { requires } from '../../support/requirements.ts';

const UNDO = 960;

function busyLanes(file: string): number {
  const lanes = fs.readFileSync(file).subarray(LANES_OFFSET, LANES_OFFSET + LANE_COUNT * LANE_SIZE);
  return Array.from({ length: LANE_COUNT }, (_, lane) =>
    lanes.subarray(lane * LANE_SIZE, (lane + 1) * LANE_SIZE),
  ).filter((lane) => !isLaneIdle(lane)).length;
}

/** A lane with one undo entry of 8 bytes, written in generation `generation` of a log that is in generation 7. */
function laneWithUndo(generation: bigint, operation: bigint): Uint8Array {
  const lane = encodeFreshLane();
  const view = viewOf(lane);
  view.setBigUint64(UNDO + 24, 7n, true);
  const entry = new Uint8Array(72);
  const fields = viewOf(entry);
  fields.setBigUint64(0, 0x484450n | (operation << 61n), true);
  fields.setBigUint64(16, 8n, true);
  fields.setBigUint64(24, 0xaaaan, true);
  fields.setBigUint64(64, generation, true);
  fields.setBigUint64(8, fletcher64(entry, { sumAt: 8 }), true);
  lane.set(entry.subarray(0, 64), UNDO + 64);
  return lane;
}

suite('a lane', () => {
  test('a fresh one knows the capacity of its three logs and nothing else', () => {
    const words = new BigUint64Array(encodeFreshLane().buffer);
    const set = [...words.entries()].filter(([, word]) => word !== 0n);
    assert.deepEqual(set, [
      [2, 192n],
      [34, 640n],
      [122, 2048n],
    ]);
  });

  test('its logs are cut where they lie', () => {
    const lane = Uint8Array.from({ length: LANE_SIZE }, (_, at) => at);
    const { internal, external, undo } = decodeLane(lane);
    assert.deepEqual(internal.data, lane.subarray(64, 256));
    assert.deepEqual(external.data, lane.subarray(320, 960));
    assert.deepEqual(undo.data, lane.subarray(1024));
    assert.equal(undo.genNum, viewOf(lane).getBigUint64(UNDO + 24, true));
  });
});

suite('isLaneIdle', () => {
  test('a fresh lane is idle', () => assert(isLaneIdle(encodeFreshLane())));

  test('a redo log counts once its head carries a checksum', () => {
    for (const head of [0, 256]) {
      const lane = encodeFreshLane();
      lane.fill(1, head + 64, head + 128);
      assert(isLaneIdle(lane), 'entries without a checksum were processed or never finished');
      lane[head] = 1;
      assert(!isLaneIdle(lane));
    }
  });

  test('an undo log counts while its first entry is of the current generation', () => {
    for (const operation of [5n, 6n]) {
      assert(!isLaneIdle(laneWithUndo(7n, operation)));
      assert(isLaneIdle(laneWithUndo(6n, operation)));
    }
  });

  test('a live entry behind one of an older generation does not count', () => {
    const lane = laneWithUndo(6n, 6n);
    lane.set(laneWithUndo(7n, 6n).subarray(UNDO + 64, UNDO + 128), UNDO + 128);
    assert(isLaneIdle(lane), 'rolling back stops at the first entry that is not valid');
  });

  test('a log that was lengthened and is done with may still name the next one', () => {
    const lane = laneWithUndo(6n, 6n);
    viewOf(lane).setBigUint64(UNDO + 8, 0x484450n, true);
    assert(isLaneIdle(lane));
  });

  test('an entry as long as the log is told from an older one', () => {
    for (const [generation, idle] of [
      [7n, false],
      [6n, true],
    ] as const) {
      const lane = laneWithUndo(generation, 6n);
      viewOf(lane).setBigUint64(UNDO + 64 + 16, 2024n, true);
      lane.fill(0x5a, UNDO + 64 + 24);
      const entry = new Uint8Array(2056);
      entry.set(lane.subarray(UNDO + 64));
      viewOf(entry).setBigUint64(2048, generation, true);
      const checksum = fletcher64(entry, { sumAt: 8 });
      viewOf(lane).setBigUint64(UNDO + 64 + 8, checksum, true);
      assert.equal(isLaneIdle(lane), idle);
    }
  });

  test('an entry that is not understood counts', () => {
    assert(!isLaneIdle(laneWithUndo(6n, 4n)));
    const tooLong = laneWithUndo(6n, 6n);
    viewOf(tooLong).setBigUint64(UNDO + 64 + 16, 4096n, true);
    assert(!isLaneIdle(tooLong));
  });

  test('all lanes of a pool that was used and closed are idle', (t: TestContext) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory();
    const fill = { records: 3000, blobs: 20 };
    const { parts } = makePool(scratch.path, { replicas: [[16 * MIB], [16 * MIB]], fill });
    const first = fs.readFileSync(parts[0]![0]!);
    const used = decodeLane(first.subarray(LANES_OFFSET, LANES_OFFSET + LANE_SIZE));
    assert(used.undo.genNum > 0n, 'the first lane was used');
    for (const [part] of parts) assert.equal(busyLanes(part!), 0);
  });

  test('a pool killed in transactions is busy again and again, and idle after recovery', async (t: TestContext) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory();
    const pool = makePool(scratch.path, {
      replicas: [[64 * MIB]],
      fill: { records: 1000, blobs: 1 },
    });
    let busy = 0;
    for (let round = 0; round < 12; round++) {
      {
        // Leaving the block kills the program, wherever it is, and waits for its end.
        await using _ = await walkInBackground(pool.set, 'txloop');
        await sleep(5 * round);
      }
      busy += Math.min(1, busyLanes(pool.parts[0]![0]!));
      assert(walkVerify(pool.set).ok, 'the library recovers it');
      assert.equal(busyLanes(pool.parts[0]![0]!), 0);
    }
    assert(busy > 0, 'some kill fell into a transaction');
  });
});
