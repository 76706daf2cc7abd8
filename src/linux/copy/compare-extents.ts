import { RangeSet, type Range } from '../../base/index.ts';
import { callAsync, libc } from '../libc.ts';
import { NativeBuffer } from '../native-buffer.ts';
import {
  CHUNK_SIZE,
  readChunk,
  runPipeline,
  type FileExtent,
  type PipelineOptions,
} from './extent-pipeline.ts';

/** Granularity of the answer, bytes. */
export const COMPARE_PAGE = 4096;

/** Offsets count from the start of both extents. */
export interface ExtentComparison {
  readonly differing: RangeSet;
  /** Pages that could not be read in the first, and in the second file. */
  readonly unreadable: readonly [RangeSet, RangeSet];
}

interface Lane extends Disposable {
  readonly a: NativeBuffer;
  readonly b: NativeBuffer;
}

/**
 * Compares `length` bytes of two files, page by page. Reads into buffers rather than through a mapping: a
 * sector that cannot be read is then an answer, where a mapping would end the process with SIGBUS.
 */
export async function compareExtents(
  a: FileExtent,
  b: FileExtent,
  length: number,
  options: PipelineOptions,
): Promise<ExtentComparison> {
  const differing: Range[] = [];
  const unreadable: [Range[], Range[]] = [[], []];
  await runPipeline(
    length,
    makeLane,
    async (lane, at, size) => {
      const [countA, countB] = await Promise.all([
        readChunk(a, at, size, lane.a),
        readChunk(b, at, size, lane.b),
      ]);
      if (countA === size && countB === size) {
        if ((await callAsync(libc.memcmp, lane.a.address, lane.b.address, size)) === 0) return;
        differing.push(...differingPages(lane, at, 0, size));
      } else {
        await comparePageByPage(a, b, at, size, lane, { differing, unreadable });
      }
    },
    options,
  );
  return {
    differing: RangeSet.from(differing),
    unreadable: [RangeSet.from(unreadable[0]), RangeSet.from(unreadable[1])],
  };
}

function makeLane(): Lane {
  const a = new NativeBuffer(CHUNK_SIZE);
  const b = new NativeBuffer(CHUNK_SIZE);
  return {
    a,
    b,
    [Symbol.dispose]() {
      a[Symbol.dispose]();
      b[Symbol.dispose]();
    },
  };
}

/** Pages of the chunk at `at` that differ in the lane's buffers, which hold the chunk from `from` to `to`. */
function differingPages({ a, b }: Lane, at: number, from: number, to: number): Range[] {
  const pages: Range[] = [];
  for (let page = from; page < to; page += COMPARE_PAGE) {
    const size = Math.min(COMPARE_PAGE, to - page);
    if (libc.memcmp(a.address + page, b.address + page, size) !== 0) {
      pages.push({ offset: at + page, end: at + page + size });
    }
  }
  return pages;
}

async function comparePageByPage(
  a: FileExtent,
  b: FileExtent,
  at: number,
  size: number,
  lane: Lane,
  result: { differing: Range[]; unreadable: [Range[], Range[]] },
): Promise<void> {
  for (let page = 0; page < size; page += COMPARE_PAGE) {
    const pageSize = Math.min(COMPARE_PAGE, size - page);
    const range = { offset: at + page, end: at + page + pageSize };
    const countA = await readChunk(a, range.offset, pageSize, lane.a);
    const countB = await readChunk(b, range.offset, pageSize, lane.b);
    if (countA < pageSize) result.unreadable[0].push(range);
    if (countB < pageSize) result.unreadable[1].push(range);
    if (countA < pageSize || countB < pageSize) continue;
    if (libc.memcmp(lane.a.address, lane.b.address, pageSize) !== 0) result.differing.push(range);
  }
}
