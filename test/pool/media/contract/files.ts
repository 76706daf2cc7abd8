import assert from 'node:assert/strict';
import path from 'node:path';
import { KIB, MIB, SystemError, seededRandom } from '../../../../src/base/index.ts';
import type {
  Comparison,
  CopyOptions,
  Extent,
  Media,
  MediaFile,
} from '../../../../src/pool/media/media.ts';

/** Size of the pieces in which the real medium reads, and the memory medium writes. */
export const CHUNK = 2 * MIB;
export const PAGE = 4096;

/** Two open files, one to read and one to write. */
export interface Pair extends Disposable {
  readonly source: MediaFile;
  readonly target: MediaFile;
}

export function pair(
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

export function copyWhole(
  media: Media,
  { source, target }: { source: MediaFile; target: MediaFile },
  length: number,
  options: CopyOptions,
): Promise<void> {
  return media.copy(wholeOf(source), wholeOf(target), length, options);
}

export function compareAll(
  media: Media,
  { source, target }: Pair,
  length: number,
): Promise<Comparison> {
  return media.compare(wholeOf(source), wholeOf(target), length);
}

export function wholeOf(file: MediaFile): Extent {
  return { file, offset: 0 };
}

/** Bytes that tell where they come from. */
export function bytes(length: number): Uint8Array {
  const data = new Uint8Array(length);
  for (let at = 0; at < length; at++) data[at] = at * 31 + (at >> 8) * 7 + 1;
  return data;
}

export function randomBytes(seed: number, length: number): Uint8Array {
  const block = seededRandom(seed)(64 * KIB);
  const data = new Uint8Array(length);
  for (let at = 0; at < length; at++) data[at] = block[at % block.length]! ^ (at >> 16);
  return data;
}

/** Zeroes some blocks, aligned and not, so that a copy that skips zeros has something to skip. */
export function withHoles(data: Uint8Array): Uint8Array {
  data.fill(0, 64 * KIB, 192 * KIB);
  data.fill(0, MIB + 10, MIB + 200 * KIB);
  data.fill(0, CHUNK - 128 * KIB, CHUNK + 128 * KIB);
  return data;
}

export function put(media: Media, target: string, content: Uint8Array, mode = 0o600): void {
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

export function assertFails(call: () => unknown, errno: string, target: string): void {
  assert.throws(call, (error) => isSystemError(error, errno, target));
}

export async function assertRejects(
  call: Promise<unknown>,
  errno: string,
  target: string,
): Promise<void> {
  await assert.rejects(call, (error) => isSystemError(error, errno, target));
}

function isSystemError(error: unknown, errno: string, target: string): true {
  assert.ok(error instanceof SystemError, `${String(error)} is no SystemError`);
  assert.equal(error.errno, errno);
  assert.equal(error.path, target);
  assert.ok(error.message.includes(path.dirname(target)), error.message);
  return true;
}
