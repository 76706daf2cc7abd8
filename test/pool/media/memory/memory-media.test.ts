import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KIB, MIB, RangeSet, SystemError } from '../../../../src/base/index.ts';
import { Killed } from '../../../../src/pool/media/memory/call-faults.ts';
import { DiskImage } from '../../../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../../../src/pool/media/memory/memory-media.ts';

const ACCESS = { mode: 0o640, uid: 7, gid: 8 };

function makeMedia(): MemoryMedia {
  const image = new DiskImage();
  image.addFile('/d/old', new Uint8Array(8192).fill(1));
  return new MemoryMedia({ image, copyChunk: 64 * KIB });
}

/** Every changing call once; nine changes. */
async function changeEverything(media: MemoryMedia): Promise<void> {
  using file = media.create('/d/new', 0o600);
  file.allocate(MIB);
  file.write(100, new Uint8Array(5).fill(9));
  using old = media.open('/d/old', 'read');
  await media.copy({ file: old, offset: 0 }, { file, offset: 4096 }, 8192, { targetIsZero: true });
  file.setAccess(ACCESS);
  file.sync();
  media.rename('/d/new', '/d/newer');
  media.unlink('/d/old');
  media.syncDirectory('/d');
}

/** Text of everything that an image holds, for comparing two. */
function describeImage(image: DiskImage): unknown {
  return image.names().map(([name, id]) => {
    const node = image.node(id);
    if (!('content' in node)) return [name, node.kind];
    const bytes = Buffer.from(node.content.read(0, node.size)).toString('base64');
    return [name, node.size, node.reserved, node.access, bytes];
  });
}

describe('the log of a MemoryMedia', () => {
  test('has one entry for every changing call, in order', async () => {
    const media = makeMedia();
    await changeEverything(media);
    assert.deepEqual(
      media.log.map(({ kind }) => kind),
      [
        'create',
        'allocate',
        'write',
        'write',
        'set-access',
        'sync',
        'rename',
        'unlink',
        'sync-directory',
      ],
    );
    assert.equal(media.faults.changes, 9);
  });

  test('applied to the image that the run began with gives the image that it ended with', async () => {
    const media = makeMedia();
    const initial = media.image.clone();
    await changeEverything(media);
    for (const change of media.log) initial.apply(change);
    assert.deepEqual(describeImage(initial), describeImage(media.image));
  });

  test('has a write for every chunk of a copy and none for chunks of zeros', async () => {
    const image = new DiskImage();
    const source = new Uint8Array(256 * KIB).fill(1, 0, 128 * KIB).fill(1, 192 * KIB);
    image.addFile('/source', source);
    const media = new MemoryMedia({ image, copyChunk: 64 * KIB });
    using from = media.open('/source', 'read');
    using to = media.create('/target', 0o600);
    to.allocate(256 * KIB);
    await media.copy({ file: from, offset: 0 }, { file: to, offset: 0 }, 256 * KIB, {
      targetIsZero: true,
    });
    const writes = media.log.filter((change) => change.kind === 'write');
    assert.deepEqual(
      writes.map(({ offset }) => offset),
      [0, 64 * KIB, 192 * KIB],
    );
  });
});

describe('faults of a MemoryMedia', () => {
  test('a kill before the nth change leaves exactly the changes before it, for every n', async () => {
    const whole = makeMedia();
    const replayed = whole.image.clone();
    await changeEverything(whole);
    for (let nth = 1; nth <= 9; nth++) {
      const media = makeMedia();
      media.faults.killAtChange(nth);
      await assert.rejects(changeEverything(media), Killed);
      assert.deepEqual(describeImage(media.image), describeImage(replayed), `killed at ${nth}`);
      replayed.apply(whole.log[nth - 1]!);
    }
  });

  test('after a kill every call throws, looking ones too, and nothing changes', () => {
    const media = makeMedia();
    media.faults.killAtChange(1);
    assert.throws(() => media.unlink('/d/old'), Killed);
    assert.throws(() => media.unlink('/d/old'), Killed);
    assert.throws(() => media.stat('/d/old'), Killed);
    assert.throws(() => media.open('/d/old', 'read'), Killed);
    assert.deepEqual(media.log, []);
  });

  test('the nth change fails with the given errno, once, and changes nothing', async () => {
    for (let nth = 1; nth <= 9; nth++) {
      const media = makeMedia();
      media.faults.failChange(nth, 'EIO');
      await assert.rejects(changeEverything(media), isErrno('EIO'));
      // What a failed sync may lose is part of the log.
      assert.equal(media.log.length, nth === 6 ? nth : nth - 1);
    }
    const media = makeMedia();
    media.faults.failChange(1, 'EACCES');
    assert.throws(() => media.unlink('/d/old'), isErrno('EACCES'));
    media.unlink('/d/old');
  });

  test('the nth call of any kind fails, until a run meets no failure', async () => {
    let failures = 0;
    for (let nth = 1; ; nth++) {
      const media = makeMedia();
      media.faults.failCall(nth, 'EIO');
      const failed = await changeEverything(media).then(
        () => false,
        () => true,
      );
      if (!failed) break;
      failures++;
    }
    // Nine changes, an open, and the read of the copy.
    assert.equal(failures, 11);
  });

  test('every call of a kind fails', () => {
    const media = makeMedia();
    media.faults.failKind('sync', 'EIO');
    using file = media.create('/d/new', 0o600);
    file.write(0, new Uint8Array(1));
    assert.throws(() => file.sync(), isErrno('EIO'));
    assert.throws(() => file.sync(), isErrno('EIO'));
  });
});

describe('space of a MemoryMedia', () => {
  test('reservations, writes beyond them, and open files without a name take space', () => {
    const image = new DiskImage();
    image.addDirectory('/small');
    image.mount('/small', 10 * 4096);
    const media = new MemoryMedia({ image });
    const file = media.create('/small/a', 0o600);
    file.allocate(6 * 4096);
    file.write(0, new Uint8Array(6 * 4096));
    assert.equal(media.space('/small').free, 4 * 4096);
    file.write(7 * 4096, new Uint8Array(1));
    assert.equal(media.space('/small').free, 3 * 4096);
    assert.throws(() => file.write(20 * 4096, new Uint8Array(4 * 4096)), isErrno('ENOSPC'));
    assert.throws(() => file.allocate(11 * 4096), isErrno('ENOSPC'));
    media.unlink('/small/a');
    assert.equal(media.space('/small').free, 3 * 4096);
    file.close();
    assert.equal(media.space('/small').free, 10 * 4096);
  });

  test('a rename into another file system fails with EXDEV', () => {
    const media = makeMedia();
    media.image.addDirectory('/other');
    media.image.mount('/other', MIB);
    assert.notEqual(media.space('/d').fileSystem, media.space('/other').fileSystem);
    assert.throws(() => media.rename('/d/old', '/other/old'), isErrno('EXDEV'));
  });
});

test('an unreadable range fails with EIO until it is written', () => {
  const media = makeMedia();
  media.image.damage('/d/old', RangeSet.of({ offset: 100, end: 200 }));
  using file = media.open('/d/old', 'write');
  assert.throws(() => file.read(0, 101), isErrno('EIO'));
  assert.equal(file.read(200, 10).length, 10);
  file.write(100, new Uint8Array(100));
  assert.equal(file.read(0, 8192).length, 8192);
});

test('copies of an image share pages, never changes', () => {
  const image = new DiskImage();
  image.addFile('/file', Buffer.alloc(8192, 1));
  const copy = image.clone();
  copy.fileAt('/file').content.write(10, Buffer.alloc(5000, 2));
  assert.ok(
    image
      .fileAt('/file')
      .content.read(0, 8192)
      .every((byte) => byte === 1),
  );
});

function isErrno(errno: string): (error: unknown) => boolean {
  return (error) => error instanceof SystemError && error.errno === errno;
}
