import type { Scenario } from './scenarios.ts';

const MIB = 1024 * 1024;

/** Parts are gone, or are no files of the right size any more. */
export const LOST_PARTS: readonly Scenario[] = [
  {
    name: 'a later part is missing',
    pool: 'plain',
    damage: ({ remove }) => remove('r0p1'),
    targets: ['r0p1'],
  },
  {
    name: 'a first part is missing, with SHUTDOWN_STATE',
    pool: 'plain',
    damage: ({ remove }) => remove('r0p0'),
    targets: ['r0p0'],
  },
  {
    name: 'a first part is missing, without SHUTDOWN_STATE',
    pool: 'without SHUTDOWN_STATE',
    damage: ({ remove }) => remove('r1p0'),
    targets: ['r1p0'],
  },
  {
    name: 'a whole replica is missing',
    pool: 'plain',
    damage: ({ remove }) => remove('r1p0', 'r1p1'),
    targets: ['r1p0', 'r1p1'],
    newUuids: ['r1p1'],
  },
  {
    name: 'a whole replica of three parts is missing',
    pool: 'three parts',
    damage: ({ remove }) => remove('r0p0', 'r0p1', 'r0p2'),
    targets: ['r0p0', 'r0p1', 'r0p2'],
    newUuids: ['r0p1', 'r0p2'],
  },
  {
    name: 'two neighbouring parts of three are missing',
    pool: 'three parts',
    damage: ({ remove }) => remove('r1p1', 'r1p2'),
    targets: ['r1p1', 'r1p2'],
  },
  {
    name: 'a part has become shorter',
    pool: 'plain',
    damage: ({ replace }) => replace('r1p1', 4 * MIB),
    targets: ['r1p1'],
  },
  {
    name: 'a part has become longer',
    pool: 'plain',
    damage: ({ replace }) => replace('r0p0', 9 * MIB),
    targets: ['r0p0'],
  },
  {
    name: 'each replica has lost another part',
    pool: 'plain',
    damage: ({ remove }) => remove('r0p1', 'r1p0'),
    targets: ['r0p1', 'r1p0'],
  },
  {
    name: 'a killed repair has left its file behind',
    pool: 'plain',
    damage: ({ remove, image, path }) => {
      remove('r0p1');
      image.addFile(`${path('r0p1')}.resilver-new`, new Uint8Array(3 * MIB).fill(0x66));
    },
    targets: ['r0p1'],
  },
  {
    name: 'a part is a link to a file that is gone',
    pool: 'plain',
    damage: ({ remove, image, path }) => {
      remove('r1p0');
      const elsewhere = `${path('r1p0')}-elsewhere`;
      image.addDirectory(elsewhere);
      image.addLink(path('r1p0'), `${elsewhere}/part`);
    },
    targets: ['r1p0'],
  },
  {
    name: 'SINGLEHDR: a later part is missing',
    pool: 'SINGLEHDR',
    damage: ({ remove }) => remove('r0p1'),
    targets: ['r0p1'],
  },
  {
    name: 'SINGLEHDR: a first part is missing',
    pool: 'SINGLEHDR',
    damage: ({ remove }) => remove('r0p0'),
    targets: ['r0p0'],
  },
  {
    name: 'SINGLEHDR: a whole replica is missing',
    pool: 'SINGLEHDR',
    damage: ({ remove }) => remove('r1p0', 'r1p1'),
    targets: ['r1p0', 'r1p1'],
  },
  {
    name: 'one of three replicas is missing',
    pool: 'three replicas',
    damage: ({ remove }) => remove('r1p0'),
    targets: ['r1p0'],
  },
  {
    name: 'two of three replicas are missing',
    pool: 'three replicas',
    damage: ({ remove }) => remove('r0p0', 'r2p0'),
    targets: ['r0p0', 'r2p0'],
  },
  {
    name: 'of replicas with other parts, the first is missing',
    pool: 'other parts',
    damage: ({ remove }) => remove('r0p0'),
    targets: ['r0p0'],
  },
  {
    name: 'of replicas with other parts, one part is missing',
    pool: 'other parts',
    damage: ({ remove }) => remove('r1p0'),
    targets: ['r1p0'],
  },
];
