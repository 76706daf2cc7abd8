import { RangeSet, type Range } from '../../base/index.ts';
import { allParts, partName, PAGE, type Part, type PoolSet } from '../poolset/index.ts';
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
    .filter((index) => health.parts[index]!.every(({ state }) => state === 'healthy'));
  if (authority !== undefined) return whole.find((index) => index === authority);
  const doubtful = new Set(
    health.findings.filter(({ code }) => code === 'heap').map(({ where }) => where.replica),
  );
  return whole.find((index) => !doubtful.has(index)) ?? whole[0];
}

/** Chooses, range by range, who gives what the lost and damaged parts need. Pure. */
export function assignSources(
  set: PoolSet,
  health: Health,
  poolSize: number,
  authority: number | undefined,
): Sources {
  const targets = allParts(set).filter((part) => needsContent(health, part));
  const whole = wholeReplica(set, health, authority);
  const available = set.replicas.map(({ index, parts }) => {
    const eligible = whole === undefined ? authority === undefined : index === whole;
    if (!eligible) return RangeSet.empty;
    return RangeSet.from(
      parts
        .filter((part) => health.parts[index]![part.index]!.state === 'healthy')
        .map((part) => contentRange(part, poolSize)),
    );
  });
  let missing = RangeSet.empty;
  const assignments = targets.map((target) => {
    let wanted = RangeSet.of(contentRange(target, poolSize));
    const pieces: SourcePiece[] = [];
    for (const [replica, has] of available.entries()) {
      const given = wanted.intersect(has);
      pieces.push(...given.ranges.map((range) => ({ range, replica })));
      wanted = wanted.subtract(given);
    }
    missing = missing.union(wanted);
    return { target, pieces: pieces.toSorted((a, b) => a.range.offset - b.range.offset) };
  });
  return { assignments, combined: whole === undefined && targets.length > 0, missing };
}

/** The pool bytes of a part that a repair fills: without the pool header, and not beyond the pool. */
export function contentRange(part: Part, poolSize: number): Range {
  const offset = Math.max(part.poolOffset, PAGE);
  const end = Math.min(part.poolOffset + part.poolLength, poolSize);
  return { offset: Math.min(offset, Math.max(end, 0)), end: Math.max(end, 0) };
}

function needsContent(health: Health, part: Part): boolean {
  const { state } = health.parts[part.replica]![part.index]!;
  return state === 'lost' || state === 'damaged';
}

/** For texts: `r0p1, r1p0`. */
export function listParts(parts: readonly Part[]): string {
  return parts.map(partName).join(', ');
}
