/** A switch of a feature that is cut off is finished by the same command, and undone by the opposite one. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  applyFeature,
  isHealthy,
  openAnyPool,
  planFeature,
  queryFeature,
  surveyFeature,
  type FeatureName,
} from '../../src/pool/index.ts';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import type { MemoryMedia } from '../../src/pool/media/memory/memory-media.ts';
import { differingFiles } from '../support/memory-image.ts';
import { requires } from '../support/requirements.ts';
import { realPool } from './real-pools.ts';
import { mediaOf } from './repair.ts';
import { statesAfter } from './states-after.ts';
import { look } from './transform-scenarios.ts';

function run(media: MemoryMedia, setPath: string, name: FeatureName, enable: boolean): void {
  using target = openAnyPool(media, setPath);
  applyFeature(target, planFeature(surveyFeature(target), name, enable));
}

function ask(image: DiskImage, setPath: string, name: FeatureName): boolean | undefined {
  using target = openAnyPool(mediaOf(image), setPath);
  const answer = queryFeature(surveyFeature(target), name);
  return answer.kind === 'known' ? answer.enabled : undefined;
}

/** Each from a state in which it is allowed. */
const SWITCHES: readonly (readonly [FeatureName, readonly FeatureName[]])[] = [
  ['SHUTDOWN_STATE', []],
  ['CKSUM_2K', ['SHUTDOWN_STATE']],
  ['CHECK_BAD_BLOCKS', []],
];

suite('a switch of a feature that is cut off', () => {
  for (const [name, off] of SWITCHES) {
    for (const enable of [false, true]) {
      test(`${name} ${enable ? 'on' : 'off'}`, async (t) => {
        if (!requires(t, 'pmempool', 'libpmemobj')) return;
        const { setPath, image } = realPool('plain');
        const prepared = mediaOf(image);
        for (const other of off) run(prepared, setPath, other, false);
        if (enable) run(prepared, setPath, name, false);
        const initial = prepared.image.clone();
        const media = mediaOf(initial);
        run(media, setPath, name, enable);
        assert.equal(ask(media.image, setPath, name), enable);
        assert.equal(media.log.filter(({ kind }) => kind === 'write').length, 4);
        for (const state of statesAfter(initial, media.log, 4)) {
          const found = await look(state.image, setPath);
          if (isHealthy(found)) {
            assert.notEqual(ask(state.image, setPath, name), undefined, state.label);
          }
          const again = mediaOf(state.image);
          run(again, setPath, name, enable);
          assert.deepEqual(differingFiles(again.image, media.image), [], state.label);
          const undone = mediaOf(state.image);
          run(undone, setPath, name, !enable);
          assert.equal(ask(undone.image, setPath, name), !enable, state.label);
          assert.ok(isHealthy(await look(undone.image, setPath)), state.label);
        }
      });
    }
  }
});
