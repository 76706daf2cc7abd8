import {
  COMPAT_CHECK_BAD_BLOCKS,
  CHUNK_SIZE,
  CHUNKS_PER_ZONE,
  encodeFreshLane,
  HEAP_HDR_SIZE,
  HEAP_SIGNATURE,
  heapHeader,
  heapHeaderChecksum,
  HOST_ARCH,
  INCOMPAT_CKSUM_2K,
  INCOMPAT_SDS,
  INCOMPAT_SINGLEHDR,
  LANE_COUNT,
  LANE_SIZE,
  LANES_OFFSET,
  OBJ_DSC_OFFSET,
  OBJ_DSC_SIZE,
  objDescriptor,
  objDescriptorChecksum,
  PMEMOBJ_MAJOR,
  POOL_SIGNATURES,
  poolHdr,
  randomPoolUuid,
  SDS_SIZE,
  sealPoolHdr,
  type PoolUuid,
} from '../layout/index.ts';
import type { Random } from '../../base/index.ts';
import { expectedLinks, type Part, type PoolSet } from '../poolset/index.ts';

/** Pool offset of the heap in every pool that we make. */
export const HEAP_OFFSET = LANES_OFFSET + LANE_COUNT * LANE_SIZE;
/** Bytes of a layout name, its NUL not counted. */
export const LAYOUT_NAME_MAX = 1023;

/** Words of features that go into every header of a new pool. */
export interface Features {
  readonly compat: number;
  readonly incompat: number;
  readonly roCompat: number;
}

/** What the reference with libndctl, as Debian builds it, gives a new pool. */
export function newPoolFeatures(singleHeader: boolean, shutdownState: boolean): Features {
  const incompat =
    INCOMPAT_CKSUM_2K |
    (singleHeader ? INCOMPAT_SINGLEHDR : 0) |
    (shutdownState ? INCOMPAT_SDS : 0);
  return { compat: COMPAT_CHECK_BAD_BLOCKS, incompat, roCompat: 0 };
}

/**
 * A fresh pool from its descriptor at pool offset 0x1000 to the end of the heap header; the same in every replica, and zeros
 * follow. `poolSize` is the net size in bytes.
 * @throws RangeError when the layout name is longer than 1023 bytes
 */
export function freshPoolContent(layout: string, poolSize: number): Uint8Array {
  const content = new Uint8Array(HEAP_OFFSET + HEAP_HDR_SIZE - OBJ_DSC_OFFSET);
  content.set(freshDescriptor(layout, poolSize), 0);
  const lane = encodeFreshLane();
  for (let index = 0; index < LANE_COUNT; index++) {
    content.set(lane, LANES_OFFSET + index * LANE_SIZE - OBJ_DSC_OFFSET);
  }
  content.set(freshHeapHeader(), HEAP_OFFSET - OBJ_DSC_OFFSET);
  return content;
}

function freshDescriptor(layout: string, poolSize: number): Uint8Array {
  const name = Buffer.from(layout, 'utf8');
  if (name.length > LAYOUT_NAME_MAX) {
    throw new RangeError(
      `The layout name has ${name.length} bytes, at most ${LAYOUT_NAME_MAX} fit`,
    );
  }
  const page = new Uint8Array(OBJ_DSC_SIZE);
  page.set(name);
  objDescriptor.patch(page, {
    lanesOffset: BigInt(LANES_OFFSET),
    nlanes: BigInt(LANE_COUNT),
    heapOffset: BigInt(HEAP_OFFSET),
    heapSize: BigInt(poolSize - HEAP_OFFSET),
    // Each open adds two, creation counts as the first; an odd number marks an open that was cut off.
    runId: 2n,
  });
  objDescriptor.patch(page, { checksum: objDescriptorChecksum(page) });
  return page;
}

function freshHeapHeader(): Uint8Array {
  const header = new Uint8Array(HEAP_HDR_SIZE);
  heapHeader.patch(header, {
    signature: HEAP_SIGNATURE,
    major: 1n,
    chunkSize: BigInt(CHUNK_SIZE),
    chunksPerZone: BigInt(CHUNKS_PER_ZONE),
  });
  heapHeader.patch(header, { checksum: heapHeaderChecksum(header) });
  return header;
}

/** The uuids of a new set; `parts` has the shape of the set. */
export interface SetUuids {
  readonly poolset: PoolUuid;
  readonly parts: readonly (readonly PoolUuid[])[];
}

export function randomSetUuids(set: PoolSet, random: Random): SetUuids {
  const parts = set.replicas.map((replica) => replica.parts.map(() => randomPoolUuid(random)));
  return { poolset: randomPoolUuid(random), parts };
}

export interface HeaderFacts {
  readonly uuids: SetUuids;
  readonly features: Features;
  /** Seconds since 1970. */
  readonly crtime: bigint;
}

/** The sealed 4096 bytes of the header of `part`, with a shutdown state that knows no hardware and is clean. */
export function freshHeader(set: PoolSet, part: Part, facts: HeaderFacts): Uint8Array {
  const { uuids, features, crtime } = facts;
  const links = expectedLinks(uuids.parts, set.options.singleHeader);
  const bytes = poolHdr.encode({
    signature: POOL_SIGNATURES.obj,
    major: PMEMOBJ_MAJOR,
    ...features,
    poolsetUuid: uuids.poolset,
    uuid: uuids.parts[part.replica]![part.index]!,
    ...links[part.replica]![part.index]!,
    crtime,
    ...HOST_ARCH,
    unused: new Uint8Array(poolHdr.fields.unused.size),
    unused2: new Uint8Array(poolHdr.fields.unused2.size),
    sds: new Uint8Array(SDS_SIZE),
    checksum: 0n,
  });
  sealPoolHdr(bytes);
  return bytes;
}
