import { alignUp, bytes, defineLayout, u64, viewOf, type Decoded } from '../../base/index.ts';
import { fletcher64 } from './checksum.ts';

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

/** Kinds of undo entries, in the top three bits of the entry's offset. Source: same file, ULOG_OPERATION_BUF_SET, BUF_CPY. */
const BUFFER_OPERATIONS: ReadonlySet<bigint> = new Set([5n, 6n]);
const OPERATION_SHIFT = 61n;
const ENTRY_HEAD_SIZE = 24;
const ENTRY_ALIGNMENT = 64;

/**
 * True when nothing in the lane would be replayed or rolled back when the pool is opened. What is not understood counts
 * as busy. Found by comparing what libpmemobj 1.12.1 does with crafted and with killed pools:
 * 1. A redo log counts once its head carries a checksum. It is written last, and cleared when the log has been processed;
 *    entries left behind mean nothing.
 * 2. An undo log counts while its first entry is valid: its checksum covers the entry and the generation number in the log's
 *    head, which every commit raises. Rolling back stops at the first entry that is not valid.
 */
export function isLaneIdle(lane: Uint8Array): boolean {
  const { internal, external, undo } = decodeLane(lane);
  return internal.checksum === 0n && external.checksum === 0n && isUndoIdle(undo);
}

function isUndoIdle({ checksum, genNum, data }: Ulog): boolean {
  const view = viewOf(data);
  const offset = view.getBigUint64(0, true);
  if (offset === 0n) return checksum === 0n;
  const size = view.getBigUint64(16, true);
  const understood = BUFFER_OPERATIONS.has(offset >> OPERATION_SHIFT);
  if (checksum !== 0n || !understood || size > BigInt(data.length - ENTRY_HEAD_SIZE)) return false;
  const entrySize = alignUp(ENTRY_HEAD_SIZE + Number(size), ENTRY_ALIGNMENT);
  // The generation number is summed as if it stood behind the entry.
  const summed = new Uint8Array(entrySize + 8);
  summed.set(data.subarray(0, entrySize));
  viewOf(summed).setBigUint64(entrySize, genNum, true);
  return view.getBigUint64(8, true) !== fletcher64(summed, { sumAt: 8 });
}
