import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { MIB } from '../../../../src/base/index.ts';
import { FileMedia } from '../../../../src/pool/media/file/file-media.ts';
import { hasSharedBlocks, loopFileSystem } from '../../../support/loop-file-system.ts';
import { requires } from '../../../support/requirements.ts';
import { assertSameBytes } from '../contract/files.ts';

const SIZE = 8 * MIB;

async function copyOn(
  t: TestContext,
  kind: 'xfs' | 'btrfs',
  options: { readonly targetIsZero: boolean; readonly reflink?: boolean },
): Promise<boolean | undefined> {
  if (!requires(t, 'filefrag')) return undefined;
  using volume = loopFileSystem(t, kind, 512 * MIB);
  if (volume === undefined) return undefined;
  const media = new FileMedia();
  const data = new Uint8Array(SIZE).map((_, at) => (at * 7 + (at >> 12)) & 0xff);
  const [from, to] = [`${volume.path}/source`, `${volume.path}/target`];
  using source = media.create(from, 0o600);
  source.write(0, data);
  source.sync();
  using target = media.create(to, 0o600);
  target.allocate(SIZE);
  await media.copy({ file: source, offset: 0 }, { file: target, offset: 0 }, SIZE, options);
  target.sync();
  assertSameBytes(target.read(0, SIZE), data);
  assert.equal(hasSharedBlocks(from), hasSharedBlocks(to));
  return hasSharedBlocks(to);
}

describe('a copy on a file system that can share blocks', () => {
  for (const kind of ['xfs', 'btrfs'] as const) {
    for (const targetIsZero of [true, false]) {
      test(`owns its blocks on ${kind}, target ${targetIsZero ? 'of zeros' : 'of anything'}`, async (t) => {
        const shared = await copyOn(t, kind, { targetIsZero });
        if (shared !== undefined) assert.equal(shared, false);
      });
    }

    test(`shares them on ${kind} when it is asked to`, async (t) => {
      const shared = await copyOn(t, kind, { targetIsZero: true, reflink: true });
      if (shared !== undefined) assert.equal(shared, true);
    });
  }
});
