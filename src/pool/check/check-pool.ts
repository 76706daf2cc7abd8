import { isAllZero, toSafeLength } from '../../base/index.ts';
import {
  checkShutdownState,
  hasValidDescriptorChecksum,
  INCOMPAT_SDS,
  objDescriptor,
  recordedPoolSize,
} from '../layout/index.ts';
import { MIN_POOL, type PoolSet } from '../poolset/index.ts';
import type { PartVerdict } from './check-part.ts';
import type { Evidence, ReplicaEvidence } from './evidence.ts';
import { finding, type Finding } from './finding.ts';

/**
 * Where nothing is known about the DIMMs under the parts, PMDK up to 2.0 takes zero for both sums. That is the state of
 * every file on an ordinary disk, and the only one that this release can see.
 */
const UNKNOWN_HARDWARE = { usc: 0n, uuid: 0n } as const;

/** What part 0 of one replica says about the pool as a whole. */
export interface PoolVerdict {
  /** Replicas all of whose parts may be stale. */
  readonly suspectReplicas: ReadonlySet<number>;
  /** Replicas whose part 0 holds a damaged descriptor. */
  readonly damagedDescriptors: ReadonlySet<number>;
  /** The recorded pool size, bytes; undefined when no replica tells it, or they contradict each other. */
  readonly poolSize: number | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Looks at shutdown state, descriptor and recorded size of every replica whose part 0 can be trusted so far. With
 * `authority`, replicas that contradict that one are damaged, where otherwise the contradiction would be fatal.
 */
export function checkPool(
  set: PoolSet,
  evidence: Evidence,
  health: readonly (readonly PartVerdict[])[],
  authority: number | undefined,
): PoolVerdict {
  const sound = set.replicas.filter(({ index }) => health[index]![0]!.state === 'healthy');
  const shutdown = sound.flatMap(({ index }) => checkShutdown(index, health[index]![0]!));
  const descriptors = sound.map(({ index }) => ({
    replica: index,
    ...judgeDescriptor(index, evidence.replicas[index]!),
  }));
  const sized = descriptors.flatMap(({ replica, poolSize }) =>
    poolSize === undefined ? [] : [{ replica, poolSize }],
  );
  const sizes = compareSizes(set, sized, authority);
  const heap = sound.flatMap(({ index }) => heapWarnings(index, evidence.replicas[index]!));
  const broken = descriptors.filter(({ poolSize }) => poolSize === undefined);
  return {
    suspectReplicas: new Set(shutdown.map(({ where }) => where.replica!)),
    damagedDescriptors: new Set([...broken.map(({ replica }) => replica), ...sizes.outvoted]),
    poolSize: sizes.poolSize,
    findings: [
      ...shutdown,
      ...sizes.findings,
      ...descriptors.flatMap(({ findings }) => findings),
      ...heap,
    ],
  };
}

function checkShutdown(replica: number, { header }: PartVerdict): readonly Finding[] {
  if (header === undefined || (header.incompat & INCOMPAT_SDS) === 0) return [];
  if (checkShutdownState(header.sds, UNKNOWN_HARDWARE) !== 'failed') return [];
  const text = `Replica ${replica} was open when power was lost, on hardware that may have lost its last stores`;
  return [finding('shutdown-state', 'damage', { replica }, text)];
}

function judgeDescriptor(
  replica: number,
  evidence: ReplicaEvidence,
): { readonly poolSize: number | undefined; readonly findings: readonly Finding[] } {
  const where = { replica, part: 0 };
  const misplaced = evidence.misplacedDescriptors[0];
  const page = evidence.descriptor;
  // A page of zeros carries a valid checksum (0) and describes nothing.
  if (page === undefined || isAllZero(page) || !hasValidDescriptorChecksum(page)) {
    if (misplaced !== undefined) {
      const text = `r${replica}p${misplaced} holds the start of the pool but is listed as part ${misplaced}; r${replica}p0 is listed first and does not: the set file lists the parts of replica ${replica} in the wrong order`;
      const data = { first: misplaced };
      return {
        poolSize: undefined,
        findings: [finding('parts-swapped', 'fatal', where, text, data)],
      };
    }
    const text = `r${replica}p0 has a damaged pool descriptor`;
    return { poolSize: undefined, findings: [finding('descriptor', 'damage', where, text)] };
  }
  const recorded = recordedPoolSize(objDescriptor.decode(page));
  const poolSize = toSafeLength(recorded);
  if (poolSize !== undefined && poolSize >= MIN_POOL) return { poolSize, findings: [] };
  const text = `r${replica}p0 records a pool of ${recorded} bytes, which no pool can have`;
  const data = { recorded: recorded.toString() };
  return {
    poolSize: undefined,
    findings: [finding('pool-size-too-small', 'damage', where, text, data)],
  };
}

interface Sized {
  readonly replica: number;
  readonly poolSize: number;
}

function compareSizes(
  set: PoolSet,
  sized: readonly Sized[],
  authority: number | undefined,
): {
  readonly poolSize: number | undefined;
  readonly outvoted: readonly number[];
  readonly findings: readonly Finding[];
} {
  const reference = sized.find(({ replica }) => replica === authority) ?? sized[0];
  if (reference === undefined) return { poolSize: undefined, outvoted: [], findings: [] };
  const others = sized.filter(({ poolSize }) => poolSize !== reference.poolSize);
  const smallest = set.replicas.reduce((a, b) => (b.capacity < a.capacity ? b : a));
  const tooLarge = sized.find(({ poolSize }) => poolSize > smallest.capacity);
  if (authority !== undefined && reference.replica === authority) {
    return {
      poolSize: reference.poolSize,
      outvoted: others.map(({ replica }) => replica),
      findings: reference.poolSize > smallest.capacity ? [tooSmall(reference, smallest)] : [],
    };
  }
  if (tooLarge !== undefined) {
    return { poolSize: undefined, outvoted: [], findings: [tooSmall(tooLarge, smallest)] };
  }
  if (others[0] === undefined) {
    return { poolSize: reference.poolSize, outvoted: [], findings: [] };
  }
  const text = `Replica ${reference.replica} records a pool of ${reference.poolSize} bytes, replica ${others[0].replica} one of ${others[0].poolSize}`;
  const data = { sizes: sized };
  const where = { replica: others[0].replica };
  return {
    poolSize: undefined,
    outvoted: [],
    findings: [finding('pool-sizes-differ', 'fatal', where, text, data)],
  };
}

function tooSmall(sized: Sized, smallest: { index: number; capacity: number }): Finding {
  const text = `Replica ${sized.replica} records a pool of ${sized.poolSize} bytes, but the parts of replica ${smallest.index} in the set file hold only ${smallest.capacity}`;
  const data = { expected: sized.poolSize, found: smallest.capacity };
  return finding('replica-too-small', 'fatal', { replica: smallest.index }, text, data);
}

function heapWarnings(replica: number, evidence: ReplicaEvidence): readonly Finding[] {
  return evidence.heap.map(({ poolOffset, what, detail }) => {
    const range = { offset: poolOffset, end: poolOffset + 1 };
    const text = `Replica ${replica} has a damaged heap structure at pool offset 0x${poolOffset.toString(16)}: ${detail}`;
    return finding('heap', 'warning', { replica, range }, text, { what });
  });
}
