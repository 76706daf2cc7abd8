import assert from 'node:assert/strict';
import { MIB } from '../../../../src/base/index.ts';
import type { MediaFile } from '../../../../src/pool/media/media.ts';
import { assertFails, bytes, PAGE, put } from './files.ts';
import type { Kit } from './fixture.ts';

/** Calls on an open file. */
export function fileContract({ it }: Kit): void {
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
    for (const data of [bytes(PAGE), Buffer.from(bytes(PAGE))]) {
      file.write(0, data);
      data.fill(0);
      assert.deepEqual(file.read(0, PAGE), bytes(PAGE));
    }
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

  it('exchangeBlocks puts owned zeros in place of a range, keeps the size, once or twice', (fixture, at) => {
    put(fixture.media, at('file'), bytes(4 * PAGE + 100));
    using file = fixture.media.open(at('file'), 'write');
    const expected = bytes(4 * PAGE + 100);
    expected.fill(0, PAGE, 3 * PAGE);
    expected.fill(0, 4 * PAGE);
    for (let round = 0; round < 2; round++) {
      file.exchangeBlocks(PAGE, 2 * PAGE);
      file.exchangeBlocks(4 * PAGE, PAGE);
      assert.equal(file.stat().size, 4 * PAGE + 100);
      assert.deepEqual(file.read(0, 4 * PAGE + 100), expected);
    }
    file.sync();
    assert.ok(fixture.ownedBytes(at('file')) >= 5 * PAGE);
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
      (closed) => closed.exchangeBlocks(0, PAGE),
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
