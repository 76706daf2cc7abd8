/** What a transformation leaves when it fails or is killed, and what everybody says and does then. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { errnoOf, seededRandom } from '../../../src/base/index.ts';
import {
  applyTransform,
  createPool,
  isHealthy,
  openAnyPool,
  openPoolSet,
  openTransform,
  plan,
  planFeature,
  planTransform,
  surveyFeature,
  surveyTransform,
  survey,
  TransformInterferenceError,
  TransformRecordError,
} from '../../../src/pool/index.ts';
import { DiskImage } from '../../../src/pool/media/memory/disk-image.ts';
import { Killed } from '../../../src/pool/media/memory/call-faults.ts';
import { MemoryMedia } from '../../../src/pool/media/memory/memory-media.ts';
import { differingFiles } from '../../support/memory-image.ts';

const SETS: Readonly<Record<string, string>> = {
  old: '8M /d/a0\n8M /d/a1\n',
  wide: '8M /d/a0\n8M /d/a1\nREPLICA\n20M /d/b0\n',
  single: 'OPTION SINGLEHDR\n8M /d/a0\n8M /d/a1\n',
};
const path = (name: string): string => `/d/${name}.set`;
const RECORD = '/d/wide.set.resilver-transform';

const PRISTINE = pristine();

function pristine(): DiskImage {
  const image = new DiskImage();
  image.addDirectory('/d');
  for (const [name, lines] of Object.entries(SETS)) {
    image.addFile(path(name), Buffer.from(`PMEMPOOLSET\n${lines}`));
  }
  const media = new MemoryMedia({ image });
  using pool = openPoolSet(path('old'), media);
  createPool(media, pool.set, { layout: 'L' });
  return media.image;
}

async function transform(media: MemoryMedia, source: string, destination: string): Promise<string> {
  using open = openTransform(path(source), path(destination), media);
  const facts = await surveyTransform(open);
  const made = planTransform(facts, { random: seededRandom(7) });
  await applyTransform(open, made);
  return made.kind;
}

async function isSound(media: MemoryMedia, name: string): Promise<boolean> {
  using pool = openPoolSet(path(name), media);
  return (await survey(pool)).findings.length === 0;
}

/** Killed before the change whose number the step has when the switch of `destination` begins, plus `changes`. */
async function killedInSwitch(destination: string, changes: number): Promise<DiskImage> {
  const media = new MemoryMedia({ image: PRISTINE.clone() });
  using open = openTransform(path('old'), path(destination), media);
  const made = planTransform(await surveyTransform(open), { random: seededRandom(7) });
  let armed = false;
  const run = applyTransform(open, made, {
    onStep({ kind }) {
      if (kind === 'build-part' || armed) return;
      armed = true;
      media.faults.killAtChange(changes + 1);
    },
  });
  await assert.rejects(run, Killed);
  return media.image;
}

suite('a transformation that is half done', () => {
  for (const name of ['old', 'wide']) {
    test(`is what a survey of ${name}.set says, and no repair touches it`, async () => {
      const media = new MemoryMedia({ image: (await killedInSwitch('wide', 2)).clone() });
      using pool = openPoolSet(path(name), media);
      const found = await survey(pool);
      assert.equal(isHealthy(found), false);
      assert.equal(found.findings[0]!.code, 'transform-pending');
      const { refusals, steps } = plan(found);
      assert.ok(refusals.some(({ code }) => code === 'transform-pending'));
      assert.deepEqual(steps, []);
    });
  }

  test('is finished by the same command and by no other', async () => {
    const media = new MemoryMedia({ image: (await killedInSwitch('wide', 2)).clone() });
    {
      using open = openTransform(path('old'), path('single'), media);
      const { refusals } = planTransform(await surveyTransform(open));
      assert.deepEqual(
        refusals.map(({ code }) => code),
        ['transform-pending'],
      );
    }
    assert.equal(await transform(media, 'old', 'wide'), 'resume');
    using pool = openPoolSet(path('wide'), media);
    assert.deepEqual((await survey(pool)).findings, []);
  });

  test('keeps features from being switched', async () => {
    const media = new MemoryMedia({ image: (await killedInSwitch('single', 0)).clone() });
    using target = openAnyPool(media, path('old'));
    const { refusals } = planFeature(surveyFeature(target), 'CHECK_BAD_BLOCKS', false);
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['transform-pending'],
    );
  });

  test('is left alone when its record is damaged', async () => {
    const image = (await killedInSwitch('wide', 2)).clone();
    const file = image.fileAt(RECORD);
    for (const offset of [0, 40, 60, file.size - 5]) {
      const damaged = image.clone();
      const { content } = damaged.fileAt(RECORD);
      const byte = content.read(offset, 1);
      byte[0]! ^= 1;
      content.write(offset, byte);
      const media = new MemoryMedia({ image: damaged });
      assert.throws(() => openTransform(path('old'), path('wide'), media), TransformRecordError);
    }
  });

  test('is not finished over a part that somebody else has made meanwhile', async () => {
    const media = new MemoryMedia({ image: (await killedInSwitch('wide', 4)).clone() });
    media.create('/d/b0', 0o600).close();
    await assert.rejects(transform(media, 'old', 'wide'), TransformInterferenceError);
    assert.equal(media.stat('/d/b0')?.size, 0);
  });

  test('is not finished while a program has a part open', async () => {
    const media = new MemoryMedia({ image: (await killedInSwitch('wide', 2)).clone() });
    const release = media.lockElsewhere('/d/a1');
    await assert.rejects(transform(media, 'old', 'wide'), (error) => errnoOf(error) === 'EAGAIN');
    release();
    assert.equal(await transform(media, 'old', 'wide'), 'resume');
  });
});

suite('a transformation that has not begun to switch', () => {
  test('begins anew, and its files are removed first', async () => {
    const media = new MemoryMedia({ image: (await killedInSwitch('wide', 0)).clone() });
    assert.notEqual(media.stat(RECORD), undefined);
    assert.equal(await transform(media, 'old', 'wide'), 'fresh');
  });

  test('does not lose what a program has written to the source meanwhile', async () => {
    const media = new MemoryMedia({ image: (await killedInSwitch('wide', 0)).clone() });
    const written = Buffer.from('written meanwhile');
    {
      using file = media.open('/d/a0', 'write');
      file.write(0x400000, written);
    }
    await transform(media, 'old', 'wide');
    using replica = media.open('/d/b0', 'read');
    assert.deepEqual(Buffer.from(replica.read(0x400000, written.length)), written);
  });

  test('begins anew when the finished files were removed by hand', async () => {
    const media = new MemoryMedia({ image: (await killedInSwitch('single', 0)).clone() });
    media.unlink('/d/a1.resilver-part');
    assert.equal(await transform(media, 'old', 'single'), 'fresh');
    using pool = openPoolSet(path('single'), media);
    assert.deepEqual((await survey(pool)).findings, []);
  });
});

suite('a transformation whose calls fail', () => {
  for (const destination of ['wide', 'single']) {
    for (const errno of ['ENOSPC', 'EIO']) {
      test(`${errno} at any change, to ${destination}.set: the same command goes on`, async () => {
        let failed = 0;
        for (let nth = 1; ; nth++) {
          const media = new MemoryMedia({ image: PRISTINE.clone() });
          media.faults.failChange(nth, errno);
          const error: unknown = await transform(media, 'old', destination).catch(
            (reason: unknown) => reason,
          );
          if (typeof error === 'string') break;
          assert.equal(errnoOf(error), errno);
          failed++;
          if (!(await isSound(media, destination))) {
            const isBegun = media.stat(`${path(destination)}.resilver-transform`) !== undefined;
            const changed = differingFiles(media.image, PRISTINE);
            if (!isBegun) assert.deepEqual(changed, [], `change ${nth}`);
            await transform(media, 'old', destination);
          }
          assert.ok(await isSound(media, destination), `change ${nth}`);
        }
        assert.ok(failed > 15, `${failed} changes failed`);
      });
    }
  }
});
