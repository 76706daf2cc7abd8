import { RangeSet, type Range } from '../../base/index.ts';
import { split, type Replica } from '../poolset/index.ts';
import type { OpenPoolSet } from './open-pool-set.ts';

/** A wish to know where two replicas differ in a range of the pool. */
export interface ComparisonJob {
  readonly replicas: readonly [number, number];
  /** Pool offsets. */
  readonly range: Range;
}

/** The answer, in pool offsets and pages of 4096 bytes. */
export interface ReplicaComparison extends ComparisonJob {
  readonly differing: RangeSet;
  /** What could not be read in the first, and in the second replica. */
  readonly unreadable: readonly [RangeSet, RangeSet];
}

export interface CompareReplicasOptions {
  readonly onBytes?: (count: number) => void;
  readonly signal?: AbortSignal;
}

/** Reads a range of two replicas and says where they differ. All parts that it touches must be open. */
export async function compareReplicas(
  pool: OpenPoolSet,
  job: ComparisonJob,
  options: CompareReplicasOptions,
): Promise<ReplicaComparison> {
  const [a, b] = job.replicas.map((index) => pool.set.replicas[index]!) as [Replica, Replica];
  let differing = RangeSet.empty;
  let [unreadableA, unreadableB] = [RangeSet.empty, RangeSet.empty];
  for (const piece of split(a, job.range)) {
    const pieceRange = { offset: piece.poolOffset, end: piece.poolOffset + piece.length };
    for (const other of split(b, pieceRange)) {
      const offset = piece.fileOffset + (other.poolOffset - piece.poolOffset);
      const found = await pool.media.compare(
        { file: pool.file(piece.part), offset },
        { file: pool.file(other.part), offset: other.fileOffset },
        other.length,
        options,
      );
      const toPool = other.poolOffset - offset;
      differing = differing.union(found.differing.shift(toPool));
      unreadableA = unreadableA.union(found.unreadable[0].shift(toPool));
      unreadableB = unreadableB.union(found.unreadable[1].shift(toPool));
    }
  }
  return { ...job, differing, unreadable: [unreadableA, unreadableB] };
}
