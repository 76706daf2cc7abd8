import { RangeSet, type Range } from '../../base/index.ts';
import { allParts, PAGE, type Part, type PoolSet } from '../poolset/index.ts';
import type { PartState } from './check-part.ts';
import type { Health } from './check-set.ts';

/** A run of the pool and the replica that it is to be taken from. */
export interface SourcePiece {
  /** Pool offsets. */
  readonly range: Range;
  readonly replica: number;
}

/** Where the content of one lost or damaged part can come from. */
export interface Assignment {
  readonly target: Part;
  /** In pool order; they do not overlap. */
  readonly pieces: readonly SourcePiece[];
}

export interface Sources {
  readonly assignments: readonly Assignment[];
  /**
   * No replica is whole, so ranges come from several. Right only if those were in step: two replicas that stopped
   * at different moments make a pool that never existed.
   */
  readonly combined: boolean;
  /** Pool ranges that somebody needs and nobody has. */
  readonly missing: RangeSet;
}

/** The replica that a user declared to be right, or the first whole one; those with a sound heap come first. */
export function wholeReplica(
  set: PoolSet,
  health: Health,
  authority: number | undefined,
): number | undefined {
  const whole = set.replicas
    .map(({ index }) => index)
    .filter((index) =>
      health.parts[index]!.every(({ state, bad }) => state === 'healthy' && bad.isEmpty),
    );
  if (authority !== undefined) return whole.find((index) => index === authority);
  const doubtful = new Set(
    health.findings.filter(({ code }) => code === 'heap').map(({ where }) => where.replica),
  );
  return whole.find((index) => !doubtful.has(index)) ?? whole[0];
}

/**
 * Chooses, range by range, who gives what is lost, damaged or lies in bad blocks. Pure.
 * 1. Bad blocks of a part that is otherwise sound: the lowest replica that has the range, as in the reference.
 * 2. Everything else: the whole replica, if there is one, and the lowest that has the range if not.
 */
export function assignSources(
  set: PoolSet,
  health: Health,
  poolSize: number,
  authority: number | undefined,
): Sources {
  const whole = wholeReplica(set, health, authority);
  const given = set.replicas.map(({ index }) =>
    authority === undefined || index === authority
      ? trustedRanges(set, health, index, poolSize)
      : RangeSet.empty,
  );
  const fromWhole = given.map((ranges, index) => (index === whole ? ranges : RangeSet.empty));
  let missing = RangeSet.empty;
  const assignments = allParts(set)
    .filter((part) => needsContent(health, part))
    .map((target) => {
      const { state, bad } = health.parts[target.replica]![target.index]!;
      const content = RangeSet.of(contentRange(target, poolSize));
      const onlyBad = state === 'healthy';
      let wanted = onlyBad ? bad.intersect(content) : content;
      const pieces: SourcePiece[] = [];
      for (const [replica, has] of (whole === undefined || onlyBad ? given : fromWhole).entries()) {
        const taken = wanted.intersect(has);
        pieces.push(...taken.ranges.map((range) => ({ range, replica })));
        wanted = wanted.subtract(taken);
      }
      missing = missing.union(wanted);
      return { target, pieces: pieces.toSorted((a, b) => a.range.offset - b.range.offset) };
    });
  const rebuilt = assignments.some(({ target }) => stateOf(health, target) !== 'healthy');
  return { assignments, combined: rebuilt && !hasCompleteReplica(set, health), missing };
}

/** Whether some replica lost nothing but blocks: then no moment but its own is in the result. */
function hasCompleteReplica(set: PoolSet, health: Health): boolean {
  return set.replicas.some(({ index }) =>
    health.parts[index]!.every(({ state }) => state === 'healthy'),
  );
}

/** Pool ranges that a replica can give. */
export function trustedRanges(
  set: PoolSet,
  health: Health,
  replica: number,
  poolSize: number,
): RangeSet {
  return set.replicas[replica]!.parts.reduce((sum, part) => {
    const { state, bad } = health.parts[replica]![part.index]!;
    if (state !== 'healthy') return sum;
    return sum.union(RangeSet.of(contentRange(part, poolSize)).subtract(bad));
  }, RangeSet.empty);
}

/** The pool bytes of a part that a repair fills: without the pool header, and not beyond the pool. */
export function contentRange(part: Part, poolSize: number): Range {
  const offset = Math.max(part.poolOffset, PAGE);
  const end = Math.min(part.poolOffset + part.poolLength, poolSize);
  return { offset: Math.min(offset, Math.max(end, 0)), end: Math.max(end, 0) };
}

function needsContent(health: Health, part: Part): boolean {
  const { state, bad, headerBad, header } = health.parts[part.replica]![part.index]!;
  if (state === 'blocked') return false;
  return (
    state !== 'healthy' || !bad.isEmpty || headerBad || (part.hasHeader && header === undefined)
  );
}

function stateOf(health: Health, part: Part): PartState {
  return health.parts[part.replica]![part.index]!.state;
}
