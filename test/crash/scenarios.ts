import { fail } from 'node:assert/strict';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { allParts, partName, type Part } from '../../src/pool/poolset/index.ts';
import { realPool, type PoolName, type RealPool } from './real-pools.ts';

const MIB = 1024 * 1024;
const PAGE = 4096;

/** One way in which a pool set is damaged. */
export interface Scenario {
  readonly name: string;
  readonly pool: PoolName;
  readonly damage: (hands: Hands) => void;
  /** Parts that a repair is expected to rebuild or rewrite, `rRpP`. All others must never change by a byte. */
  readonly targets: readonly string[];
  /** Targets whose uuid nobody records any more. */
  readonly newUuids?: readonly string[];
  readonly healFrom?: number;
  /** As `--combine`: whether the evidence would do without it is not the question here. */
  readonly combine?: boolean;
}

/** What a scenario may do to the image of its pool. */
export interface Hands {
  readonly image: DiskImage;
  remove(...names: readonly string[]): void;
  /** Writes over bytes of a part. */
  scribble(name: string, offset: number, length: number, value: number): void;
  /** Puts another file in the part's place, of a size of its own. */
  replace(name: string, size: number): void;
  path(name: string): string;
}

export const SCENARIOS: readonly Scenario[] = [
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
    combine: true,
  },
  {
    name: 'each replica of three parts has lost another, one by its header',
    pool: 'three parts',
    damage: ({ remove, scribble }) => {
      remove('r0p0', 'r1p1');
      scribble('r0p2', 0, PAGE, 0);
    },
    targets: ['r0p0', 'r1p1', 'r0p2'],
    combine: true,
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
  {
    name: '--heal-from: a few pages differ',
    pool: 'plain',
    damage: ({ scribble }) => {
      scribble('r0p1', MIB, 5000, 0x61);
      scribble('r0p0', 4 * MIB, 5000, 0x62);
    },
    targets: ['r0p0', 'r0p1'],
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

/** A pool, sound and damaged. */
export interface DamagedPool extends RealPool {
  readonly scenario: Scenario;
  /** Never changed: clone it. */
  readonly damaged: DiskImage;
  part(name: string): Part;
}

export function damagedPool(scenario: Scenario): DamagedPool {
  const pool = realPool(scenario.pool);
  const damaged = pool.image.clone();
  const part = (name: string): Part =>
    allParts(pool.set).find((candidate) => partName(candidate) === name) ?? fail(`no ${name}`);
  const path = (name: string): string => part(name).path;
  scenario.damage({
    image: damaged,
    path,
    remove: (...names) => {
      for (const name of names) damaged.setName(path(name), undefined);
    },
    scribble: (name, offset, length, value) =>
      damaged.fileAt(path(name)).content.write(offset, new Uint8Array(length).fill(value)),
    replace: (name, size) => {
      damaged.addFile(path(name), damaged.fileAt(path(name)).content.read(0, size));
    },
  });
  return { ...pool, scenario, damaged, part };
}
