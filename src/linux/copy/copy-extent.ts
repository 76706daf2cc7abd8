import fs from 'node:fs';
import { errnoOf } from '../../base/index.ts';
import { libc } from '../libc.ts';
import { NativeBuffer } from '../native-buffer.ts';
import { DIRECT_ALIGNMENT, openDirect } from './direct-io.ts';
import {
  readChunk,
  readFailure,
  runPipeline,
  writeChunk,
  type FileExtent,
  type PipelineOptions,
} from './extent-pipeline.ts';

/** Large enough to make the cost of a call vanish, small enough to stay in the cache until it is written. */
const CHUNK_SIZE = 2 * 1024 * 1024;
const CHUNKS_IN_FLIGHT = 4;
/** Runs of zeros at least this long stay unwritten. */
const ZERO_BLOCK = 64 * 1024;

export interface CopyExtentOptions extends PipelineOptions {
  /** The target is known to read as zeros: blocks that are zero in the source are not written. */
  readonly targetIsZero: boolean;
}

/**
 * Copies `length` bytes between two files through memory, so that the copy owns its blocks on file systems whose
 * `copy_file_range` would share them. Writes bypass the page cache where the file system allows and the range is aligned:
 * a repair has no reason to fill the cache, and a failed write is known at once. Not durable until `fsync` of the target.
 * @throws SystemError
 */
export async function copyExtent(
  source: FileExtent,
  target: FileExtent,
  length: number,
  options: CopyExtentOptions,
): Promise<void> {
  if (length === 0) return;
  using zeros = new NativeBuffer(ZERO_BLOCK);
  using writer = openWriter(target, length);
  await runPipeline(
    { length, chunkSize: CHUNK_SIZE, lanes: CHUNKS_IN_FLIGHT },
    () => new NativeBuffer(CHUNK_SIZE),
    async (buffer, at, size) => {
      const count = await readChunk(source, at, size, buffer);
      if (count < size) throw readFailure(source, at + count);
      const runs = options.targetIsZero ? dataRuns(buffer, size, zeros) : [{ from: 0, to: size }];
      for (const { from, to } of runs) {
        await writer.write(at + from, buffer.address + from, to - from);
      }
    },
    options,
  );
}

/** The parts of a chunk that hold anything but zeros, in steps of `ZERO_BLOCK`. */
function dataRuns(
  buffer: NativeBuffer,
  size: number,
  zeros: NativeBuffer,
): readonly { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let from = 0; from < size; from += ZERO_BLOCK) {
    const to = Math.min(from + ZERO_BLOCK, size);
    if (libc.memcmp(buffer.address + from, zeros.address, to - from) === 0) continue;
    const last = runs.at(-1);
    if (last?.to === from) last.to = to;
    else runs.push({ from, to });
  }
  return runs;
}

interface Writer extends Disposable {
  /** Writes `size` bytes of native memory at `at` bytes into the target extent. */
  write(at: number, address: number, size: number): Promise<void>;
}

/** Writes past the page cache through a second descriptor; through the given one where that is not possible. */
function openWriter(target: FileExtent, length: number): Writer {
  const aligned = target.offset % DIRECT_ALIGNMENT === 0 && length % DIRECT_ALIGNMENT === 0;
  const directFd = aligned ? openDirect(target, 'write') : undefined;
  let direct = directFd === undefined ? undefined : { ...target, fd: directFd };
  return {
    async write(at, address, size) {
      if (direct === undefined) return writeChunk(target, at, address, size);
      try {
        await writeChunk(direct, at, address, size);
      } catch (error) {
        if (errnoOf(error) !== 'EINVAL') throw error;
        // The device wants a larger alignment than ours.
        direct = undefined;
        await writeChunk(target, at, address, size);
      }
    },
    [Symbol.dispose]() {
      if (directFd !== undefined) fs.closeSync(directFd);
    },
  };
}
