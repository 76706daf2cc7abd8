import { invariant } from './invariant.ts';

/** Half-open run of bytes: `offset` up to but without `end`. Which zero it counts from is the holder's business. */
export interface Range {
  readonly offset: number;
  readonly end: number;
}

/**
 * An immutable set of byte positions, kept as sorted, non-empty ranges that neither overlap nor touch.
 * The one structure for bad blocks, differing pages, ranges still to be copied.
 */
export class RangeSet implements Iterable<Range> {
  static readonly empty = new RangeSet([]);
  readonly ranges: readonly Range[];

  private constructor(ranges: readonly Range[]) {
    this.ranges = ranges;
  }

  /** Any ranges in any order; empty ones vanish, overlapping and touching ones merge. */
  static of(...ranges: readonly Range[]): RangeSet {
    return RangeSet.from(ranges);
  }

  /** @throws InvariantError when a range is backwards, negative or not whole */
  static from(ranges: Iterable<Range>): RangeSet {
    const sorted = [...ranges].filter(isProperRange).toSorted((a, b) => a.offset - b.offset);
    const merged: Range[] = [];
    for (const range of sorted) {
      const last = merged.at(-1);
      if (last !== undefined && range.offset <= last.end) {
        if (range.end > last.end)
          merged[merged.length - 1] = { offset: last.offset, end: range.end };
      } else {
        merged.push({ offset: range.offset, end: range.end });
      }
    }
    return merged.length === 0 ? RangeSet.empty : new RangeSet(merged);
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** Number of positions in the set. */
  get byteCount(): number {
    return this.ranges.reduce((sum, range) => sum + range.end - range.offset, 0);
  }

  [Symbol.iterator](): Iterator<Range> {
    return this.ranges[Symbol.iterator]();
  }

  union(other: RangeSet): RangeSet {
    return RangeSet.from([...this.ranges, ...other.ranges]);
  }

  intersect(other: RangeSet): RangeSet {
    const common: Range[] = [];
    let j = 0;
    for (const a of this.ranges) {
      while (j < other.ranges.length && other.ranges[j]!.end <= a.offset) j++;
      for (let k = j; k < other.ranges.length && other.ranges[k]!.offset < a.end; k++) {
        const b = other.ranges[k]!;
        common.push({ offset: Math.max(a.offset, b.offset), end: Math.min(a.end, b.end) });
      }
    }
    return RangeSet.from(common);
  }

  subtract(other: RangeSet): RangeSet {
    const left: Range[] = [];
    let j = 0;
    for (const a of this.ranges) {
      let offset = a.offset;
      while (j < other.ranges.length && other.ranges[j]!.end <= offset) j++;
      for (let k = j; k < other.ranges.length && other.ranges[k]!.offset < a.end; k++) {
        const b = other.ranges[k]!;
        if (b.offset > offset) left.push({ offset, end: b.offset });
        offset = Math.max(offset, b.end);
      }
      if (offset < a.end) left.push({ offset, end: a.end });
    }
    return RangeSet.from(left);
  }

  covers(range: Range): boolean {
    return RangeSet.of(range).subtract(this).isEmpty;
  }

  /** Grows every range outwards to multiples of `unit`. */
  widen(unit: number): RangeSet {
    return RangeSet.from(
      this.ranges.map(({ offset, end }) => ({
        offset: Math.floor(offset / unit) * unit,
        end: Math.ceil(end / unit) * unit,
      })),
    );
  }

  /** Moves every position by `delta`, which may be negative. */
  shift(delta: number): RangeSet {
    return RangeSet.from(
      this.ranges.map(({ offset, end }) => ({ offset: offset + delta, end: end + delta })),
    );
  }
}

function isProperRange({ offset, end }: Range): boolean {
  invariant(
    Number.isSafeInteger(offset) && Number.isSafeInteger(end) && offset >= 0 && end >= offset,
    'A range needs whole numbers, 0 ≤ offset ≤ end',
    { offset, end },
  );
  return end > offset;
}
