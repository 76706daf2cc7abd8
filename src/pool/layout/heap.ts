import { bytes, defineLayout, equalBytes, u16, u32, u64, type Decoded } from '../../base/index.ts';
import { fletcher64 } from './checksum.ts';

export const HEAP_HDR_SIZE = 1024;
export const HEAP_SIGNATURE: Uint8Array = new Uint8Array(
  Buffer.from('MEMORY_HEAP_HDR\0', 'latin1'),
);

/** Source: PMDK 1.12.1 src/libpmemobj/heap_layout.h, struct heap_header. */
export const heapHeader = defineLayout('heap_header', HEAP_HDR_SIZE, {
  signature: bytes(0, 16),
  major: u64(16),
  minor: u64(24),
  unused: u64(32),
  chunkSize: u64(40),
  chunksPerZone: u64(48),
  reserved: bytes(56, 960),
  checksum: u64(1016),
});

/** Source: PMDK 1.12.1 src/libpmemobj/heap_layout.h, struct zone_header. */
export const zoneHeader = defineLayout('zone_header', 64, {
  magic: u32(0),
  sizeIdx: u32(4),
  reserved: bytes(8, 56),
});

/** Source: PMDK 1.12.1 src/libpmemobj/heap_layout.h, struct chunk_header. */
export const chunkHeader = defineLayout('chunk_header', 8, {
  type: u16(0),
  flags: u16(2),
  sizeIdx: u32(4),
});

export type HeapHeader = Decoded<typeof heapHeader>;
export type ZoneHeader = Decoded<typeof zoneHeader>;
export type ChunkHeader = Decoded<typeof chunkHeader>;

export const ZONE_MAGIC = 0xc3f0a2d2;
export const CHUNK_SIZE = 262144;
/** Chunks of a full zone. */
export const CHUNKS_PER_ZONE = 65528;
/** Zone header and all chunk headers; the chunks follow. */
export const ZONE_META_SIZE = 64 + CHUNKS_PER_ZONE * 8;
/** Bytes that a full zone spans. */
export const ZONE_SIZE_MAX = ZONE_META_SIZE + CHUNKS_PER_ZONE * CHUNK_SIZE;
const ZONE_SIZE_MIN = ZONE_META_SIZE + CHUNK_SIZE;

export const CHUNK_TYPE = {
  unknown: 0,
  footer: 1,
  free: 2,
  used: 3,
  run: 4,
  runData: 5,
} as const;

export const CHUNK_FLAG = {
  compactHeader: 0x1,
  headerNone: 0x2,
  aligned: 0x4,
  flexBitmap: 0x8,
} as const;

const CHUNK_FLAGS_KNOWN = 0xf;

/** The checksum that a heap header should carry. */
export function heapHeaderChecksum(header: Uint8Array): bigint {
  return fletcher64(header.subarray(0, HEAP_HDR_SIZE), {
    sumAt: heapHeader.fields.checksum.offset,
  });
}

/** Zones that a heap of `heapSize` bytes is divided into; 0 when it cannot hold one chunk. */
export function zoneCount(heapSize: number): number {
  const room = heapSize - HEAP_HDR_SIZE;
  if (room < ZONE_SIZE_MIN) return 0;
  const full = Math.floor(room / ZONE_SIZE_MAX);
  return room - full * ZONE_SIZE_MAX >= ZONE_SIZE_MIN ? full + 1 : full;
}

/** Chunks that zone `zone` of the heap holds once it is in use. */
export function zoneChunkCount(heapSize: number, zone: number): number {
  const room = heapSize - HEAP_HDR_SIZE - zone * ZONE_SIZE_MAX - ZONE_META_SIZE;
  return Math.max(0, Math.min(CHUNKS_PER_ZONE, Math.floor(room / CHUNK_SIZE)));
}

/** Pool offsets of the zone headers, in order. */
export function zoneOffsets(heapOffset: number, heapSize: number): readonly number[] {
  return Array.from(
    { length: zoneCount(heapSize) },
    (_, zone) => heapOffset + HEAP_HDR_SIZE + zone * ZONE_SIZE_MAX,
  );
}

/** Something in the heap that libpmemobj refuses when it opens the pool. */
export interface HeapFinding {
  readonly poolOffset: number;
  readonly what:
    | 'heap-size'
    | 'heap-signature'
    | 'heap-checksum'
    | 'zone-magic'
    | 'zone-size'
    | 'chunk-type'
    | 'chunk-flags'
    | 'chunk-size';
  readonly detail: string;
}

/** Returns `length` bytes from pool offset `poolOffset`. */
export type PoolReader = (poolOffset: number, length: number) => Uint8Array;

/**
 * Looks at the heap header, every zone header and every chunk header that heads a chunk, as libpmemobj does on open. Reads
 * at most 512 KiB a zone, never outside the heap. At most one finding per zone: beyond the first bad header the walk
 * has lost its way. Source: PMDK 1.12.1 src/libpmemobj/heap.c, heap_check.
 */
export function checkHeap(
  read: PoolReader,
  heapOffset: number,
  heapSize: number,
): readonly HeapFinding[] {
  if (heapSize < HEAP_HDR_SIZE) {
    const detail = `the heap has ${heapSize} bytes, its header needs ${HEAP_HDR_SIZE}`;
    return [{ poolOffset: heapOffset, what: 'heap-size', detail }];
  }
  return [
    ...checkHeapHeader(read(heapOffset, HEAP_HDR_SIZE), heapOffset),
    ...zoneOffsets(heapOffset, heapSize).flatMap((poolOffset, zone) =>
      checkZone(read, poolOffset, zoneChunkCount(heapSize, zone)),
    ),
  ];
}

function checkHeapHeader(header: Uint8Array, poolOffset: number): readonly HeapFinding[] {
  const findings: HeapFinding[] = [];
  const { signature, checksum } = heapHeader.decode(header);
  if (!equalBytes(signature, HEAP_SIGNATURE)) {
    findings.push({
      poolOffset,
      what: 'heap-signature',
      detail: 'the heap header has no signature',
    });
  }
  const expected = heapHeaderChecksum(header);
  if (checksum !== expected) {
    const detail = `the heap header carries checksum ${hex(checksum)}, its bytes give ${hex(expected)}`;
    findings.push({ poolOffset, what: 'heap-checksum', detail });
  }
  return findings;
}

function checkZone(
  read: PoolReader,
  poolOffset: number,
  chunkCountMax: number,
): readonly HeapFinding[] {
  const { magic, sizeIdx } = zoneHeader.decode(read(poolOffset, zoneHeader.size));
  if (magic === 0) return [];
  if (magic !== ZONE_MAGIC) {
    return [{ poolOffset, what: 'zone-magic', detail: `the zone has magic ${hex(magic)}` }];
  }
  if (sizeIdx === 0 || sizeIdx > chunkCountMax) {
    const detail = `the zone claims ${sizeIdx} chunks, there is room for ${chunkCountMax}`;
    return [{ poolOffset, what: 'zone-size', detail }];
  }
  return walkChunks(read(poolOffset + zoneHeader.size, sizeIdx * chunkHeader.size), {
    poolOffset: poolOffset + zoneHeader.size,
    chunkCount: sizeIdx,
  });
}

function walkChunks(
  headers: Uint8Array,
  zone: { readonly poolOffset: number; readonly chunkCount: number },
): readonly HeapFinding[] {
  let index = 0;
  while (index < zone.chunkCount) {
    const at = index * chunkHeader.size;
    const chunk = chunkHeader.decode(headers.subarray(at));
    const fault = chunkFault(chunk, zone.chunkCount - index);
    if (fault !== undefined) {
      return [
        { poolOffset: zone.poolOffset + at, ...fault, detail: `chunk ${index} ${fault.detail}` },
      ];
    }
    index += chunk.sizeIdx;
  }
  return [];
}

function chunkFault(
  chunk: ChunkHeader,
  chunksLeft: number,
): Pick<HeapFinding, 'what' | 'detail'> | undefined {
  if (chunk.type < CHUNK_TYPE.footer || chunk.type > CHUNK_TYPE.runData) {
    return { what: 'chunk-type', detail: `has type ${chunk.type}` };
  }
  if ((chunk.flags & ~CHUNK_FLAGS_KNOWN) !== 0) {
    return { what: 'chunk-flags', detail: `has flags ${hex(chunk.flags)}` };
  }
  if (chunk.sizeIdx === 0 || chunk.sizeIdx > chunksLeft) {
    return {
      what: 'chunk-size',
      detail: `spans ${chunk.sizeIdx} chunks where ${chunksLeft} are left`,
    };
  }
  return undefined;
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
