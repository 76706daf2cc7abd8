import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { ResilverError } from '../../src/base/index.ts';
import { powerLoss } from '../../src/pool/media/memory/power-loss.ts';
import { DAMAGED_PARTS } from '../crash/damaged-parts.ts';
import {
  assertRepaired,
  assertSoundDataUntouched,
  assertSoundPartsUntouched,
  withAnyTarget,
} from '../crash/expectations.ts';
import { LOST_PARTS } from '../crash/lost-parts.ts';
import { mediaOf, repair, saysHealthy } from '../crash/repair.ts';
import { damagedPool, type DamagedPool, type Scenario } from '../crash/scenarios.ts';
import { differingFiles } from '../support/memory-image.ts';
import { requires } from '../support/requirements.ts';

/** One of each way that a repair goes: the crash tests have the rest. */
const NAMES = [
  'a later part is missing',
  'a whole replica is missing',
  'each replica has lost another part',
  'a killed repair has left its file behind',
  'a header is damaged and a little data with it',
  'a pool descriptor is damaged and data behind it',
  'SINGLEHDR: a header is damaged, and data of a later part',
  '--heal-from: a few pages differ',
];

const scenarios = [...LOST_PARTS, ...DAMAGED_PARTS].filter(({ name }) => NAMES.includes(name));
assert.equal(scenarios.length, NAMES.length, 'every name is that of a scenario');

describe('FF-PI-02: a sync whose nth change fails leaves nothing worse than before', () => {
  for (const errno of ['EIO', 'ENOSPC', 'EACCES']) {
    for (const scenario of scenarios) {
      test(`${errno}: ${scenario.name}`, (t) => failEveryChange(t, scenario, errno));
    }
  }
});

describe('a sync whose nth call of any kind fails ends in an error or in a sound pool', () => {
  for (const scenario of scenarios) {
    test(scenario.name, (t) => failEveryCall(t, scenario));
  }
});

async function failEveryChange(t: TestContext, scenario: Scenario, errno: string): Promise<void> {
  if (!requires(t, 'pmempool', 'libpmemobj')) return;
  const pool = damagedPool(scenario);
  let nth = 1;
  for (; ; nth++) {
    const media = mediaOf(pool.damaged);
    media.faults.failChange(nth, errno);
    const error = await errorOf(repair(pool, media, 1));
    if (media.faults.changes < nth) {
      assert.equal(error, undefined);
      break;
    }
    const label = `change ${nth} failed`;
    if (error === undefined) {
      // A block that refused a write has been exchanged.
      assert.equal(errno, 'EIO', label);
      assertRepaired(pool, media.image);
      continue;
    }
    assert.ok(error instanceof ResilverError, `${label}: ${errorText(error)}`);
    assert.equal(error.data['errno'], errno, `${label}: the error that the user sees is its cause`);
    await assertNothingWorse(pool, media.image, label);
    // What reached the disk before the failure is as little taken for sound as what is in memory.
    await assertNothingWorse(pool, powerLoss(pool.damaged, media.log, 'none'), label);
  }
  assert.ok(nth > 2, 'some changes have failed');
  t.diagnostic(`${nth - 1} changes failed, one by one`);
}

async function failEveryCall(t: TestContext, scenario: Scenario): Promise<void> {
  if (!requires(t, 'pmempool', 'libpmemobj')) return;
  const pool = damagedPool(scenario);
  const lenient = withAnyTarget(pool);
  let [nth, survived] = [1, 0];
  for (; ; nth++) {
    const media = mediaOf(pool.damaged);
    media.faults.failCall(nth, 'EIO');
    const error = await errorOf(repair(pool, media, 1));
    if (media.faults.calls < nth) break;
    const label = `call ${nth} failed`;
    assertSoundDataUntouched(pool, media.image);
    if (error === undefined) {
      survived++;
      assertRepaired(lenient, media.image);
    } else {
      assert.ok(error instanceof ResilverError, `${label}: ${errorText(error)}`);
      await assertRepairable(lenient, media.image, label);
    }
  }
  t.diagnostic(`${nth - 1} calls failed, one by one; ${survived} did not matter`);
}

type Image = Parameters<typeof mediaOf>[0];

/** Sound parts are as they were, damage is still seen, and the next run makes the pool whole and leaves nothing over. */
async function assertNothingWorse(pool: DamagedPool, image: Image, label: string): Promise<void> {
  assertSoundPartsUntouched(pool, image);
  await assertRepairable(pool, image, label);
}

async function assertRepairable(pool: DamagedPool, image: Image, label: string): Promise<void> {
  if (await saysHealthy(pool, image)) {
    assertRepaired(pool, image);
    return;
  }
  const media = mediaOf(image);
  const error = await errorOf(repair(pool, media, 2));
  assert.equal(error, undefined, `${label}, and then the next run: ${errorText(error)}`);
  assertRepaired(pool, media.image);
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : `no error: ${typeof error}`;
}

describe('FF-PI-02: a sync that fails', () => {
  test('removes its unfinished file', async (t) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    const pool = damagedPool(scenarios[0]!);
    for (let nth = 1; nth <= 8; nth++) {
      const media = mediaOf(pool.damaged);
      media.faults.failChange(nth, 'ENOSPC');
      assert.notEqual(await errorOf(repair(pool, media, 1)), undefined);
      assert.deepEqual(differingFiles(media.image, pool.damaged), [], `change ${nth} failed`);
    }
  });
});

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
