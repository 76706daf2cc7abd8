import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import {
  createPoolSet,
  locate,
  MIN_PART,
  MIN_POOL,
  MIN_SYNC_PART,
  PAGE,
  poolRangeOf,
  singleFileSet,
  split,
  type PoolSet,
  type Replica,
} from '../../../src/pool/poolset/index.ts';

const MIB = 1024 * 1024;

function makeSet(
  replicas: readonly (readonly number[])[],
  options: { singleHeader?: boolean; noHeaders?: boolean } = {},
): PoolSet {
  return createPoolSet({
    path: 'my.set',
    options: { singleHeader: false, noHeaders: false, ...options },
    replicas: replicas.map((sizes, r) => ({
      parts: sizes.map((fileSize, p) => ({
        path: `/r${r}p${p}`,
        fileSize,
        kind: 'file',
        line: undefined,
      })),
    })),
  });
}

function makeReplica(sizes: readonly number[], singleHeader = false): Replica {
  return makeSet([sizes], { singleHeader }).replicas[0]!;
}

/** Place of each part: pool offset, pool length, file offset of the first pool byte, header. */
function places(replica: Replica): readonly unknown[] {
  return replica.parts.map((part) => [
    part.poolOffset,
    part.poolLength,
    part.dataOffset,
    part.hasHeader,
  ]);
}

suite('where the pool lies in its parts', () => {
  test('later parts lose their header page', () => {
    const replica = makeReplica([8 * MIB, 8 * MIB, 4 * MIB]);
    assert.deepEqual(places(replica), [
      [0, 8 * MIB, 0, true],
      [8 * MIB, 8 * MIB - PAGE, PAGE, true],
      [16 * MIB - PAGE, 4 * MIB - PAGE, PAGE, true],
    ]);
    assert.equal(replica.capacity, 20 * MIB - 2 * PAGE);
  });

  test('with SINGLEHDR only the first part has a header and nothing is lost', () => {
    const replica = makeReplica([8 * MIB, 8 * MIB], true);
    assert.deepEqual(places(replica), [
      [0, 8 * MIB, 0, true],
      [8 * MIB, 8 * MIB, 0, false],
    ]);
  });

  test('without headers nothing is lost either', () => {
    const [replica] = makeSet([[8 * MIB, 8 * MIB]], { noHeaders: true }).replicas;
    assert.deepEqual(places(replica!), [
      [0, 8 * MIB, 0, false],
      [8 * MIB, 8 * MIB, 0, false],
    ]);
  });

  test('what exceeds a page boundary belongs to no pool', () => {
    for (const [size, length] of [
      [8195 * 1024, 8388608],
      [2 * PAGE - 1, PAGE],
      [2 * PAGE, 2 * PAGE],
    ] as const) {
      assert.equal(makeReplica([size]).capacity, length);
    }
    assert.equal(makeReplica([8 * MIB, 8195 * 1024]).capacity, 16 * MIB - PAGE);
  });

  test('a part no larger than its header holds nothing', () => {
    const replica = makeReplica([8 * MIB, PAGE, 100, 2 * PAGE]);
    assert.deepEqual(
      replica.parts.map((part) => part.poolLength),
      [8 * MIB, 0, 0, PAGE],
    );
    assert.deepEqual(poolRangeOf(replica.parts[3]!), { offset: 8 * MIB, end: 8 * MIB + PAGE });
  });

  test('replicas and parts are numbered in order', () => {
    const set = makeSet([[MIB], [MIB, MIB]]);
    assert.deepEqual(
      set.replicas.flatMap(({ index, parts }) =>
        parts.map((part) => [index, part.replica, part.index, part.path]),
      ),
      [
        [0, 0, 0, '/r0p0'],
        [1, 1, 0, '/r1p0'],
        [1, 1, 1, '/r1p1'],
      ],
    );
  });

  test('a pool in one file is a set of one part', () => {
    const { replicas, ...rest } = singleFileSet('/pool', 8 * MIB + 5);
    assert.deepEqual(rest, {
      path: '/pool',
      options: { singleHeader: false, noHeaders: false },
      directoryBased: false,
    });
    assert.deepEqual(places(replicas[0]!), [[0, 8 * MIB, 0, true]]);
    assert.equal(replicas.length, 1);
  });

  test('least sizes', () =>
    assert.deepEqual([MIN_POOL, MIN_PART, MIN_SYNC_PART, PAGE], [8388608, 2097152, 8388608, 4096]));
});

suite('locate', () => {
  test('both sides of a part border', () => {
    const replica = makeReplica([8 * MIB, 8 * MIB]);
    const rows = [
      [0, 0, 0],
      [8 * MIB - 1, 0, 8 * MIB - 1],
      [8 * MIB, 1, PAGE],
      [16 * MIB - PAGE - 1, 1, 8 * MIB - 1],
    ] as const;
    for (const [poolOffset, index, fileOffset] of rows) {
      const found = locate(replica, poolOffset);
      assert.deepEqual([found.part.index, found.fileOffset], [index, fileOffset], `${poolOffset}`);
    }
    const single = makeReplica([8 * MIB, 8 * MIB], true);
    assert.equal(locate(single, 8 * MIB).fileOffset, 0);
  });

  test('the end of the replica is refused', () => {
    const replica = makeReplica([8 * MIB]);
    assert.throws(() => locate(replica, 8 * MIB), RangeError);
    assert.throws(() => locate(replica, -1), RangeError);
  });
});

suite('split', () => {
  test('an empty range has no pieces', () => {
    assert.deepEqual(split(makeReplica([8 * MIB]), { offset: 5, end: 5 }), []);
  });

  test('ranges that are backwards or reach outside are refused', () => {
    const replica = makeReplica([8 * MIB]);
    for (const range of [
      { offset: 0, end: 8 * MIB + 1 },
      { offset: -1, end: 1 },
      { offset: 2, end: 1 },
      { offset: Number.NaN, end: 1 },
    ]) {
      assert.throws(() => split(replica, range), RangeError);
    }
  });

  const shape = fc.record({
    sizes: fc.array(fc.nat(40_000), { minLength: 1, maxLength: 8 }),
    singleHeader: fc.boolean(),
    ends: fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
  });

  test('pieces are in order, not empty, within their part, and cover the range exactly', () => {
    fc.assert(
      fc.property(shape, ({ sizes, singleHeader, ends }) => {
        const replica = makeReplica(sizes, singleHeader);
        const [offset, end] = ends
          .map((fraction) => Math.floor(fraction * replica.capacity))
          .toSorted((a, b) => a - b);
        let at = offset!;
        for (const piece of split(replica, { offset: offset!, end: end! })) {
          assert.equal(piece.poolOffset, at);
          assert(piece.length > 0);
          assert(piece.fileOffset >= piece.part.dataOffset);
          assert(piece.fileOffset + piece.length <= piece.part.fileSize);
          assert.equal(
            piece.fileOffset - piece.part.dataOffset,
            piece.poolOffset - piece.part.poolOffset,
          );
          at += piece.length;
        }
        assert.equal(at, end!);
      }),
    );
  });

  test('parts follow each other without gaps and add up to the capacity of the formula', () => {
    fc.assert(
      fc.property(shape, ({ sizes, singleHeader }) => {
        const replica = makeReplica(
          sizes.map((size) => size + 2 * PAGE),
          singleHeader,
        );
        const headers = singleHeader ? 1 : sizes.length;
        const whole = sizes.reduce(
          (sum, size) => sum + Math.floor(size / PAGE) * PAGE + 2 * PAGE,
          0,
        );
        assert.equal(replica.capacity, whole - (headers - 1) * PAGE);
        let at = 0;
        for (const part of replica.parts) {
          assert.equal(part.poolOffset, at);
          at = poolRangeOf(part).end;
        }
        assert.equal(at, replica.capacity);
      }),
    );
  });
});
