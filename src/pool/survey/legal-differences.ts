import { RangeSet, toSafeLength, type Range } from '../../base/index.ts';
import {
  CHUNK_SIZE,
  CHUNK_TYPE,
  chunkHeader,
  LANE_COUNT,
  LANE_SIZE,
  LANES_OFFSET,
  OBJ_DSC_OFFSET,
  OBJ_DSC_SIZE,
  objDescriptor,
  RUNTIME_STATE,
  ZONE_MAGIC,
  ZONE_META_SIZE,
  zoneHeader,
  zoneOffsets,
  type PoolReader,
} from '../layout/index.ts';

/** Pool bytes that may differ whatever the heap looks like: run-time state and lanes. */
export const ALWAYS_LEGAL: RangeSet = RangeSet.of(RUNTIME_STATE, {
  offset: LANES_OFFSET,
  end: LANES_OFFSET + LANE_COUNT * LANE_SIZE,
});

/**
 * Pool bytes that may differ between healthy replicas of a closed pool: run-time state, lanes, chunk footers, and what lies
 * in chunks that no object occupies. `read` gives the pool as a replica with a sound heap has it.
 */
export function legalDifferences(read: PoolReader): RangeSet {
  const descriptor = objDescriptor.decode(read(OBJ_DSC_OFFSET, OBJ_DSC_SIZE));
  const heapOffset = toSafeLength(descriptor.heapOffset);
  const heapSize = toSafeLength(descriptor.heapSize);
  if (heapOffset === undefined || heapSize === undefined) return ALWAYS_LEGAL;
  const zones = zoneOffsets(heapOffset, heapSize);
  return ALWAYS_LEGAL.union(RangeSet.from(zones.flatMap((offset) => unusedInZone(read, offset))));
}

function unusedInZone(read: PoolReader, zoneOffset: number): readonly Range[] {
  const { magic, sizeIdx } = zoneHeader.decode(read(zoneOffset, zoneHeader.size));
  if (magic !== ZONE_MAGIC) return [];
  const headersAt = zoneOffset + zoneHeader.size;
  const headers = read(headersAt, sizeIdx * chunkHeader.size);
  const unused: Range[] = [];
  for (let index = 0; index < sizeIdx;) {
    const chunk = chunkHeader.decode(headers.subarray(index * chunkHeader.size));
    const last = index + chunk.sizeIdx - 1;
    if (chunk.sizeIdx === 0 || last >= sizeIdx) break;
    if (chunk.type === CHUNK_TYPE.free) {
      const chunksAt = zoneOffset + ZONE_META_SIZE;
      unused.push({
        offset: chunksAt + index * CHUNK_SIZE,
        end: chunksAt + (last + 1) * CHUNK_SIZE,
      });
    }
    if (last > index && chunk.type !== CHUNK_TYPE.run) {
      // All headers between the first and the last of a chunk are left-overs; the last is its footer.
      unused.push({
        offset: headersAt + (index + 1) * chunkHeader.size,
        end: headersAt + (last + 1) * chunkHeader.size,
      });
    }
    index += chunk.sizeIdx;
  }
  return unused;
}
