import { RangeSet, toHex, type Range } from '../../base/index.ts';
import type { PoolReader } from '../layout/index.ts';

/** A run of the pool in which the replicas do not all hold the same bytes, though they should. */
export interface Difference {
  /** Pool offsets. */
  readonly range: Range;
  /** Replicas that hold equal bytes here, largest group first. */
  readonly groups: readonly (readonly number[])[];
  /** The one replica that differs from all others, when the others are two or more and agree. */
  readonly alone: number | undefined;
}

const PAGE = 4096;

/** Drops from page-wise differences whatever lies entirely in bytes that may legally differ. */
export function illegalDifferences(
  differing: RangeSet,
  legal: RangeSet,
  a: PoolReader,
  b: PoolReader,
): RangeSet {
  const outside = differing.subtract(legal);
  const untouched = RangeSet.from(outside.ranges.filter((range) => isWholePages(range)));
  // Pages that are partly legal differ somewhere, but perhaps only where they may.
  const partial = outside.subtract(untouched).ranges.filter(({ offset, end }) => {
    return Buffer.compare(a(offset, end - offset), b(offset, end - offset)) !== 0;
  });
  return untouched.union(RangeSet.from(partial));
}

function isWholePages({ offset, end }: Range): boolean {
  return offset % PAGE === 0 && end % PAGE === 0;
}

/** Sorts the replicas into camps, page by page, over the ranges where any two were seen to differ. */
export function groupDifferences(
  ranges: RangeSet,
  readers: ReadonlyMap<number, PoolReader>,
): readonly Difference[] {
  const found: Difference[] = [];
  for (const range of ranges) {
    for (let offset = range.offset; offset < range.end;) {
      const end = Math.min(range.end, offset - (offset % PAGE) + PAGE);
      const groups = camps({ offset, end }, readers);
      const last = found.at(-1);
      if (last?.range.end === offset && sameGroups(last.groups, groups)) {
        found[found.length - 1] = { ...last, range: { offset: last.range.offset, end } };
      } else {
        found.push({ range: { offset, end }, groups, alone: outlier(groups) });
      }
      offset = end;
    }
  }
  return found;
}

function camps(
  { offset, end }: Range,
  readers: ReadonlyMap<number, PoolReader>,
): readonly (readonly number[])[] {
  const byContent = Map.groupBy(readers, ([, read]) => toHex(read(offset, end - offset)));
  return [...byContent.values()]
    .map((members) => members.map(([replica]) => replica))
    .toSorted((a, b) => b.length - a.length || a[0]! - b[0]!);
}

function sameGroups(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): boolean {
  return a.map((group) => group.join()).join(';') === b.map((group) => group.join()).join(';');
}

function outlier(groups: readonly (readonly number[])[]): number | undefined {
  const [majority, minority] = groups;
  if (groups.length !== 2 || majority === undefined || minority === undefined) return undefined;
  return majority.length >= 2 && minority.length === 1 ? minority[0] : undefined;
}
