import { alignDown, MIB, type Range } from '../../base/index.ts';
import type { Part, PartDirectory, PoolSet, PoolSetOptions, Replica } from './pool-set.ts';

/** Granularity of parts and of everything in a pool, bytes. */
export const PAGE = 4096;
/** Least net pool size. Source: PMDK 1.12.1 src/include/libpmemobj/base.h, PMEMOBJ_MIN_POOL. */
export const MIN_POOL = 8 * MIB;
/** Least file size of a part when a set is created. Source: same file, PMEMOBJ_MIN_PART. */
export const MIN_PART = 2 * MIB;
/** Least file size of a part in a set that is to be synced. Source: PMDK 1.12.1 src/libpmempool/replica.c. */
export const MIN_SYNC_PART = 8 * MIB;

/** What a set file says about one part. */
export interface PartSpec {
  readonly path: string;
  readonly fileSize: number;
  readonly kind: Part['kind'];
  readonly line: number | undefined;
}

export interface ReplicaSpec {
  readonly parts: readonly PartSpec[];
  readonly directories?: readonly PartDirectory[];
}

export interface PoolSetSpec {
  readonly path: string;
  readonly options: PoolSetOptions;
  readonly replicas: readonly ReplicaSpec[];
}

/** A run of the pool that lies in one part. */
export interface Piece {
  readonly part: Part;
  readonly fileOffset: number;
  readonly poolOffset: number;
  readonly length: number;
}

/** Gives every part its place in the pool. */
export function createPoolSet(spec: PoolSetSpec): PoolSet {
  const replicas = spec.replicas.map((replica, index) =>
    placeReplica(replica, index, spec.options),
  );
  return {
    path: spec.path,
    options: spec.options,
    replicas,
    directoryBased: replicas.some((replica) => replica.directories.length > 0),
  };
}

/** A pool in one file: a set of one replica with one part. */
export function singleFileSet(path: string, size: number): PoolSet {
  const part: PartSpec = { path, fileSize: size, kind: 'file', line: undefined };
  const options = { singleHeader: false, noHeaders: false };
  return createPoolSet({ path, options, replicas: [{ parts: [part] }] });
}

function placeReplica(spec: ReplicaSpec, index: number, options: PoolSetOptions): Replica {
  const parts: Part[] = [];
  let capacity = 0;
  for (const part of spec.parts) {
    const placed = placePart(part, { replica: index, index: parts.length, capacity, options });
    parts.push(placed);
    capacity += placed.poolLength;
  }
  return { index, parts, directories: spec.directories ?? [], capacity };
}

interface Place {
  readonly replica: number;
  readonly index: number;
  /** Pool bytes in the parts before this one. */
  readonly capacity: number;
  readonly options: PoolSetOptions;
}

function placePart(spec: PartSpec, place: Place): Part {
  const { replica, index, options } = place;
  const hasHeader = !options.noHeaders && (index === 0 || !options.singleHeader);
  const dataOffset = hasHeader && index > 0 ? PAGE : 0;
  const poolLength = Math.max(0, alignDown(spec.fileSize, PAGE) - dataOffset);
  return { replica, index, ...spec, poolOffset: place.capacity, poolLength, dataOffset, hasHeader };
}

/** The pool bytes that a part holds. */
export function poolRangeOf(part: Part): Range {
  return { offset: part.poolOffset, end: part.poolOffset + part.poolLength };
}

/** The part and file offset where a pool byte lies. @throws RangeError when the replica ends before it */
export function locate(
  replica: Replica,
  poolOffset: number,
): { readonly part: Part; readonly fileOffset: number } {
  const [piece] = split(replica, { offset: poolOffset, end: poolOffset + 1 });
  return { part: piece!.part, fileOffset: piece!.fileOffset };
}

/**
 * Cuts a pool range at part borders. The pieces are in order, not empty, and cover the range exactly.
 * @throws RangeError when the range starts below 0, is backwards or reaches beyond the replica
 */
export function split(replica: Replica, range: Range): readonly Piece[] {
  if (!(range.offset >= 0 && range.offset <= range.end && range.end <= replica.capacity)) {
    throw new RangeError(
      `Pool range ${range.offset}–${range.end} is not within replica ${replica.index}, which holds ${replica.capacity} bytes`,
    );
  }
  const pieces: Piece[] = [];
  for (const part of replica.parts) {
    const poolOffset = Math.max(range.offset, part.poolOffset);
    const length = Math.min(range.end, part.poolOffset + part.poolLength) - poolOffset;
    if (length <= 0) continue;
    const fileOffset = poolOffset - part.poolOffset + part.dataOffset;
    pieces.push({ part, fileOffset, poolOffset, length });
  }
  return pieces;
}
