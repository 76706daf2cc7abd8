import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../src/pool/media/memory/memory-media.ts';
import { openPoolSet } from '../../src/pool/index.ts';
import { split, type PoolSet } from '../../src/pool/poolset/index.ts';
import { loadImage } from '../support/memory-image.ts';
import { makePool, scratchDirectory, type PoolShape } from '../support/pool-fixture.ts';

const MIB = 1024 * 1024;
const PAGE = 4096;
const FILL = { records: 500, blobs: 'full' } as const;

/** Pools that the reference makes and libpmemobj fills to the brim, so that hardly a page is zero. */
const SHAPES = {
  /** Two replicas of two parts, with SHUTDOWN_STATE. */
  plain: {
    replicas: [
      [8 * MIB, 8 * MIB],
      [8 * MIB, 8 * MIB],
    ],
    fill: FILL,
  },
  'without SHUTDOWN_STATE': {
    replicas: [
      [8 * MIB, 8 * MIB],
      [8 * MIB, 8 * MIB],
    ],
    shutdownState: false,
    fill: FILL,
  },
  'three parts': {
    replicas: [
      [8 * MIB, 8 * MIB, 8 * MIB],
      [8 * MIB, 8 * MIB, 8 * MIB],
    ],
    fill: FILL,
  },
  'three replicas': { replicas: [[8 * MIB], [8 * MIB], [8 * MIB]], fill: FILL },
  'other parts': { replicas: [[17 * MIB], [8 * MIB, 9 * MIB]], fill: FILL },
  SINGLEHDR: {
    replicas: [
      [8 * MIB, 8 * MIB],
      [8 * MIB, 8 * MIB],
    ],
    singleHeader: true,
    fill: FILL,
  },
} as const satisfies Record<string, PoolShape>;

export type PoolName = keyof typeof SHAPES;

/** A pool in memory, under the paths of the real directory that it was made in. */
export interface RealPool {
  /** The directory that holds set file and parts. Real, but empty. */
  readonly directory: string;
  readonly setPath: string;
  readonly set: PoolSet;
  /** What the real library sees in it. */
  readonly summary: string;
  /** Never changed: clone it. */
  readonly image: DiskImage;
}

const pools = new Map<PoolName, RealPool>();
const scratch = new DisposableStack();
process.on('exit', () => scratch.dispose());

/** Makes the pool on first use. Needs the reference and libpmemobj: ask `requires` first. */
export function realPool(name: PoolName): RealPool {
  const known = pools.get(name);
  if (known !== undefined) return known;
  const { path: directory } = scratch.use(scratchDirectory('resilver-crash-'));
  const { set: setPath, summary } = makePool(directory, SHAPES[name]);
  const image = loadImage(directory);
  using open = openPoolSet(setPath, new MemoryMedia({ image: image.clone() }));
  equalize(image, open.set);
  const pool = { directory, setPath, set: open.set, summary, image };
  pools.set(name, pool);
  return pool;
}

/**
 * Gives every replica the bytes of replica 0, headers excepted. What libpmemobj leaves may differ in places that are free to
 * differ; when all replicas hold the same, a repair has exactly one right result, from whichever replica it is taken.
 */
function equalize(image: DiskImage, set: PoolSet): void {
  const [first, ...others] = set.replicas;
  const size = Math.min(...set.replicas.map(({ capacity }) => capacity));
  for (const { part, fileOffset, poolOffset, length } of split(first!, {
    offset: PAGE,
    end: size,
  })) {
    const bytes = image.fileAt(part.path).content.read(fileOffset, length);
    for (const other of others) {
      for (const piece of split(other, { offset: poolOffset, end: poolOffset + length })) {
        const from = piece.poolOffset - poolOffset;
        const data = bytes.slice(from, from + piece.length);
        image.fileAt(piece.part.path).content.write(piece.fileOffset, data);
      }
    }
  }
}
