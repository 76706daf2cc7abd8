import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { MIB, SystemError } from '../../src/base/index.ts';
import { reserve } from '../../src/linux/index.ts';
import { loopFileSystem } from '../support/loop-file-system.ts';
import { ScratchFiles } from '../support/scratch-files.ts';

describe('reserve', () => {
  test('makes the file longer, owns the blocks, keeps what is there, once or twice', () => {
    using files = new ScratchFiles();
    const file = files.make('file', new Uint8Array(100).fill(7));
    for (let round = 0; round < 2; round++) {
      assert.equal(reserve(file.fd, 0, MIB, file.path), true);
      const { size, blocks } = fs.fstatSync(file.fd);
      assert.equal(size, MIB);
      assert.ok(blocks * 512 >= MIB);
      assert.ok(
        files.read(file).equals(Buffer.concat([Buffer.alloc(100, 7), Buffer.alloc(MIB - 100)])),
      );
    }
  });

  test('is an ENOSPC that names the file where there is no room', (t) => {
    using volume = loopFileSystem(t, 'ext4', 32 * MIB);
    if (volume === undefined) return;
    const target = `${volume.path}/file`;
    const fd = fs.openSync(target, 'w+');
    try {
      assert.throws(
        () => reserve(fd, 0, 64 * MIB, target),
        (error) =>
          error instanceof SystemError && error.errno === 'ENOSPC' && error.path === target,
      );
    } finally {
      fs.closeSync(fd);
    }
  });

  test('is false where the file system cannot reserve', () => {
    // No file system of the proc kind can; writing is what the caller does instead.
    const fd = fs.openSync('/proc/self/comm', 'r+');
    try {
      assert.equal(reserve(fd, 0, 4096, '/proc/self/comm'), false);
    } finally {
      fs.closeSync(fd);
    }
  });

  test('is an EBADF for a descriptor that was opened for reading', () => {
    using files = new ScratchFiles();
    const file = files.make('file', new Uint8Array(1), 'r');
    assert.throws(
      () => reserve(file.fd, 0, 4096, file.path),
      (error) => error instanceof SystemError && error.errno === 'EBADF',
    );
  });
});
