import fs from 'node:fs';
import { RangeSet, type Range } from '../../base/index.ts';
import {
  readChunk,
  runPipeline,
  type FileExtent,
  type PipelineOptions,
} from '../copy/extent-pipeline.ts';
import { openDirect } from '../copy/direct-io.ts';
import { NativeBuffer } from '../native-buffer.ts';

/** Granularity of the answer, bytes. */
export const PROBE_PAGE = 4096;
const CHUNK_SIZE = 4 * 1024 * 1024;
const CHUNKS_IN_FLIGHT = 4;

export interface ProbeResult {
  /** Pages of the extent that the device does not give; offsets count from the start of the extent. */
  readonly unreadable: RangeSet;
  /** False when the file system has no direct reads: what the page cache holds was not asked of the device. */
  readonly direct: boolean;
}

/**
 * Reads `length` bytes from the device itself, past the page cache, and says which pages it does not give. Knows no list
 * and needs none, so it serves every kind of disk.
 */
export async function probeExtent(
  extent: FileExtent,
  length: number,
  options: PipelineOptions,
): Promise<ProbeResult> {
  const directFd = openDirect(extent, 'read');
  const source = { ...extent, fd: directFd ?? extent.fd };
  const bad: Range[] = [];
  try {
    await runPipeline(
      { length, chunkSize: CHUNK_SIZE, lanes: CHUNKS_IN_FLIGHT },
      () => new NativeBuffer(CHUNK_SIZE),
      async (buffer, at, size) => {
        if ((await readChunk(source, at, size, buffer)) < size) {
          bad.push(...(await badPages(source, at, size, buffer)));
        }
      },
      options,
    );
  } finally {
    if (directFd !== undefined) fs.closeSync(directFd);
  }
  return { unreadable: RangeSet.from(bad), direct: directFd !== undefined };
}

async function badPages(
  source: FileExtent,
  at: number,
  size: number,
  buffer: NativeBuffer,
): Promise<Range[]> {
  const bad: Range[] = [];
  for (let page = 0; page < size; page += PROBE_PAGE) {
    const length = Math.min(PROBE_PAGE, size - page);
    if ((await readChunk(source, at + page, length, buffer)) < length) {
      bad.push({ offset: at + page, end: at + page + length });
    }
  }
  return bad;
}
