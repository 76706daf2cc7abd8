import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import { createPool } from '../../../src/pool/create/index.ts';
import {
  openPoolInfo,
  type PoolInfo,
  type PoolInfoFailure,
  type PoolInfoOptions,
} from '../../../src/pool/info/index.ts';
import { poolHdr, sealPoolHdr, type PoolHdr } from '../../../src/pool/layout/index.ts';
import type { MemoryMedia } from '../../../src/pool/media/memory/memory-media.ts';
import { PoolSetFileError } from '../../../src/pool/poolset/index.ts';
import { diskWith, parseSet, SET_PATH } from '../../support/new-pool.ts';

const TEXT = 'PMEMPOOLSET\n8M /d/a0\n8M /d/a1\nREPLICA\n16M /d/b0\n';

function disk(text = TEXT): MemoryMedia {
  const media = diskWith(['/d'], text);
  createPool(media, parseSet(media, text), { layout: 'some' });
  return media;
}

function infoOf(media: MemoryMedia, path: string, options: PoolInfoOptions = {}): PoolInfo {
  using opened = openPoolInfo(media, path, options);
  assert.ok(opened.result.kind === 'info', inspect(opened.result));
  return opened.result.info;
}

function failureOf(
  media: MemoryMedia,
  path: string,
  options: PoolInfoOptions = {},
): PoolInfoFailure['at'] {
  using opened = openPoolInfo(media, path, options);
  assert.ok(opened.result.kind === 'failure', inspect(opened.result));
  return opened.result.failure.at;
}

function forge(media: MemoryMedia, path: string, fields: Partial<PoolHdr>, seal = true): void {
  using file = media.open(path, 'write');
  const header = file.read(0, 4096);
  poolHdr.patch(header, fields);
  if (seal) sealPoolHdr(header);
  file.write(0, header);
}

suite('what describes a pool', () => {
  test('of a set is its shape, the header and the descriptor of a replica', () => {
    const media = disk();
    const first = infoOf(media, SET_PATH);
    assert.equal(first.set?.replicas.length, 2);
    assert.deepEqual(
      [first.header.signature, first.header.major, first.header.featureNames],
      ['PMEMOBJ', 6, ['CKSUM_2K', 'SHUTDOWN_STATE']],
    );
    assert.equal(first.descriptor?.layout, 'some');
    assert.equal(first.header.checksum.found, first.header.checksum.expected);
    const second = infoOf(media, SET_PATH, { replica: 1 });
    assert.equal(second.header.uuid, first.header.nextReplUuid);
    assert.equal(second.header.prevPartUuid, second.header.uuid);
  });

  test('of a part by itself ends with its header', () => {
    const info = infoOf(disk(), '/d/a1');
    assert.deepEqual([info.isPartOfSet, info.descriptor, info.set], [true, undefined, undefined]);
    assert.equal(info.file.fileSize, 8 * 1024 * 1024);
  });

  test('of a part is read as a whole pool when that is demanded', () => {
    const info = infoOf(disk(), '/d/a0', { force: true });
    assert.deepEqual([info.isPartOfSet, info.descriptor?.layout], [false, 'some']);
  });

  test('includes statistics of the heap when they are wanted', () => {
    const media = disk();
    assert.equal(infoOf(media, SET_PATH).statistics, undefined);
    assert.deepEqual(infoOf(media, SET_PATH, { statistics: true }).statistics, {
      zoneCount: 1,
      zones: [],
    });
  });

  test('lets go of the parts in the end', () => {
    const media = disk();
    infoOf(media, SET_PATH);
    assert.ok(media.open('/d/a1', 'read').tryLock());
  });
});

suite('what stands in the way', () => {
  const rows: readonly {
    readonly name: string;
    readonly at: PoolInfoFailure['at'];
    readonly path?: string;
    readonly damage?: (media: MemoryMedia) => void;
    readonly options?: PoolInfoOptions;
  }[] = [
    { name: 'a missing file', at: 'file', path: '/d/nothing' },
    { name: 'a directory', at: 'file', path: '/d' },
    { name: 'a missing first part', at: 'first-header', damage: (media) => media.unlink('/d/a0') },
    { name: 'a missing later part', at: 'parts', damage: (media) => media.unlink('/d/b0') },
    {
      name: 'a first part of another size',
      at: 'parts',
      damage: (media) => media.open('/d/a0', 'write').allocate(9 * 1024 * 1024),
    },
    {
      name: 'a first header without a known signature',
      at: 'pool-type',
      damage: (media) => forge(media, '/d/a0', { signature: new Uint8Array(8) }),
    },
    {
      name: 'a checksum that is wrong in the set',
      at: 'headers',
      damage: (media) => forge(media, '/d/a0', { major: 7 }, false),
    },
    {
      name: 'a checksum that is wrong in a file',
      at: 'checksum',
      path: '/d/a1',
      damage: (media) => forge(media, '/d/a1', { major: 7 }, false),
    },
    {
      name: 'a version that no library opens',
      at: 'headers',
      damage: (media) => forge(media, '/d/b0', { major: 7 }),
    },
    {
      name: 'a link that leads elsewhere',
      at: 'headers',
      damage: (media) => forge(media, '/d/a1', { prevPartUuid: 'ab'.repeat(16) }),
    },
    { name: 'a replica that is not there', at: 'replica-number', options: { replica: 2 } },
    { name: 'a replica of a file', at: 'replica-number', path: '/d/a0', options: { replica: 1 } },
  ];
  for (const { name, at, path = SET_PATH, damage, options } of rows) {
    test(`is ${name}`, () => {
      const media = disk();
      damage?.(media);
      assert.equal(failureOf(media, path, options), at);
    });
  }

  test('is a file too short for a header', () => {
    const media = disk();
    media.image.addFile('/d/text', Buffer.from('hello'));
    assert.equal(failureOf(media, '/d/text'), 'empty-file');
    assert.equal(failureOf(media, '/d/text', { force: true }), 'file');
    media.image.addFile('/d/page', new Uint8Array(4096));
    assert.equal(failureOf(media, '/d/page', { force: true }), 'file');
  });

  test('is a set file that cannot be parsed, with all that is wrong in it', () => {
    const media = diskWith(['/d'], 'PMEMPOOLSET\n8M x\n0 /d/y\n');
    assert.throws(
      () => openPoolInfo(media, SET_PATH),
      (error: unknown) => error instanceof PoolSetFileError && error.problems.length === 2,
    );
  });

  test('does not stand in the way of replica links that later parts alone get wrong', () => {
    const media = disk();
    forge(media, '/d/a1', { nextReplUuid: 'ab'.repeat(16) });
    assert.equal(infoOf(media, SET_PATH).header.signature, 'PMEMOBJ');
  });
});
