import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { KIB, MIB, RangeSet, SystemError, seededRandom } from '../../../src/base/index.ts';
import type {
  Comparison,
  CopyOptions,
  Extent,
  Media,
  MediaFile,
} from '../../../src/pool/media/media.ts';

/** A medium with an empty directory to work in, and what the contract cannot do through the contract itself. */
export interface MediaFixture extends Disposable {
  readonly media: Media;
  /** Absolute path of an empty directory. */
  readonly root: string;
  makeDirectory(target: string): void;
  makeLink(name: string, target: string): void;
  /** Something that is neither file nor directory. */
  makeOther(target: string): void;
  /** Takes the lock of a file in another process; call the result to let go. Undefined, after `skip`, when that cannot be done here. */
  lockElsewhere(t: TestContext, target: string): Promise<(() => Promise<void>) | undefined>;
  /** Runs `work` as a user who owns nothing here. Undefined where that cannot be arranged. */
  readonly asNobody: (<T>(work: (media: Media) => T) => T) | undefined;
  /** Makes bytes of a file unreadable. Undefined where that cannot be arranged. */
  readonly damage: ((target: string, offset: number, length: number) => void) | undefined;
  /** Bytes of the blocks that the file owns. */
  ownedBytes(target: string): number;
}

/** Size of the pieces in which the real medium reads, and the memory medium writes. */
const CHUNK = 2 * MIB;
const PAGE = 4096;

/** Every promise that `Media` and `MediaFile` make, as tests. Run on every implementation. */
export function mediaContract(name: string, make: () => MediaFixture): void {
  const kit: Kit = {
    name,
    it(title, work) {
      test(title, async (t) => {
        using fixture = make();
        await work(fixture, (base) => path.join(fixture.root, base), t);
      });
    },
  };
  describe(`${name} as a medium`, () => {
    describe('paths', () => pathContract(kit));
    describe('names', () => nameContract(kit));
    describe('open files', () => fileContract(kit));
    describe('permissions', () => permissionContract(kit, make));
    describe('locks', () => lockContract(kit));
    describe('copy', () => copyContract(kit));
    describe('compare', () => compareContract(kit, make));
  });
}

interface Kit {
  readonly name: string;
  readonly it: (
    title: string,
    work: (
      fixture: MediaFixture,
      at: (base: string) => string,
      t: TestContext,
    ) => void | Promise<void>,
  ) => void;
}

function pathContract({ it }: Kit): void {
  it('stat tells kind, size, mode and owner', ({ media }, at) => {
    put(media, at('file'), bytes(5000), 0o640);
    const found = media.stat(at('file'))!;
    assert.equal(found.kind, 'file');
    assert.equal(found.size, 5000);
    assert.equal(found.mode, 0o640);
    assert.equal(typeof found.uid, 'number');
    assert.equal(typeof found.gid, 'number');
    assert.ok(found.ctimeSeconds > 0n);
  });

  it('stat of a directory and of a special file tells them from files', (fixture, at) => {
    fixture.makeDirectory(at('directory'));
    fixture.makeOther(at('special'));
    assert.equal(fixture.media.stat(at('directory'))?.kind, 'directory');
    assert.equal(fixture.media.stat(at('special'))?.kind, 'other');
  });

  it('two paths to one file have one identity, two files have two', (fixture, at) => {
    const { media } = fixture;
    put(media, at('a'), bytes(1));
    put(media, at('b'), bytes(1));
    fixture.makeLink(at('link'), at('a'));
    assert.equal(media.stat(at('link'))?.identity, media.stat(at('a'))?.identity);
    assert.notEqual(media.stat(at('b'))?.identity, media.stat(at('a'))?.identity);
    using file = media.open(at('a'), 'read');
    assert.equal(file.stat().identity, media.stat(at('a'))?.identity);
  });

  it('stat of nothing, also in a missing directory, is undefined', ({ media }, at) => {
    assert.equal(media.stat(at('nothing')), undefined);
    assert.equal(media.stat(at('no-directory/nothing')), undefined);
  });

  it('stat of a dangling link is undefined', (fixture, at) => {
    fixture.makeLink(at('link'), at('nothing'));
    assert.equal(fixture.media.stat(at('link')), undefined);
  });

  it('stat below a file fails with ENOTDIR', ({ media }, at) => {
    put(media, at('file'), bytes(1));
    assertFails(() => media.stat(at('file/below')), 'ENOTDIR', at('file/below'));
  });

  it('stat of links in a circle fails with ELOOP', (fixture, at) => {
    fixture.makeLink(at('a'), at('b'));
    fixture.makeLink(at('b'), at('a'));
    assertFails(() => fixture.media.stat(at('a')), 'ELOOP', at('a'));
  });

  it('resolve of what is no link, or nothing, is the path itself', ({ media }, at) => {
    put(media, at('file'), bytes(1));
    assert.equal(media.resolve(at('file')), at('file'));
    assert.equal(media.resolve(at('nothing')), at('nothing'));
  });

  it('resolve follows a chain of absolute and relative links to its end', (fixture, at) => {
    put(fixture.media, at('file'), bytes(1));
    fixture.makeLink(at('second'), at('file'));
    fixture.makeLink(at('first'), 'second');
    assert.equal(fixture.media.resolve(at('first')), at('file'));
  });

  it('resolve follows a link to where nothing is', (fixture, at) => {
    fixture.makeLink(at('link'), 'nothing');
    assert.equal(fixture.media.resolve(at('link')), at('nothing'));
  });

  it('resolve counts .. of a link from where the link really lies', (fixture, at) => {
    fixture.makeDirectory(at('real'));
    fixture.makeDirectory(at('real/deep'));
    fixture.makeLink(at('short'), at('real/deep'));
    fixture.makeLink(at('real/deep/link'), '../file');
    assert.equal(fixture.media.resolve(at('short/link')), at('real/file'));
  });

  it('resolve of links in a circle fails with ELOOP', (fixture, at) => {
    fixture.makeLink(at('a'), 'b');
    fixture.makeLink(at('b'), 'a');
    assertFails(() => fixture.media.resolve(at('a')), 'ELOOP', at('a'));
  });

  it('list names everything in a directory', (fixture, at) => {
    put(fixture.media, at('file'), bytes(1));
    fixture.makeDirectory(at('directory'));
    fixture.makeLink(at('link'), 'nothing');
    put(fixture.media, at('directory/deeper'), bytes(1));
    assert.deepEqual(fixture.media.list(path.dirname(at('file'))).toSorted(), [
      'directory',
      'file',
      'link',
    ]);
  });

  it('list of nothing fails with ENOENT, of a file with ENOTDIR', ({ media }, at) => {
    put(media, at('file'), bytes(1));
    assertFails(() => media.list(at('nothing')), 'ENOENT', at('nothing'));
    assertFails(() => media.list(at('file')), 'ENOTDIR', at('file'));
  });

  it('space of two directories of one file system has one identity', (fixture, at) => {
    fixture.makeDirectory(at('a'));
    fixture.makeDirectory(at('b'));
    const [a, b] = [fixture.media.space(at('a')), fixture.media.space(at('b'))];
    assert.equal(a.fileSystem, b.fileSystem);
    assert.ok(a.free > 0);
  });

  it('space of a missing directory fails with ENOENT', ({ media }, at) => {
    assertFails(() => media.space(at('nothing')), 'ENOENT', at('nothing'));
  });

  it('canModifyDirectory is true for our own directory, false where nothing is', (fixture, at) => {
    fixture.makeDirectory(at('own'));
    assert.equal(fixture.media.canModifyDirectory(at('own')), true);
    assert.equal(fixture.media.canModifyDirectory(at('nothing')), false);
  });

  it('readFile gives the whole content', ({ media }, at) => {
    put(media, at('file'), bytes(70_001));
    assert.deepEqual(media.readFile(at('file')), bytes(70_001));
    put(media, at('empty'), bytes(0));
    assert.deepEqual(media.readFile(at('empty')), bytes(0));
  });

  it('readFile of nothing fails with ENOENT, of a directory with EISDIR', (fixture, at) => {
    fixture.makeDirectory(at('directory'));
    assertFails(() => fixture.media.readFile(at('nothing')), 'ENOENT', at('nothing'));
    assertFails(() => fixture.media.readFile(at('directory')), 'EISDIR', at('directory'));
  });
}

function nameContract({ it }: Kit): void {
  it('create makes an empty file with the given mode, open for writing', ({ media }, at) => {
    using file = media.create(at('new'), 0o600);
    assert.equal(file.path, at('new'));
    assert.equal(file.stat().size, 0);
    assert.equal(file.stat().mode, 0o600);
    file.write(0, bytes(3));
    assert.deepEqual(media.readFile(at('new')), bytes(3));
  });

  it('create fails with EEXIST where anything is, a dangling link included', (fixture, at) => {
    const { media } = fixture;
    put(media, at('file'), bytes(3));
    fixture.makeDirectory(at('directory'));
    fixture.makeLink(at('dangling'), at('nothing'));
    for (const base of ['file', 'directory', 'dangling']) {
      assertFails(() => media.create(at(base), 0o600), 'EEXIST', at(base));
    }
    assert.deepEqual(media.readFile(at('file')), bytes(3));
    assert.equal(media.stat(at('nothing')), undefined);
  });

  it('create in a missing directory fails with ENOENT', ({ media }, at) => {
    assertFails(() => media.create(at('no/new'), 0o600), 'ENOENT', at('no/new'));
  });

  it('open of nothing, or of a dangling link, fails with ENOENT', (fixture, at) => {
    fixture.makeLink(at('dangling'), at('nothing'));
    for (const mode of ['read', 'write'] as const) {
      assertFails(() => fixture.media.open(at('nothing'), mode), 'ENOENT', at('nothing'));
      assertFails(() => fixture.media.open(at('dangling'), mode), 'ENOENT', at('dangling'));
    }
  });

  it('open of a directory for writing fails with EISDIR', (fixture, at) => {
    fixture.makeDirectory(at('directory'));
    assertFails(() => fixture.media.open(at('directory'), 'write'), 'EISDIR', at('directory'));
  });

  it('open of a special file does not wait for anybody', (fixture, at) => {
    fixture.makeOther(at('special'));
    using file = fixture.media.open(at('special'), 'read');
    assert.equal(file.stat().kind, 'other');
  });

  it('open follows links', (fixture, at) => {
    put(fixture.media, at('file'), bytes(10));
    fixture.makeLink(at('link'), 'file');
    using file = fixture.media.open(at('link'), 'read');
    assert.deepEqual(file.read(0, 10), bytes(10));
  });

  it('rename takes the place of an existing file', ({ media }, at) => {
    put(media, at('from'), bytes(10));
    put(media, at('to'), bytes(20));
    const { identity } = media.stat(at('from'))!;
    media.rename(at('from'), at('to'));
    assert.equal(media.stat(at('from')), undefined);
    assert.equal(media.stat(at('to'))?.identity, identity);
  });

  it('rename replaces a link, not what the link names', (fixture, at) => {
    put(fixture.media, at('from'), bytes(10));
    put(fixture.media, at('old'), bytes(20));
    fixture.makeLink(at('link'), 'old');
    fixture.media.rename(at('from'), at('link'));
    assert.deepEqual(fixture.media.readFile(at('link')), bytes(10));
    assert.deepEqual(fixture.media.readFile(at('old')), bytes(20));
  });

  it('a file that loses its name to a rename stays readable for who has it open', ({
    media,
  }, at) => {
    put(media, at('from'), bytes(10));
    put(media, at('to'), bytes(20));
    using old = media.open(at('to'), 'read');
    media.rename(at('from'), at('to'));
    assert.deepEqual(old.read(0, 20), bytes(20));
  });

  it('rename of nothing fails with ENOENT, onto a directory with EISDIR', (fixture, at) => {
    put(fixture.media, at('file'), bytes(1));
    fixture.makeDirectory(at('directory'));
    assertFails(() => fixture.media.rename(at('nothing'), at('x')), 'ENOENT', at('nothing'));
    assertFails(() => fixture.media.rename(at('file'), at('directory')), 'EISDIR', at('file'));
    assert.deepEqual(fixture.media.readFile(at('file')), bytes(1));
  });

  it('unlink removes a name, and of a link the link only', (fixture, at) => {
    put(fixture.media, at('file'), bytes(1));
    fixture.makeLink(at('link'), 'file');
    fixture.media.unlink(at('link'));
    assert.deepEqual(fixture.media.list(path.dirname(at('file'))), ['file']);
    fixture.media.unlink(at('file'));
    assert.deepEqual(fixture.media.list(path.dirname(at('file'))), []);
  });

  it('unlink of nothing fails with ENOENT, of a directory with EISDIR', (fixture, at) => {
    fixture.makeDirectory(at('directory'));
    assertFails(() => fixture.media.unlink(at('nothing')), 'ENOENT', at('nothing'));
    assertFails(() => fixture.media.unlink(at('directory')), 'EISDIR', at('directory'));
  });

  it('syncDirectory may be repeated; of nothing it fails with ENOENT, of a file with ENOTDIR', ({
    media,
  }, at) => {
    const directory = path.dirname(at('file'));
    put(media, at('file'), bytes(1));
    media.syncDirectory(directory);
    media.syncDirectory(directory);
    assertFails(() => media.syncDirectory(at('nothing')), 'ENOENT', at('nothing'));
    assertFails(() => media.syncDirectory(at('file')), 'ENOTDIR', at('file'));
  });
}

function fileContract({ it }: Kit): void {
  it('read gives exactly the bytes asked for, in a buffer of its own', ({ media }, at) => {
    put(media, at('file'), bytes(3 * PAGE));
    using file = media.open(at('file'), 'read');
    const read = file.read(PAGE - 3, PAGE + 7);
    assert.deepEqual(read, bytes(3 * PAGE).subarray(PAGE - 3, 2 * PAGE + 4));
    read.fill(0);
    assert.deepEqual(file.read(PAGE - 3, 1), bytes(3 * PAGE).subarray(PAGE - 3, PAGE - 2));
    assert.deepEqual(file.read(5, 0), bytes(0));
  });

  it('read beyond the end fails with EIO, also when it begins before', ({ media }, at) => {
    put(media, at('file'), bytes(100));
    using file = media.open(at('file'), 'read');
    assert.equal(file.read(0, 100).length, 100);
    assertFails(() => file.read(0, 101), 'EIO', at('file'));
    assertFails(() => file.read(100, 1), 'EIO', at('file'));
  });

  it('write changes these bytes and no others, and once more the same', ({ media }, at) => {
    put(media, at('file'), bytes(3 * PAGE));
    using file = media.open(at('file'), 'write');
    const expected = bytes(3 * PAGE);
    expected.fill(7, PAGE - 5, 2 * PAGE + 5);
    for (let round = 0; round < 2; round++) {
      file.write(PAGE - 5, new Uint8Array(PAGE + 10).fill(7));
      assert.deepEqual(file.read(0, 3 * PAGE), expected);
      assert.equal(file.stat().size, 3 * PAGE);
    }
  });

  it('write keeps what it was given, whatever the caller does to its buffer later', ({
    media,
  }, at) => {
    using file = media.create(at('file'), 0o600);
    const data = bytes(PAGE);
    file.write(0, data);
    data.fill(0);
    assert.deepEqual(file.read(0, PAGE), bytes(PAGE));
  });

  it('write beyond the end leaves zeros between', ({ media }, at) => {
    using file = media.create(at('file'), 0o600);
    file.write(5000, bytes(10));
    assert.equal(file.stat().size, 5010);
    assert.deepEqual(file.read(0, 5000), new Uint8Array(5000));
  });

  it('write to a file opened for reading fails with EBADF', ({ media }, at) => {
    put(media, at('file'), bytes(10));
    using file = media.open(at('file'), 'read');
    assertFails(() => file.write(0, bytes(1)), 'EBADF', at('file'));
  });

  it('allocate makes the file longer with zeros and owns its blocks, once or twice', (fixture, at) => {
    using file = fixture.media.create(at('file'), 0o600);
    file.write(0, bytes(10));
    file.allocate(MIB + 100);
    file.allocate(MIB + 100);
    assert.equal(file.stat().size, MIB + 100);
    assert.deepEqual(file.read(0, 10), bytes(10));
    assert.deepEqual(file.read(10, MIB + 90), new Uint8Array(MIB + 90));
    assert.ok(fixture.ownedBytes(at('file')) >= MIB + 100);
  });

  it('allocate never makes a file shorter', ({ media }, at) => {
    put(media, at('file'), bytes(2 * PAGE));
    using file = media.open(at('file'), 'write');
    file.allocate(PAGE);
    assert.deepEqual(file.read(0, 2 * PAGE), bytes(2 * PAGE));
  });

  it('setAccess sets the mode, set-user-ID bits included, and may be repeated', ({ media }, at) => {
    using file = media.create(at('file'), 0o600);
    const { uid, gid } = file.stat();
    for (let round = 0; round < 2; round++) {
      file.setAccess({ mode: 0o4750, uid, gid });
      assert.equal(media.stat(at('file'))?.mode, 0o4750);
    }
  });

  it('sync may be repeated, after writing and after nothing', ({ media }, at) => {
    using file = media.create(at('file'), 0o600);
    file.sync();
    file.write(0, bytes(10));
    file.sync();
    file.sync();
    assert.deepEqual(media.readFile(at('file')), bytes(10));
  });

  it('a closed file refuses every call with EBADF and may be closed again', ({ media }, at) => {
    const file = media.create(at('file'), 0o600);
    file.close();
    // Takes the number that the closed descriptor had: a call that slips through would reach this file.
    using other = media.create(at('other'), 0o600);
    other.write(0, bytes(10));
    const calls: ((file: MediaFile) => unknown)[] = [
      (closed) => closed.stat(),
      (closed) => closed.read(0, 1),
      (closed) => closed.write(0, new Uint8Array(10)),
      (closed) => closed.allocate(PAGE),
      (closed) => closed.setAccess({ mode: 0o777, uid: 0, gid: 0 }),
      (closed) => closed.sync(),
      (closed) => closed.tryLock(),
    ];
    for (const call of calls) assertFails(() => call(file), 'EBADF', at('file'));
    file.close();
    assert.deepEqual(other.read(0, 10), bytes(10));
    assert.equal(other.stat().mode, 0o600);
  });
}

function permissionContract({ name }: Kit, make: () => MediaFixture): void {
  const nobody = (title: string, work: (media: Media, fixture: MediaFixture) => void): void => {
    test(title, (t) => {
      using fixture = make();
      if (fixture.asNobody === undefined) {
        t.skip(`${name}: becoming another user needs root`);
        return;
      }
      fixture.makeDirectory(path.join(fixture.root, 'private'));
      put(fixture.media, path.join(fixture.root, 'private/file'), bytes(10), 0o600);
      put(fixture.media, path.join(fixture.root, 'readable'), bytes(10), 0o644);
      put(fixture.media, path.join(fixture.root, 'secret'), bytes(10), 0o600);
      fixture.asNobody((media) => work(media, fixture));
    });
  };

  nobody('a file that is not ours to read fails with EACCES', (media, { root }) => {
    assertFails(() => media.open(`${root}/secret`, 'read'), 'EACCES', `${root}/secret`);
    assertFails(() => media.readFile(`${root}/secret`), 'EACCES', `${root}/secret`);
    assert.equal(media.stat(`${root}/secret`)?.mode, 0o600);
  });

  nobody('a file that is ours to read only opens for reading only', (media, { root }) => {
    using file = media.open(`${root}/readable`, 'read');
    assert.deepEqual(file.read(0, 10), bytes(10));
    assertFails(() => media.open(`${root}/readable`, 'write'), 'EACCES', `${root}/readable`);
  });

  nobody('names in a directory that is not ours to change are refused', (media, { root }) => {
    assert.equal(media.canModifyDirectory(root), false);
    assertFails(() => media.create(`${root}/new`, 0o600), 'EACCES', `${root}/new`);
    assertFails(() => media.unlink(`${root}/readable`), 'EACCES', `${root}/readable`);
    assertFails(
      () => media.rename(`${root}/readable`, `${root}/new`),
      'EACCES',
      `${root}/readable`,
    );
  });

  nobody('setAccess of a file that is not ours fails with EPERM', (media, { root }) => {
    using file = media.open(`${root}/readable`, 'read');
    const { uid, gid } = file.stat();
    assertFails(() => file.setAccess({ mode: 0o666, uid, gid }), 'EPERM', `${root}/readable`);
  });
}

function lockContract({ it }: Kit): void {
  it('tryLock takes a free lock, and again through the same open file', ({ media }, at) => {
    put(media, at('file'), bytes(1));
    using file = media.open(at('file'), 'read');
    assert.equal(file.tryLock(), true);
    assert.equal(file.tryLock(), true);
  });

  it('tryLock is false while another open file holds the lock, true after it closes', ({
    media,
  }, at) => {
    put(media, at('file'), bytes(1));
    const first = media.open(at('file'), 'read');
    using second = media.open(at('file'), 'write');
    assert.equal(first.tryLock(), true);
    assert.equal(second.tryLock(), false);
    first.close();
    assert.equal(second.tryLock(), true);
  });

  it('tryLock is false while another process holds the lock, true after it lets go', async (fixture, at, t) => {
    put(fixture.media, at('file'), bytes(1));
    const letGo = await fixture.lockElsewhere(t, at('file'));
    if (letGo === undefined) return;
    using file = fixture.media.open(at('file'), 'read');
    assert.equal(file.tryLock(), false);
    await letGo();
    assert.equal(file.tryLock(), true);
  });

  it('a lock belongs to the file, not to the name', ({ media }, at) => {
    put(media, at('old'), bytes(1));
    put(media, at('new'), bytes(2));
    using old = media.open(at('old'), 'read');
    assert.equal(old.tryLock(), true);
    media.rename(at('new'), at('old'));
    using renamed = media.open(at('old'), 'read');
    assert.equal(renamed.tryLock(), true);
  });
}

interface Pair extends Disposable {
  readonly source: MediaFile;
  readonly target: MediaFile;
}

function pair(
  media: Media,
  at: (base: string) => string,
  source: Uint8Array,
  target: Uint8Array,
): Pair {
  put(media, at('source'), source);
  put(media, at('target'), target);
  const files = {
    source: media.open(at('source'), 'read'),
    target: media.open(at('target'), 'write'),
  };
  return {
    ...files,
    [Symbol.dispose]() {
      files.source.close();
      files.target.close();
    },
  };
}

function copyContract({ it }: Kit): void {
  const cases: { title: string; from: number; to: number; length: number }[] = [
    { title: 'nothing', from: 0, to: 0, length: 0 },
    { title: 'one byte', from: 5, to: 9, length: 1 },
    { title: 'one page', from: PAGE, to: 0, length: PAGE },
    {
      title: 'an aligned run that ends in the middle of a page',
      from: 0,
      to: PAGE,
      length: 10_001,
    },
    { title: 'a chunk less one page', from: PAGE, to: PAGE, length: CHUNK - PAGE },
    { title: 'a chunk and one page', from: 0, to: PAGE, length: CHUNK + PAGE },
    { title: 'several chunks at odd offsets', from: 3, to: PAGE + 1, length: 2 * CHUNK + 777 },
  ];
  for (const { title, from, to, length } of cases) {
    for (const targetIsZero of [true, false]) {
      it(`copies ${title}, ${targetIsZero ? 'onto zeros' : 'over old bytes'}`, async ({
        media,
      }, at) => {
        const source = withHoles(bytes(from + length + 100));
        const before = targetIsZero
          ? new Uint8Array(to + length + 100)
          : new Uint8Array(to + length + 100).fill(0xee);
        using files = pair(media, at, source, before);
        let counted = 0;
        await media.copy(
          { file: files.source, offset: from },
          { file: files.target, offset: to },
          length,
          { targetIsZero, onBytes: (count) => (counted += count) },
        );
        const expected = before.slice();
        expected.set(source.subarray(from, from + length), to);
        assertSameBytes(files.target.read(0, expected.length), expected);
        assert.equal(files.target.stat().size, expected.length);
        assert.equal(counted, length);
      });
    }
  }

  it('copies onto the reserved blocks of a new file and keeps the reservation', async (fixture, at) => {
    const { media } = fixture;
    put(media, at('source'), new Uint8Array(4 * MIB));
    using source = media.open(at('source'), 'read');
    using target = media.create(at('target'), 0o600);
    target.allocate(4 * MIB);
    await media.copy({ file: source, offset: 0 }, { file: target, offset: 0 }, 4 * MIB, {
      targetIsZero: true,
    });
    target.sync();
    assert.ok(fixture.ownedBytes(at('target')) >= 4 * MIB);
    assertSameBytes(target.read(0, 4 * MIB), new Uint8Array(4 * MIB));
  });

  it('a source that ends early fails with EIO that names it', async ({ media }, at) => {
    using files = pair(media, at, bytes(CHUNK + 10), new Uint8Array(2 * CHUNK));
    await assertRejects(
      copyWhole(media, files, CHUNK + PAGE, { targetIsZero: false }),
      'EIO',
      at('source'),
    );
  });

  it('a target that is not open for writing fails with EBADF', async ({ media }, at) => {
    put(media, at('source'), bytes(PAGE));
    put(media, at('target'), bytes(PAGE));
    using source = media.open(at('source'), 'read');
    using target = media.open(at('target'), 'read');
    for (const length of [PAGE, PAGE - 1]) {
      await assertRejects(
        copyWhole(media, { source, target }, length, { targetIsZero: false }),
        'EBADF',
        at('target'),
      );
    }
  });

  it('an aborted signal ends it with the reason of the signal', async ({ media }, at) => {
    using files = pair(media, at, bytes(8 * CHUNK), new Uint8Array(8 * CHUNK));
    const controller = new AbortController();
    const reason = new Error('enough');
    let seen = 0;
    const copying = copyWhole(media, files, 8 * CHUNK, {
      targetIsZero: true,
      signal: controller.signal,
      onBytes: (count) => {
        seen += count;
        controller.abort(reason);
      },
    });
    await assert.rejects(copying, reason);
    assert.ok(seen > 0 && seen < 8 * CHUNK);
  });

  it('runs beside other copies without mixing them up', async ({ media }, at) => {
    const data = [1, 2, 3].map((seed) => randomBytes(seed, CHUNK + 3 * PAGE));
    for (const [index, content] of data.entries()) put(media, at(`source${index}`), content);
    await Promise.all(
      data.map(async (content, index) => {
        using source = media.open(at(`source${index}`), 'read');
        using target = media.create(at(`target${index}`), 0o600);
        await copyWhole(media, { source, target }, content.length, { targetIsZero: true });
      }),
    );
    for (const [index, content] of data.entries()) {
      assertSameBytes(media.readFile(at(`target${index}`)), content);
    }
  });
}

function compareContract({ name, it }: Kit, make: () => MediaFixture): void {
  it('equal runs, and empty ones, have no difference', async ({ media }, at) => {
    using files = pair(media, at, bytes(CHUNK + 5000), bytes(CHUNK + 5000));
    for (const length of [0, 1, PAGE, CHUNK, CHUNK + 5000]) {
      const found = await compareAll(media, files, length);
      assert.deepEqual(
        [...found.differing, ...found.unreadable[0], ...found.unreadable[1]],
        [],
        String(length),
      );
    }
  });

  const length = 2 * CHUNK + PAGE + 100;
  for (const [title, changed] of Object.entries({
    'the first byte': 0,
    'the last byte of the first page': PAGE - 1,
    'the last page of the first chunk': CHUNK - 1,
    'the first byte of the second chunk': CHUNK,
    'the second page of the second chunk': CHUNK + PAGE,
    'the last byte of an unfinished page': length - 1,
  })) {
    it(`names the page of ${title}`, async ({ media }, at) => {
      const other = bytes(length);
      other[changed]! ^= 1;
      using files = pair(media, at, bytes(length), other);
      const page = Math.floor(changed / PAGE) * PAGE;
      const found = await compareAll(media, files, length);
      assert.deepEqual(
        [...found.differing],
        [{ offset: page, end: Math.min(page + PAGE, length) }],
      );
      assert.ok(found.unreadable.every((side) => side.isEmpty));
    });
  }

  it('counts pages from the start of the run and offsets from the start of the first file', async ({
    media,
  }, at) => {
    const other = bytes(5 * PAGE);
    other[2 * PAGE + 10]! ^= 1;
    const shifted = new Uint8Array(7 * PAGE);
    shifted.set(other, 2 * PAGE - 100);
    using files = pair(media, at, bytes(5 * PAGE), shifted);
    const found = await media.compare(
      { file: files.source, offset: 100 },
      { file: files.target, offset: 2 * PAGE },
      4 * PAGE,
    );
    assert.deepEqual([...found.differing], [{ offset: PAGE + 100, end: 2 * PAGE + 100 }]);
  });

  it('pages behind the end of a file are unreadable on that side', async ({ media }, at) => {
    const size = CHUNK + 3 * PAGE;
    using files = pair(media, at, bytes(size), bytes(CHUNK + PAGE));
    const found = await compareAll(media, files, size);
    assert.deepEqual([...found.differing], []);
    assert.deepEqual([...found.unreadable[0]], []);
    assert.deepEqual([...found.unreadable[1]], [{ offset: CHUNK + PAGE, end: size }]);
  });

  test('pages that cannot be read are an answer, not an exception', async (t) => {
    using fixture = make();
    if (fixture.damage === undefined) {
      t.skip(`${name}: unreadable bytes cannot be made here`);
      return;
    }
    const at = (base: string): string => path.join(fixture.root, base);
    using files = pair(fixture.media, at, bytes(4 * PAGE), bytes(4 * PAGE));
    fixture.damage(at('source'), PAGE + 512, 512);
    fixture.damage(at('target'), 3 * PAGE, PAGE);
    const found = await compareAll(fixture.media, files, 4 * PAGE);
    assert.deepEqual(found.unreadable, [
      RangeSet.of({ offset: PAGE, end: 2 * PAGE }),
      RangeSet.of({ offset: 3 * PAGE, end: 4 * PAGE }),
    ]);
    assert.ok(found.differing.isEmpty);
    await assertRejects(
      copyWhole(fixture.media, files, 4 * PAGE, { targetIsZero: false }),
      'EIO',
      at('source'),
    );
  });

  it('an aborted signal ends it with the reason of the signal', async ({ media }, at) => {
    const length = 96 * MIB;
    for (const base of ['source', 'target']) {
      using file = media.create(at(base), 0o600);
      file.allocate(length);
    }
    using source = media.open(at('source'), 'read');
    using target = media.open(at('target'), 'read');
    const controller = new AbortController();
    const reason = new Error('enough');
    const comparing = media.compare(wholeOf(source), wholeOf(target), length, {
      signal: controller.signal,
      onBytes: () => controller.abort(reason),
    });
    await assert.rejects(comparing, reason);
  });
}

function copyWhole(
  media: Media,
  { source, target }: { source: MediaFile; target: MediaFile },
  length: number,
  options: CopyOptions,
): Promise<void> {
  return media.copy(wholeOf(source), wholeOf(target), length, options);
}

function compareAll(media: Media, { source, target }: Pair, length: number): Promise<Comparison> {
  return media.compare(wholeOf(source), wholeOf(target), length);
}

function wholeOf(file: MediaFile): Extent {
  return { file, offset: 0 };
}

/** Bytes that tell where they come from. */
function bytes(length: number): Uint8Array {
  const data = new Uint8Array(length);
  for (let at = 0; at < length; at++) data[at] = at * 31 + (at >> 8) * 7 + 1;
  return data;
}

function randomBytes(seed: number, length: number): Uint8Array {
  const block = seededRandom(seed)(64 * KIB);
  const data = new Uint8Array(length);
  for (let at = 0; at < length; at++) data[at] = block[at % block.length]! ^ (at >> 16);
  return data;
}

/** Zeroes some blocks, aligned and not, so that a copy that skips zeros has something to skip. */
function withHoles(data: Uint8Array): Uint8Array {
  data.fill(0, 64 * KIB, 192 * KIB);
  data.fill(0, MIB + 10, MIB + 200 * KIB);
  data.fill(0, CHUNK - 128 * KIB, CHUNK + 128 * KIB);
  return data;
}

function put(media: Media, target: string, content: Uint8Array, mode = 0o600): void {
  using file = media.create(target, 0o600);
  file.write(0, content);
  file.setAccess({ ...file.stat(), mode });
}

/** As `deepEqual`, without printing megabytes when it fails. */
export function assertSameBytes(found: Uint8Array, expected: Uint8Array): void {
  assert.equal(found.length, expected.length);
  if (Buffer.compare(found, expected) === 0) return;
  const first = expected.findIndex((byte, index) => byte !== found[index]);
  assert.fail(`byte ${first} is ${found[first]}, not ${expected[first]}`);
}

function assertFails(call: () => unknown, errno: string, target: string): void {
  assert.throws(call, (error) => isSystemError(error, errno, target));
}

async function assertRejects(call: Promise<unknown>, errno: string, target: string): Promise<void> {
  await assert.rejects(call, (error) => isSystemError(error, errno, target));
}

function isSystemError(error: unknown, errno: string, target: string): true {
  assert.ok(error instanceof SystemError, `${String(error)} is no SystemError`);
  assert.equal(error.errno, errno);
  assert.equal(error.path, target);
  assert.ok(error.message.includes(path.dirname(target)), error.message);
  return true;
}
