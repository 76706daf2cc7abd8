import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { RangeSet, type Range } from '../../src/base/index.ts';

const SPACE = 40;
const range = fc
  .tuple(fc.nat(SPACE), fc.nat(SPACE))
  .map(([a, b]) => ({ offset: Math.min(a, b), end: Math.max(a, b) }));
const rangeSet = fc.array(range, { maxLength: 8 }).map((ranges) => RangeSet.from(ranges));

/** The positions of a set, one by one. */
function positions(ranges: Iterable<Range>): Set<number> {
  const all = new Set<number>();
  for (const { offset, end } of ranges) for (let at = offset; at < end; at++) all.add(at);
  return all;
}

function assertCanonical({ ranges }: RangeSet): void {
  ranges.forEach(({ offset, end }, index) => {
    assert(offset < end);
    const next = ranges[index + 1];
    assert(next === undefined || next.offset > end);
  });
}

suite('RangeSet', () => {
  test('merges what overlaps or touches, drops what is empty', () => {
    const set = RangeSet.of(
      { offset: 5, end: 6 },
      { offset: 0, end: 2 },
      { offset: 9, end: 9 },
      { offset: 2, end: 3 },
      { offset: 1, end: 2 },
    );
    assert.deepEqual(set.ranges, [
      { offset: 0, end: 3 },
      { offset: 5, end: 6 },
    ]);
    assert.equal(set.byteCount, 4);
    assert(RangeSet.of({ offset: 7, end: 7 }).isEmpty);
    assert.equal(RangeSet.of(), RangeSet.empty);
  });

  test('a range within another does not shorten it', () => {
    const set = RangeSet.of({ offset: 0, end: 9 }, { offset: 2, end: 3 });
    assert.deepEqual([...set], [{ offset: 0, end: 9 }]);
  });

  test('has exactly the positions of its ranges, in canonical form', () => {
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const set = RangeSet.from(ranges);
        assertCanonical(set);
        assert.deepEqual(positions(set), positions(ranges));
        assert.equal(set.byteCount, positions(set).size);
      }),
    );
  });

  test('union, intersection and difference are those of the positions', () => {
    fc.assert(
      fc.property(rangeSet, rangeSet, (a, b) => {
        for (const set of [a.union(b), a.intersect(b), a.subtract(b)]) assertCanonical(set);
        const [inA, inB] = [positions(a), positions(b)];
        assert.deepEqual(positions(a.union(b)), new Set([...inA, ...inB]));
        assert.deepEqual(positions(a.intersect(b)), new Set([...inA].filter((at) => inB.has(at))));
        assert.deepEqual(positions(a.subtract(b)), new Set([...inA].filter((at) => !inB.has(at))));
      }),
    );
  });

  test('covers a range when it has all of its positions', () => {
    fc.assert(
      fc.property(rangeSet, range, (set, wanted) => {
        const all = [...positions([wanted])].every((at) => positions(set).has(at));
        assert.equal(set.covers(wanted), all);
      }),
    );
  });

  test('widening grows ranges outwards to whole units', () => {
    const set = RangeSet.of({ offset: 1, end: 2 }, { offset: 8, end: 9 }).widen(4);
    assert.deepEqual(set.ranges, [
      { offset: 0, end: 4 },
      { offset: 8, end: 12 },
    ]);
    assert.deepEqual(RangeSet.of({ offset: 4, end: 8 }).widen(4).ranges, [{ offset: 4, end: 8 }]);
    assert.deepEqual(RangeSet.of({ offset: 3, end: 4 }, { offset: 5, end: 6 }).widen(4).ranges, [
      { offset: 0, end: 8 },
    ]);
  });

  test('shifting moves every range, and not below zero', () => {
    const set = RangeSet.of({ offset: 4, end: 8 });
    assert.deepEqual(set.shift(-4).ranges, [{ offset: 0, end: 4 }]);
    assert.deepEqual(set.shift(10).shift(-10).ranges, set.ranges);
    assert.throws(() => set.shift(-5), { code: 'invariant' });
  });

  test('ranges that are backwards, negative, broken or too large are our bug', () => {
    for (const bad of [
      { offset: 2, end: 1 },
      { offset: -1, end: 1 },
      { offset: 0.5, end: 1 },
      { offset: 0, end: Number.NaN },
      { offset: 0, end: 2 ** 53 },
    ]) {
      assert.throws(() => RangeSet.of(bad), { code: 'invariant' });
    }
  });
});
