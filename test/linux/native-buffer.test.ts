import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvariantError } from '../../src/base/index.ts';
import { callAsync, libc } from '../../src/linux/libc.ts';
import { NativeBuffer } from '../../src/linux/native-buffer.ts';

test('a buffer begins at a page, holds zeros, and is its own', async () => {
  using a = new NativeBuffer(8192);
  using b = new NativeBuffer(8192);
  assert.equal(a.address % 4096, 0);
  assert.ok(Math.abs(a.address - b.address) >= 8192);
  assert.equal(libc.memcmp(a.address, b.address, 8192), 0);
  assert.equal(await callAsync(libc.memcmp, a.address, b.address, 8192), 0);
});

test('a buffer that is disposed twice is a bug of ours', () => {
  const buffer = new NativeBuffer(4096);
  buffer[Symbol.dispose]();
  assert.throws(() => buffer[Symbol.dispose](), InvariantError);
});

test('a buffer larger than memory can be is an error, not an address', () => {
  assert.throws(() => new NativeBuffer(2 ** 50), { code: 'system' });
});
