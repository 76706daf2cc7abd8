import { fail } from 'node:assert/strict';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { allParts, partName, type Part } from '../../src/pool/poolset/index.ts';
import { realPool, type PoolName, type RealPool } from './real-pools.ts';

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
}

/** What a scenario may do to the image of its pool. */
export interface Hands {
  readonly image: DiskImage;
  readonly remove: (...names: readonly string[]) => void;
  /** Writes over bytes of a part. */
  readonly scribble: (name: string, offset: number, length: number, value: number) => void;
  /** Puts another file in the part's place, of a size of its own. */
  readonly replace: (name: string, size: number) => void;
  readonly path: (name: string) => string;
}

/** A pool, sound and damaged. */
export interface DamagedPool extends RealPool {
  readonly scenario: Scenario;
  /** Never changed: clone it. */
  readonly damaged: DiskImage;
  readonly part: (name: string) => Part;
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
