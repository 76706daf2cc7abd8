import fs from 'node:fs';
import { SystemError } from '../../base/index.ts';
import { callAsync, failed, libc } from '../libc.ts';
import type { NativeBuffer } from '../native-buffer.ts';

/** A run of bytes of an open file. */
export interface FileExtent {
  readonly fd: number;
  /** For messages. */
  readonly path: string;
  readonly offset: number;
}

/** How a long run of bytes is cut up, and how many chunks are under way at a time. libuv runs four threads. */
export interface Cut {
  readonly length: number;
  readonly chunkSize: number;
  readonly lanes: number;
}

export interface PipelineOptions {
  readonly onBytes?: ((count: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Cuts a run of bytes into chunks and hands each to one of a few lanes; a lane keeps its buffers from chunk to chunk.
 * The first failure stops all lanes; buffers are freed only after every lane has come to rest.
 */
export async function runPipeline<Lane extends Disposable>(
  { length, chunkSize, lanes }: Cut,
  makeLane: () => Lane,
  work: (lane: Lane, at: number, size: number) => Promise<void>,
  options: PipelineOptions,
): Promise<void> {
  const halt = new AbortController();
  let next = 0;
  const runLane = async (): Promise<void> => {
    using lane = makeLane();
    while (!halt.signal.aborted && next < length) {
      options.signal?.throwIfAborted();
      const at = next;
      const size = Math.min(chunkSize, length - at);
      next += size;
      await work(lane, at, size);
      options.onBytes?.(size);
    }
  };
  const laneCount = Math.min(lanes, Math.ceil(length / chunkSize));
  const running = Array.from({ length: laneCount }, () =>
    runLane().catch((error: unknown) => {
      halt.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(running);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** Fills the start of `buffer` with `size` bytes at `extent.offset + at`. Returns how many came before the first failure. */
export async function readChunk(
  extent: FileExtent,
  at: number,
  size: number,
  buffer: NativeBuffer,
): Promise<number> {
  let done = 0;
  while (done < size) {
    const count = await callAsync(
      libc.pread,
      extent.fd,
      buffer.address + done,
      size - done,
      extent.offset + at + done,
    );
    if (count <= 0) break;
    done += count;
  }
  return done;
}

/** Repeats a read that failed to learn why. @returns the error to throw */
export function readFailure(extent: FileExtent, offset: number): SystemError {
  const probe = Buffer.alloc(1);
  try {
    if (fs.readSync(extent.fd, probe, 0, 1, extent.offset + offset) === 1) {
      return unreadable(extent, offset);
    }
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    return new SystemError(`Cannot read ${extent.path} at byte ${extent.offset + offset}`, {
      errno,
      syscall: 'pread',
      path: extent.path,
    });
  }
  return unreadable(extent, offset);
}

function unreadable(extent: FileExtent, offset: number): SystemError {
  return new SystemError(`Cannot read ${extent.path} at byte ${extent.offset + offset}`, {
    errno: 'EIO',
    syscall: 'pread',
    path: extent.path,
  });
}

/** Writes all `size` bytes from `address`. @throws SystemError */
export async function writeChunk(
  target: FileExtent,
  at: number,
  address: number,
  size: number,
): Promise<void> {
  let done = 0;
  while (done < size) {
    const offset = target.offset + at + done;
    let count = await callAsync(libc.pwrite, target.fd, address + done, size - done, offset);
    // The thread that failed took its errno with it; the same write again, here, either succeeds or tells.
    if (count <= 0) count = libc.pwrite(target.fd, address + done, size - done, offset);
    if (count <= 0)
      throw failed(`Cannot write ${target.path} at byte ${offset}`, 'pwrite', target.path);
    done += count;
  }
}
