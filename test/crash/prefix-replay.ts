import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { powerLoss } from '../../src/pool/media/memory/power-loss.ts';
import { requires } from '../support/requirements.ts';
import {
  assertRepaired,
  assertSoundPartsUntouched,
  differenceFromSound,
  halfRepairedReplica,
} from './expectations.ts';
import { assertReferenceAccepts } from './reference.ts';
import { looksHealthy, mediaOf, repair, saysHealthy } from './repair.ts';
import { damagedPool, type DamagedPool, type Scenario } from './scenarios.ts';
import { landmarks, statesAfter } from './states-after.ts';

/** Random power losses for every prefix. */
const SEEDS = process.env['RESILVER_FUZZ_RUNS'] === undefined ? 2 : 20;

/**
 * Repairs the pool once, recording every change of the media, and then again from each state that the first repair could have left
 * behind. Proves for every such state that it is not taken for sound unless it is, and that the next run makes it so.
 */
export async function replayPrefixes(t: TestContext, scenario: Scenario): Promise<void> {
  if (!requires(t, 'pmempool', 'libpmemobj')) return;
  const pool = damagedPool(scenario);
  assert.equal(await saysHealthy(pool, pool.damaged), false, 'the damage is seen');
  const media = mediaOf(pool.damaged);
  await repair(pool, media, 1);
  assertRepaired(pool, media.image);
  const { log } = media;
  assertRepaired(pool, powerLoss(pool.damaged, log, 'none'));

  const marks = landmarks(log);
  let states = 0;
  for (const state of statesAfter(pool.damaged, log, SEEDS)) {
    states++;
    const repaired = await about(state.label, () => assertRecovers(pool, state.image));
    if (state.kind === 'killed' && marks.has(state.changes)) {
      await about(state.label, async () => assertReferenceAccepts(pool, repaired));
    }
  }
  t.diagnostic(`${log.length} changes, ${states} states`);
}

/** The state is not taken for sound unless it is, and the next run makes it so. @returns what that run leaves */
async function assertRecovers(pool: DamagedPool, state: DiskImage): Promise<DiskImage> {
  assertSoundPartsUntouched(pool, state);
  if (await saysHealthy(pool, state)) {
    assert.equal(differenceFromSound(pool, state), undefined, 'it is said to be healthy');
  }
  if (await looksHealthy(pool, state)) {
    assert.equal(halfRepairedReplica(pool, state), undefined, 'a replica looks healthy half-way');
  }
  const media = mediaOf(state);
  await repair(pool, media, 2);
  assertRepaired(pool, media.image);
  return media.image;
}

/** Says in which state it was that something went wrong. */
async function about<T>(label: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${label}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
