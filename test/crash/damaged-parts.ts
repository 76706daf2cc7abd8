import type { Scenario } from './scenarios.ts';

const MIB = 1024 * 1024;
const PAGE = 4096;

/** Files of the right size with wrong content: a header, data, or both. */
export const DAMAGED_PARTS: readonly Scenario[] = [
  {
    name: 'the header of a first part is zero',
    pool: 'plain',
    damage: ({ scribble }) => scribble('r0p0', 0, PAGE, 0),
    targets: ['r0p0'],
  },
  {
    name: 'the header of a later part fails its checksum',
    pool: 'plain',
    damage: ({ scribble }) => scribble('r1p1', 60, 4, 0x55),
    targets: ['r1p1'],
  },
  {
    name: 'a header is damaged and a little data with it',
    pool: 'plain',
    damage: ({ scribble }) => {
      scribble('r0p1', 0, PAGE, 0);
      scribble('r0p1', MIB + 100, 3 * PAGE, 0x77);
      scribble('r0p1', 8 * MIB - 10, 10, 0x78);
    },
    targets: ['r0p1'],
  },
  {
    name: 'a header is damaged and much data with it',
    pool: 'plain',
    damage: ({ scribble }) => scribble('r0p0', 0, 3 * MIB, 0x79),
    targets: ['r0p0'],
  },
  {
    name: 'a pool descriptor is damaged',
    pool: 'plain',
    damage: ({ scribble }) => scribble('r1p0', 0x1400, 8, 0xff),
    targets: ['r1p0'],
  },
  {
    name: 'each replica of three parts has lost another, one by its header',
    pool: 'three parts',
    damage: ({ remove, scribble }) => {
      remove('r0p0', 'r1p1');
      scribble('r0p2', 0, PAGE, 0);
    },
    targets: ['r0p0', 'r1p1', 'r0p2'],
  },
  {
    name: 'a pool descriptor is damaged and data behind it',
    pool: 'plain',
    damage: ({ scribble }) => {
      scribble('r1p0', 0x1400, 8, 0xff);
      scribble('r1p0', 4 * MIB, 2 * PAGE, 0x7a);
      scribble('r1p0', 6 * MIB, PAGE, 0x7b);
    },
    targets: ['r1p0'],
  },
  {
    name: 'SINGLEHDR: a header is damaged, and data of a later part',
    pool: 'SINGLEHDR',
    damage: ({ scribble }) => {
      scribble('r1p0', 0, PAGE, 0);
      scribble('r1p1', 2 * MIB, 2 * PAGE, 0x71);
    },
    targets: ['r1p0', 'r1p1'],
  },
  {
    name: 'SINGLEHDR: a header is damaged, and much of a later part',
    pool: 'SINGLEHDR',
    damage: ({ scribble }) => {
      scribble('r0p0', 100, 8, 0x70);
      scribble('r0p1', 0, 3 * MIB, 0x71);
    },
    targets: ['r0p0', 'r0p1'],
  },
  {
    name: '--heal-from: a few pages differ',
    pool: 'plain',
    damage: ({ scribble }) => {
      scribble('r0p1', MIB, 5000, 0x61);
      scribble('r0p0', 4 * MIB, 5000, 0x62);
    },
    targets: ['r0p0', 'r0p1'],
    // Killed when both headers are broken: then nobody records the uuid of the later part.
    newUuids: ['r0p1'],
    healFrom: 1,
  },
  {
    name: '--heal-from: much differs',
    pool: 'plain',
    damage: ({ scribble }) => scribble('r1p0', 4 * MIB, 3 * MIB, 0x63),
    targets: ['r1p0'],
    healFrom: 0,
  },
  {
    name: '--heal-from: pages of a later SINGLEHDR part differ',
    pool: 'SINGLEHDR',
    damage: ({ scribble }) => scribble('r1p1', MIB, 9000, 0x64),
    targets: ['r1p0', 'r1p1'],
    healFrom: 0,
  },
  {
    name: '--heal-from: much of a later SINGLEHDR part differs',
    pool: 'SINGLEHDR',
    damage: ({ scribble }) => scribble('r0p1', 4 * MIB, 3 * MIB, 0x65),
    targets: ['r0p0', 'r0p1'],
    healFrom: 1,
  },
  {
    name: '--heal-from: two of three replicas differ',
    pool: 'three replicas',
    damage: ({ scribble }) => {
      scribble('r0p0', 4 * MIB, 100, 0x66);
      scribble('r1p0', 4 * MIB, MIB, 0x67);
    },
    targets: ['r0p0', 'r1p0'],
    healFrom: 2,
  },
];
