import { bytes, defineLayout, toSafeLength, u64 } from '../../base/index.ts';
import {
  CHUNK_FLAG,
  CHUNK_SIZE,
  CHUNK_TYPE,
  chunkHeader,
  ZONE_MAGIC,
  ZONE_META_SIZE,
  zoneChunkCount,
  zoneHeader,
  zoneOffsets,
  type PoolReader,
} from '../layout/index.ts';

/** How much of a heap is in use. */
export interface HeapStatistics {
  /** Zones that the heap is divided into. */
  readonly zoneCount: number;
  /** Those that have been touched. */
  readonly zones: readonly ZoneStatistics[];
}

export interface ZoneStatistics {
  readonly zone: number;
  /** By chunk type: how many there are, and how many chunks of 256 KiB they span. */
  readonly chunks: readonly ChunkStatistics[];
  /** In the order in which the zone first has them; whole chunks come first. */
  readonly classes: readonly ClassStatistics[];
}

export interface ChunkStatistics {
  readonly type: number;
  readonly count: number;
  readonly span: number;
}

/** Allocations of one size. */
export interface ClassStatistics {
  readonly unitSize: number;
  readonly unitCount: number;
  readonly usedCount: number;
}

/** Head of a run; the bitmap follows. Source: PMDK 1.12.1 src/libpmemobj/heap_layout.h, struct chunk_run_header. */
const runHeader = defineLayout('chunk_run_header', 16, {
  blockSize: u64(0),
  alignment: bytes(8, 8),
});

/** Bitmap of a run without the flexible flag. */
const FIXED_BITMAP_SIZE = 304;
const WORD_BITS = 64;

/**
 * Walks the chunk headers and the bitmaps of all zones. Where a header makes no sense the walk of that zone ends: `check` is the one
 * to judge it. Never reads outside the heap.
 */
export function heapStatistics(
  read: PoolReader,
  heapOffset: number,
  heapSize: number,
): HeapStatistics {
  const offsets = zoneOffsets(heapOffset, heapSize);
  const zones = offsets.flatMap((poolOffset, zone) => {
    const { magic, sizeIdx } = zoneHeader.decode(read(poolOffset, zoneHeader.size));
    const usable = magic === ZONE_MAGIC && sizeIdx <= zoneChunkCount(heapSize, zone);
    return usable ? [zoneStatistics(read, poolOffset, zone, sizeIdx)] : [];
  });
  return { zoneCount: offsets.length, zones };
}

function zoneStatistics(
  read: PoolReader,
  poolOffset: number,
  zone: number,
  chunkCount: number,
): ZoneStatistics {
  const headers = read(poolOffset + zoneHeader.size, chunkCount * chunkHeader.size);
  const chunks = new Map<number, ChunkStatistics>();
  const classes = new Map<number, ClassStatistics>();
  add(classes, { unitSize: CHUNK_SIZE, unitCount: 0, usedCount: 0 });
  for (let index = 0; index < chunkCount;) {
    const chunk = chunkHeader.decode(headers.subarray(index * chunkHeader.size));
    const { type, sizeIdx, flags } = chunk;
    if (sizeIdx === 0 || index + sizeIdx > chunkCount) break;
    const { count = 0, span = 0 } = chunks.get(type) ?? {};
    chunks.set(type, { type, count: count + 1, span: span + sizeIdx });
    if (type === CHUNK_TYPE.run) {
      const at = poolOffset + ZONE_META_SIZE + index * CHUNK_SIZE;
      const run = runStatistics(read, at, sizeIdx * CHUNK_SIZE, flags);
      if (run !== undefined) add(classes, run);
    } else if (type === CHUNK_TYPE.free || type === CHUNK_TYPE.used) {
      const usedCount = type === CHUNK_TYPE.used ? sizeIdx : 0;
      add(classes, { unitSize: CHUNK_SIZE, unitCount: sizeIdx, usedCount });
    }
    index += sizeIdx;
  }
  const byType = [...chunks.values()].toSorted((a, b) => a.type - b.type);
  return { zone, chunks: byType, classes: [...classes.values()] };
}

function add(classes: Map<number, ClassStatistics>, more: ClassStatistics): void {
  const { unitCount = 0, usedCount = 0 } = classes.get(more.unitSize) ?? {};
  classes.set(more.unitSize, {
    unitSize: more.unitSize,
    unitCount: unitCount + more.unitCount,
    usedCount: usedCount + more.usedCount,
  });
}

/** Undefined when the head of the run makes no sense. */
function runStatistics(
  read: PoolReader,
  poolOffset: number,
  size: number,
  flags: number,
): ClassStatistics | undefined {
  const { blockSize } = runHeader.decode(read(poolOffset, runHeader.size));
  const unitSize = toSafeLength(blockSize);
  if (unitSize === undefined || unitSize === 0 || unitSize > size - runHeader.size)
    return undefined;
  const flexible = (flags & CHUNK_FLAG.flexBitmap) !== 0;
  const unitCount = flexible
    ? flexibleUnitCount(size - runHeader.size, unitSize)
    : Math.floor((size - runHeader.size - FIXED_BITMAP_SIZE) / unitSize);
  const wordCount = Math.ceil(unitCount / WORD_BITS);
  const bitmap = read(poolOffset + runHeader.size, wordCount * (WORD_BITS / 8));
  return { unitSize, unitCount, usedCount: countBits(bitmap, unitCount) };
}

/** As many units as fit beside a bitmap of their number, in words of 8 bytes. */
function flexibleUnitCount(room: number, unitSize: number): number {
  let count = Math.floor(room / unitSize);
  while (count > 0 && count * unitSize + Math.ceil(count / WORD_BITS) * 8 > room) count--;
  return count;
}

/** Bits set among the first `count`; the rest of the last word may hold anything. */
function countBits(bitmap: Uint8Array, count: number): number {
  let set = 0;
  for (let bit = 0; bit < count; bit++) set += (bitmap[bit >> 3]! >> (bit & 7)) & 1;
  return set;
}
