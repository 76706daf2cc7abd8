import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { MIB, SystemError } from '../../../src/base/index.ts';
import { copyExtent, reserve } from '../../../src/linux/index.ts';
import { ScratchFiles } from '../../support/scratch-files.ts';
import { anyContent, anyOffset, contentOf } from './random-extents.ts';

describe('copyExtent', () => {
  test('does to a file what copying does to a buffer', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyContent,
        anyOffset,
        anyOffset,
        fc.boolean(),
        async (blocks, sourceOffset, targetOffset, targetIsZero) => {
          using files = new ScratchFiles();
          const content = contentOf(blocks);
          const length = Math.max(0, content.length - sourceOffset);
          const before = Buffer.alloc(targetOffset + length + 5000, targetIsZero ? 0 : 0xa5);
          const source = { ...files.make('source', content), offset: sourceOffset };
          const target = { ...files.make('target', before), offset: targetOffset };
          let counted = 0;
          await copyExtent(source, target, length, {
            targetIsZero,
            onBytes: (count) => void (counted += count),
          });
          if (length > 0) content.copy(before, targetOffset, sourceOffset);
          assert.ok(before.equals(files.read(target)), 'the target has the expected bytes');
          assert.ok(content.equals(files.read(source)), 'the source is as it was');
          assert.equal(counted, length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('leaves zeros unwritten but their blocks reserved', async () => {
    using files = new ScratchFiles();
    const source = files.make('source', new Uint8Array(8 * MIB));
    const target = files.make('target', new Uint8Array(0));
    reserve(target.fd, 0, 8 * MIB, target.path);
    const before = fs.fstatSync(target.fd);
    await copyExtent(source, target, 8 * MIB, { targetIsZero: true });
    fs.fsyncSync(target.fd);
    const after = fs.fstatSync(target.fd);
    assert.ok(before.blocks * 512 >= 8 * MIB);
    assert.equal(after.blocks, before.blocks);
    assert.equal(after.mtimeMs, before.mtimeMs, 'nothing was written');
    assert.ok(files.read(target).every((byte) => byte === 0));
  });

  test('leaves zeros between data unwritten', async () => {
    using files = new ScratchFiles();
    const content = new Uint8Array(2 * MIB).fill(1, 0, 64 * 1024).fill(1, 2 * MIB - 64 * 1024);
    const source = files.make('source', content);
    const target = files.makeSparse('target', 2 * MIB);
    await copyExtent(source, target, 2 * MIB, { targetIsZero: true });
    fs.fsyncSync(target.fd);
    assert.ok(fs.fstatSync(target.fd).blocks * 512 <= 256 * 1024);
    assert.ok(files.read(target).equals(content));
  });

  test('writes zeros over a target that is not known to be zero', async () => {
    using files = new ScratchFiles();
    const source = files.make('source', new Uint8Array(3 * MIB));
    const target = files.make('target', new Uint8Array(3 * MIB).fill(1));
    await copyExtent(source, target, 3 * MIB, { targetIsZero: false });
    assert.ok(files.read(target).every((byte) => byte === 0));
  });

  test('does not write through a descriptor that was opened for reading', async () => {
    using files = new ScratchFiles();
    const source = files.make('source', new Uint8Array(MIB).fill(1));
    const target = files.make('target', new Uint8Array(MIB), 'r');
    await assert.rejects(
      copyExtent(source, target, MIB, { targetIsZero: false }),
      isErrno('EBADF'),
    );
    assert.ok(files.read(target).every((byte) => byte === 0));
  });

  test('copies to a file that has lost its name to another one', async () => {
    using files = new ScratchFiles();
    const source = files.make('source', new Uint8Array(MIB).fill(1));
    const target = files.make('target', new Uint8Array(MIB));
    const other = files.make('other', new Uint8Array(MIB));
    fs.renameSync(other.path, target.path);
    await copyExtent(source, target, MIB, { targetIsZero: true });
    assert.ok(
      fs.readFileSync(target.path).every((byte) => byte === 0),
      'the new file is untouched',
    );
    const copied = Buffer.alloc(MIB);
    fs.readSync(target.fd, copied, 0, MIB, 0);
    assert.ok(copied.every((byte) => byte === 1));
  });

  test('a source that ends early is an EIO that names file and byte', async () => {
    using files = new ScratchFiles();
    const source = files.make('source', new Uint8Array(MIB + 10));
    const target = files.make('target', new Uint8Array(0));
    await assert.rejects(copyExtent(source, target, 2 * MIB, { targetIsZero: true }), (error) => {
      assert.ok(error instanceof SystemError);
      assert.equal(error.errno, 'EIO');
      assert.equal(error.path, source.path);
      assert.match(error.message, new RegExp(`byte ${MIB + 10}`));
      return true;
    });
  });

  test('nothing is written after an abort has been reported', async () => {
    using files = new ScratchFiles();
    const source = files.make('source', new Uint8Array(32 * MIB).fill(1));
    const target = files.make('target', new Uint8Array(32 * MIB));
    const controller = new AbortController();
    const copying = copyExtent(source, target, 32 * MIB, {
      targetIsZero: false,
      signal: controller.signal,
      onBytes: () => controller.abort(),
    });
    await assert.rejects(copying, { name: 'AbortError' });
    const atAbort = files.read(target);
    assert.ok(atAbort.includes(0), 'it was not finished');
    await delay(100);
    assert.ok(atAbort.equals(files.read(target)), 'no call was still under way');
  });

  test('a signal that is aborted from the start lets nothing be written', async () => {
    using files = new ScratchFiles();
    const source = files.make('source', new Uint8Array(MIB).fill(1));
    const target = files.make('target', new Uint8Array(MIB));
    const options = { targetIsZero: false, signal: AbortSignal.abort() };
    await assert.rejects(copyExtent(source, target, MIB, options), { name: 'AbortError' });
    assert.ok(files.read(target).every((byte) => byte === 0));
  });

  test('leaves no descriptor open, whether it succeeds, fails or is aborted', async () => {
    using files = new ScratchFiles();
    const source = files.make('source', new Uint8Array(MIB));
    const target = files.make('target', new Uint8Array(MIB));
    const before = fs.readdirSync('/proc/self/fd').length;
    await copyExtent(source, target, MIB, { targetIsZero: false });
    await assert.rejects(copyExtent(source, target, 2 * MIB, { targetIsZero: false }));
    await assert.rejects(
      copyExtent(source, target, MIB, { targetIsZero: false, signal: AbortSignal.abort() }),
    );
    assert.equal(fs.readdirSync('/proc/self/fd').length, before);
  });
});

function isErrno(errno: string): (error: unknown) => boolean {
  return (error) => error instanceof SystemError && error.errno === errno;
}
