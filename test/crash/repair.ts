import { seededRandom } from '../../src/base/index.ts';
import {
  apply,
  isHealthy,
  openPoolSet,
  plan,
  survey,
  type SurveyOptions,
  type SyncPlan,
} from '../../src/pool/index.ts';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../src/pool/media/memory/memory-media.ts';
import type { DamagedPool } from './scenarios.ts';

/** Bytes that one recorded write of a copy takes: a crash can fall between any two. */
const COPY_CHUNK = 1024 * 1024;

const CLOCK_MS = 1_700_000_000_000;

export function mediaOf(image: DiskImage): MemoryMedia {
  return new MemoryMedia({ image: image.clone(), copyChunk: COPY_CHUNK });
}

/** The whole of a sync, as a user's command does it; `seed` makes the new uuids. @throws whatever stops it */
export async function repair(
  pool: DamagedPool,
  media: MemoryMedia,
  seed: number,
): Promise<SyncPlan> {
  using open = openPoolSet(pool.setPath, media);
  const found = await survey(open, surveyOptions(pool));
  const steps = plan(found, {
    random: seededRandom(seed),
    clock: () => CLOCK_MS,
  });
  await apply(open, steps);
  return steps;
}

/** Looks at a state with the care that the scenario asks for. */
export async function saysHealthy(pool: DamagedPool, image: DiskImage): Promise<boolean> {
  return look(pool, image, surveyOptions(pool));
}

/** Looks at headers and descriptors only, as everybody does who has no reason to doubt the data. */
export async function looksHealthy(pool: DamagedPool, image: DiskImage): Promise<boolean> {
  return look(pool, image, {});
}

async function look(pool: DamagedPool, image: DiskImage, options: SurveyOptions): Promise<boolean> {
  using open = openPoolSet(pool.setPath, new MemoryMedia({ image: image.clone() }));
  // Without `await` the pool would be closed before the survey has looked.
  return isHealthy(await survey(open, options));
}

function surveyOptions({ scenario }: DamagedPool): { healFrom?: number } {
  return scenario.healFrom === undefined ? {} : { healFrom: scenario.healFrom };
}
