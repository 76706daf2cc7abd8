import { isAllZero, SystemError, toSafeLength } from '../../base/index.ts';
import type { PartEvidence, ReplicaEvidence } from '../check/index.ts';
import {
  checkHeap,
  HEAP_HDR_SIZE,
  hasValidDescriptorChecksum,
  LANE_COUNT,
  LANES_OFFSET,
  OBJ_DSC_OFFSET,
  OBJ_DSC_SIZE,
  objDescriptor,
  POOL_HDR_SIZE,
  type HeapFinding,
} from '../layout/index.ts';
import type { Part, Replica } from '../poolset/index.ts';
import type { OpenPoolSet } from './open-pool-set.ts';
import { poolReader } from './pool-reader.ts';

/** Opens and locks every part and reads what `checkSet` judges by: at most some pages a part and 512 KiB a heap zone. */
export function gatherReplicas(pool: OpenPoolSet): readonly ReplicaEvidence[] {
  return pool.set.replicas.map((replica) => gatherReplica(pool, replica));
}

function gatherReplica(pool: OpenPoolSet, replica: Replica): ReplicaEvidence {
  const parts = replica.parts.map((part) => gatherPart(pool, part));
  const descriptor = readPage(pool, replica.parts[0]!, OBJ_DSC_OFFSET, OBJ_DSC_SIZE);
  const sound = descriptor !== undefined && isDescriptor(descriptor);
  const misplaced = replica.parts
    .slice(1)
    .filter((part) => isMisplacedDescriptor(readPage(pool, part, OBJ_DSC_OFFSET, OBJ_DSC_SIZE)));
  return {
    parts,
    descriptor,
    misplacedDescriptors: sound ? [] : misplaced.map((part) => part.index),
    heap: sound ? gatherHeap(pool, replica, descriptor) : [],
  };
}

function gatherPart(pool: OpenPoolSet, part: Part): PartEvidence {
  const opened = pool.openPart(part);
  if (opened.kind !== 'present') return opened;
  const facts = pool.isOpen(part) ? pool.file(part).stat() : pool.media.stat(part.path);
  if (facts === undefined) return { kind: 'missing' };
  const header = part.hasHeader ? readPage(pool, part, 0, POOL_HDR_SIZE) : undefined;
  return { kind: 'present', facts, header };
}

/** Undefined when the part is not open, too short, or does not give these bytes. */
function readPage(
  pool: OpenPoolSet,
  part: Part,
  offset: number,
  length: number,
): Uint8Array | undefined {
  if (!pool.isOpen(part)) return undefined;
  const file = pool.file(part);
  if (file.stat().size < offset + length) return undefined;
  try {
    return file.read(offset, length);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

function isDescriptor(page: Uint8Array): boolean {
  return !isAllZero(page) && hasValidDescriptorChecksum(page);
}

/** Any data may lie where a later part is read; only a page that is a descriptor in every respect counts. */
function isMisplacedDescriptor(page: Uint8Array | undefined): boolean {
  if (page === undefined || !isDescriptor(page)) return false;
  const { lanesOffset, nlanes } = objDescriptor.decode(page);
  return lanesOffset === BigInt(LANES_OFFSET) && nlanes === BigInt(LANE_COUNT);
}

function gatherHeap(pool: OpenPoolSet, replica: Replica, page: Uint8Array): readonly HeapFinding[] {
  const descriptor = objDescriptor.decode(page);
  const heapOffset = toSafeLength(descriptor.heapOffset);
  const heapSize = toSafeLength(descriptor.heapSize);
  const complete = replica.parts.every(
    (part) => pool.isOpen(part) && pool.file(part).stat().size === part.fileSize,
  );
  // Sizes beyond the replica are reported as what they are; there is nothing to walk then.
  if (heapOffset === undefined || heapSize === undefined || !complete) return [];
  if (heapSize < HEAP_HDR_SIZE || heapOffset + heapSize > replica.capacity) return [];
  try {
    return checkHeap(poolReader(pool, replica), heapOffset, heapSize);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return [{ poolOffset: heapOffset, what: 'heap-checksum', detail: error.message }];
  }
}
