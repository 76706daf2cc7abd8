/** A transformation cut off after any change, by death or power loss, leaves the old or the new set, and the next run finishes it. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { isHealthy } from '../../src/pool/index.ts';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { dumpImage } from '../support/memory-image.ts';
import { walkVerify } from '../support/pmdk.ts';
import { requires } from '../support/requirements.ts';
import { mediaOf } from './repair.ts';
import { landmarks, statesAfter } from './states-after.ts';
import {
  assertHoldsData,
  assertTransformed,
  look,
  prepareTransform,
  runTransform,
  wouldOpen,
  type PreparedTransform,
  type TransformScenario,
} from './transform-scenarios.ts';

const SEEDS = process.env['RESILVER_FUZZ_RUNS'] === undefined ? 1 : 20;
const FIRST = ['8M r0p0', '8M r0p1'];
const SECOND = ['8M r1p0', '8M r1p1'];

const SCENARIOS: readonly TransformScenario[] = [
  {
    name: 'adding a replica in front',
    pool: 'plain',
    after: [['9M n0', '9M n1'], FIRST, SECOND],
  },
  { name: 'removing the first replica', pool: 'three replicas', after: [['8M r1p0'], ['8M r2p0']] },
  { name: 'removing all but one replica', pool: 'plain', after: [SECOND] },
  { name: 'to SINGLEHDR', pool: 'plain', after: ['SINGLEHDR', FIRST, SECOND] },
  {
    name: 'from SINGLEHDR',
    pool: 'plain',
    before: ['SINGLEHDR', FIRST, SECOND],
    after: [FIRST, SECOND],
  },
  {
    name: 'adding a replica in SINGLEHDR',
    pool: 'SINGLEHDR',
    after: ['SINGLEHDR', FIRST, SECOND, ['9M n0', '9M n1']],
  },
];

suite('a transformation that is cut off', () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, (t) => replay(t, scenario));
  }
});

async function replay(t: TestContext, scenario: TransformScenario): Promise<void> {
  if (!requires(t, 'pmempool', 'libpmemobj')) return;
  const prepared = await prepareTransform(scenario);
  const { image, source, destination } = prepared;
  const media = mediaOf(image);
  await runTransform(media, source, destination);
  await assertTransformed(media.image, prepared);
  assertReferenceAccepts(prepared, media.image);
  const { log } = media;
  const marks = landmarks(log);
  const seen = { states: 0, resumed: 0, anew: 0 };
  for (const state of statesAfter(image, log, SEEDS)) {
    seen.states++;
    try {
      const finished = await assertRecovers(prepared, state.image, seen);
      if (state.kind === 'killed' && marks.has(state.changes)) {
        assertReferenceAccepts(prepared, finished);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${state.label}: ${message}`, { cause: error });
    }
  }
  assert.ok(seen.resumed > 0, 'some runs were resumed');
  assert.ok(seen.anew > 0, 'some runs began anew');
  t.diagnostic(`${log.length} changes, ${JSON.stringify(seen)}`);
}

/** @returns what the next run leaves */
async function assertRecovers(
  prepared: PreparedTransform,
  state: DiskImage,
  seen: { resumed: number; anew: number },
): Promise<DiskImage> {
  const { source, destination, data } = prepared;
  const [before, after] = [await look(state, source), await look(state, destination)];
  for (const found of [before, after]) {
    if (wouldOpen(found)) assertHoldsData(state, found, data);
  }
  if (isHealthy(after)) {
    await assertTransformed(state, prepared);
    return state;
  }
  const media = mediaOf(state);
  const { kind } = await runTransform(media, source, destination, 2);
  if (kind === 'resume') seen.resumed++;
  else seen.anew++;
  await assertTransformed(media.image, prepared);
  return media.image;
}

function assertReferenceAccepts(
  { directory, destination, summary }: PreparedTransform,
  image: DiskImage,
): void {
  dumpImage(image, directory);
  const seen = walkVerify(destination);
  assert.deepEqual({ ok: seen.ok, summary: seen.summary }, { ok: true, summary }, seen.stderr);
}
