import path from 'node:path';
import { RangeSet, SystemError, type OnProgress } from '../../base/index.ts';
import {
  checkSet,
  finding,
  wholeReplica,
  type Evidence,
  type Finding,
  type Health,
  type Sources,
} from '../check/index.ts';
import {
  isLaneIdle,
  LANE_COUNT,
  LANE_SIZE,
  LANES_OFFSET,
  type PoolReader,
} from '../layout/index.ts';
import { allParts, partName, type Part, type PoolSet } from '../poolset/index.ts';
import { compareReplicas, type ComparisonJob, type ReplicaComparison } from './compare-replicas.ts';
import { groupDifferences, illegalDifferences, type Difference } from './differences.ts';
import { gatherBadBlocks, type BadBlockOptions } from './gather-bad-blocks.ts';
import { gatherReplicas } from './gather-evidence.ts';
import { ALWAYS_LEGAL, legalDifferences } from './legal-differences.ts';
import { NoPartsError, type OpenPoolSet } from './open-pool-set.ts';
import { anyReader, poolReader } from './pool-reader.ts';
import { askQuestions } from './questions.ts';

export interface SurveyOptions {
  /** Read all replicas and report every range where they differ. */
  readonly compare?: boolean;
  /** The replica, 0-based, that the user declares to be right. Implies `compare`. */
  readonly healFrom?: number;
  /** Look for bad blocks and heal them. Without it only the pool's own feature decides whether they are looked for. */
  readonly badBlocks?: BadBlockOptions;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** Where a part's file lies, or would be made. */
export interface Place {
  readonly part: Part;
  /** The part's path with the links of its last component followed. */
  readonly path: string;
  readonly directory: string;
  /** Undefined when the directory does not exist or cannot be looked into. */
  readonly space: { readonly free: number; readonly fileSystem: string } | undefined;
  /** Whether names can be made and removed in the directory. */
  readonly writable: boolean;
  /** Whether the existing file can be opened for writing; undefined when there is none. */
  readonly fileWritable: boolean | undefined;
  /** Name that a repair gives to the new file until it is complete. */
  readonly temporaryPath: string;
  /** A repair that was killed left its unfinished file there. */
  readonly hasLeftover: boolean;
}

/** All that a plan is made from. Nothing was changed to get it. */
export interface Survey {
  readonly set: PoolSet;
  readonly evidence: Evidence;
  readonly health: Health;
  /** Of the headers first, in the reference's order; then of the data. */
  readonly findings: readonly Finding[];
  readonly places: readonly (readonly Place[])[];
  /** Who can give what the lost and damaged parts need; undefined when that cannot be said. */
  readonly sources: Sources | undefined;
  /** Damaged parts against their sources. */
  readonly repairs: readonly ReplicaComparison[];
  /** Trusted replicas against each other, when that was asked or needed. */
  readonly agreement: readonly ReplicaComparison[];
  /** Ranges where trusted replicas differ and should not. */
  readonly differences: readonly Difference[];
  /** By replica: false when a log in the lanes waits for recovery; undefined when the lanes cannot be read. */
  readonly lanesIdle: readonly (boolean | undefined)[];
  readonly options: { readonly compare: boolean; readonly healFrom: number | undefined };
}

/** Suffix of the new file that replaces a part, until it takes the part's name. */
export const TEMPORARY_SUFFIX = '.resilver-new';

/** Suffix of the record beside a set file that says that a transformation of the set is not finished. */
export const TRANSFORM_RECORD_SUFFIX = '.resilver-transform';

/** Where the record of an unfinished transformation from, or to, the set file at `setPath` lies. */
export function transformRecordPath(pool: Pick<OpenPoolSet, 'media'>, setPath: string): string {
  return `${attempt(() => pool.media.resolve(setPath)) ?? setPath}${TRANSFORM_RECORD_SUFFIX}`;
}

/**
 * Looks at a pool set and changes nothing. Opens and locks every part that it can; `pool` keeps them.
 * @throws NoPartsError for a set of directories that are all empty
 * @throws SystemError when the set as a whole cannot be examined; what is wrong with a part is a finding
 */
export async function survey(pool: OpenPoolSet, options: SurveyOptions = {}): Promise<Survey> {
  const { set } = pool;
  if (set.replicas.some(({ parts }) => parts.length === 0)) throw new NoPartsError(set.path);
  const chosen = { compare: options.compare ?? false, healFrom: options.healFrom };
  const replicas = gatherReplicas(pool);
  const badBlocks = await gatherBadBlocks(pool, replicas, {
    badBlocks: options.badBlocks,
    onProgress: options.onProgress,
    signal: options.signal,
  });
  const evidence = { replicas, badBlocks };
  const health = withPending(pool, checkSet(set, evidence, options.healFrom));
  const questions = askQuestions(set, health, chosen);
  const track = progressOf([...questions.repairs, ...questions.agreement], options.onProgress);
  const compareOptions = {
    onBytes: track,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const answer = async (jobs: readonly ComparisonJob[]): Promise<ReplicaComparison[]> => {
    const answers: ReplicaComparison[] = [];
    for (const job of jobs) answers.push(await compareReplicas(pool, job, compareOptions));
    return answers;
  };
  const repairs = await answer(questions.repairs);
  const agreement = await answer(questions.agreement);
  const differences = findDifferences(pool, health, agreement, options.healFrom);
  return {
    set,
    evidence,
    health,
    findings: [...health.findings, ...dataFindings(differences, agreement, health)],
    places: set.replicas.map(({ parts }) => parts.map((part) => locatePlace(pool, part))),
    sources: questions.sources,
    repairs,
    agreement,
    differences,
    lanesIdle: set.replicas.map(({ index }) =>
      questions.sources?.combined === true ? lanesIdle(pool, health, index) : undefined,
    ),
    options: chosen,
  };
}

/** Whatever the headers say: between the old and the new set nothing may be called healthy, and nothing repaired. */
function withPending(pool: OpenPoolSet, health: Health): Health {
  const { path: setPath } = pool.set;
  const record = transformRecordPath(pool, setPath);
  if (attempt(() => pool.media.stat(record)) === undefined) return health;
  const text = `A transformation of ${setPath} was interrupted: run the same transform command again to finish it (its record is ${record})`;
  const pending = finding('transform-pending', 'fatal', {}, text, { path: record });
  return { ...health, findings: [pending, ...health.findings] };
}

function progressOf(
  jobs: readonly ComparisonJob[],
  onProgress: OnProgress | undefined,
): (count: number) => void {
  const total = jobs.reduce((sum, { range }) => sum + range.end - range.offset, 0);
  let done = 0;
  return (count) => {
    done += count;
    onProgress?.({ phase: 'compare', done, total });
  };
}

function findDifferences(
  pool: OpenPoolSet,
  health: Health,
  agreement: readonly ReplicaComparison[],
  healFrom: number | undefined,
): readonly Difference[] {
  if (agreement.every(({ differing }) => differing.isEmpty)) return [];
  const readers = new Map(
    pool.set.replicas.map((replica) => [replica.index, poolReader(pool, replica)]),
  );
  const legal = legalOf(pool, health, readers, healFrom);
  const illegal = agreement.map((comparison) => ({
    comparison,
    ranges: illegalDifferences(
      comparison.differing,
      legal,
      readers.get(comparison.replicas[0])!,
      readers.get(comparison.replicas[1])!,
    ),
  }));
  const all = illegal.reduce((sum, { ranges }) => sum.union(ranges), RangeSet.empty);
  const members = new Set(agreement.flatMap(({ replicas }) => replicas));
  const whole = new Map(
    [...readers].filter(([index]) => members.has(index) && isWhole(health, index)),
  );
  if (whole.size >= 2) return groupDifferences(all, whole);
  return illegal.flatMap(({ comparison, ranges }) =>
    groupDifferences(
      ranges,
      new Map(comparison.replicas.map((index) => [index, readers.get(index)!])),
    ),
  );
}

function isWhole(health: Health, replica: number): boolean {
  return health.parts[replica]!.every(({ state }) => state === 'healthy');
}

/** Without a sound heap to ask, nothing beyond the fixed areas is known to be unused. */
function legalOf(
  pool: OpenPoolSet,
  health: Health,
  readers: ReadonlyMap<number, PoolReader>,
  healFrom: number | undefined,
): RangeSet {
  const leader = wholeReplica(pool.set, health, healFrom);
  const doubtful = health.findings.some(
    ({ code, where }) => code === 'heap' && (leader === undefined || where.replica === leader),
  );
  if (doubtful) return ALWAYS_LEGAL;
  const read = leader === undefined ? anyReader(pool, health) : readers.get(leader)!;
  return attempt(() => legalDifferences(read)) ?? ALWAYS_LEGAL;
}

function dataFindings(
  differences: readonly Difference[],
  agreement: readonly ReplicaComparison[],
  health: Health,
): readonly Finding[] {
  const doubtful = new Set(
    health.findings.filter(({ code }) => code === 'heap').map(({ where }) => where.replica),
  );
  const differing = differences.map(({ range, groups, alone }) => {
    const suspect = alone ?? groups.flat().find((index) => doubtful.has(index));
    const text = `Pool range 0x${range.offset.toString(16)} to 0x${range.end.toString(16)} differs between replicas: ${groups.map((group) => group.join(' = ')).join(' ≠ ')}${alone === undefined ? '' : `; replica ${alone} is alone`}`;
    const where = suspect === undefined ? { range } : { replica: suspect, range };
    return finding('data-differs', 'damage', where, text, { groups, alone: alone ?? null });
  });
  const unreadable = agreement.flatMap(({ replicas, unreadable: sides }) =>
    sides.flatMap((ranges, side) =>
      ranges.ranges.map((range) => {
        const replica = replicas[side]!;
        const text = `Replica ${replica} cannot be read at pool range 0x${range.offset.toString(16)} to 0x${range.end.toString(16)}`;
        return finding('data-unreadable', 'damage', { replica, range }, text);
      }),
    ),
  );
  return [...differing, ...unreadable];
}

/** Looks where a part lies, or would be made. */
export function locatePlace(pool: OpenPoolSet, part: Part): Place {
  const { media } = pool;
  const target = attempt(() => media.resolve(part.path)) ?? part.path;
  const directory = path.dirname(target);
  const exists = attempt(() => media.stat(directory))?.kind === 'directory';
  const temporaryPath = `${target}${TEMPORARY_SUFFIX}`;
  return {
    part,
    path: target,
    directory,
    space: exists ? attempt(() => media.space(directory)) : undefined,
    writable: exists && media.canModifyDirectory(directory),
    fileWritable: pool.isOpen(part) ? canOpenForWriting(pool, part) : undefined,
    temporaryPath,
    hasLeftover: exists && attempt(() => media.stat(temporaryPath)) !== undefined,
  };
}

function canOpenForWriting({ media }: OpenPoolSet, part: Part): boolean {
  const file = attempt(() => media.open(part.path, 'write'));
  file?.close();
  return file !== undefined;
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

function lanesIdle(pool: OpenPoolSet, health: Health, replica: number): boolean | undefined {
  if (health.parts[replica]![0]!.state !== 'healthy') return undefined;
  const lanes = attempt(() =>
    poolReader(pool, pool.set.replicas[replica]!)(LANES_OFFSET, LANE_COUNT * LANE_SIZE),
  );
  if (lanes === undefined) return undefined;
  return Array.from({ length: LANE_COUNT }, (_, lane) =>
    lanes.subarray(lane * LANE_SIZE, (lane + 1) * LANE_SIZE),
  ).every(isLaneIdle);
}

/** True when a survey found nothing wrong: warnings do not count. */
export function isHealthy({ findings }: Pick<Survey, 'findings'>): boolean {
  return findings.every(({ severity }) => severity === 'warning');
}

/** For texts and keys: the parts that a repair would have to rebuild. */
export function brokenParts({ set, health }: Pick<Survey, 'set' | 'health'>): readonly string[] {
  return allParts(set)
    .filter((part) => health.parts[part.replica]![part.index]!.state !== 'healthy')
    .map(partName);
}
