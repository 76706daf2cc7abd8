import { bytes, defineLayout, u64, type Decoded } from '../../base/index.ts';

/** Pool offset of the first lane. */
export const LANES_OFFSET = 0x2000;
export const LANE_SIZE = 3072;
export const LANE_COUNT = 1024;

/** Head of a log. Source: PMDK 1.12.1 src/libpmemobj/ulog.h, struct ulog. */
export const ulogHead = defineLayout('ulog', 64, {
  checksum: u64(0),
  next: u64(8),
  capacity: u64(16),
  genNum: u64(24),
  flags: u64(32),
  unused: bytes(40, 24),
});

export type UlogHead = Decoded<typeof ulogHead>;

/** A log of a lane: its head and the bytes that follow it. */
export interface Ulog extends UlogHead {
  readonly data: Uint8Array;
}

export interface Lane {
  readonly internal: Ulog;
  readonly external: Ulog;
  readonly undo: Ulog;
}

/** Source: PMDK 1.12.1 src/libpmemobj/lane.h, struct lane_layout. */
export const laneLayout = defineLayout('lane', LANE_SIZE, {
  internalHead: bytes(0, 64),
  internalData: bytes(64, 192),
  externalHead: bytes(256, 64),
  externalData: bytes(320, 640),
  undoHead: bytes(960, 64),
  undoData: bytes(1024, 2048),
});

/** Copies the three logs out of a lane of 3072 bytes. */
export function decodeLane(lane: Uint8Array): Lane {
  const raw = laneLayout.decode(lane);
  return {
    internal: { ...ulogHead.decode(raw.internalHead), data: raw.internalData },
    external: { ...ulogHead.decode(raw.externalHead), data: raw.externalData },
    undo: { ...ulogHead.decode(raw.undoHead), data: raw.undoData },
  };
}

/** A lane as a fresh pool has it: three empty logs that know their capacity. */
export function encodeFreshLane(): Uint8Array {
  const lane = new Uint8Array(LANE_SIZE);
  const { fields } = laneLayout;
  laneLayout.patch(lane, {
    internalHead: emptyUlogHead(fields.internalData.size),
    externalHead: emptyUlogHead(fields.externalData.size),
    undoHead: emptyUlogHead(fields.undoData.size),
  });
  return lane;
}

function emptyUlogHead(capacity: number): Uint8Array {
  const head = new Uint8Array(ulogHead.size);
  ulogHead.patch(head, { capacity: BigInt(capacity) });
  return head;
}

/**
 * True when no log of the lane can hold anything that open would replay or roll back: each log's first entry is empty.
 */
export function isLaneIdle(lane: Uint8Array): boolean {
  const { internal, external, undo } = decodeLane(lane);
  return [internal, external, undo].every((log) =>
    log.data.subarray(0, 8).every((byte) => byte === 0),
  );
}
