import { RangeSet, type Range } from '../../base/index.ts';
import { libc } from '../libc.ts';
import { NativeBuffer } from '../native-buffer.ts';
import {
  readChunk,
  runPipeline,
  type FileExtent,
  type PipelineOptions,
} from './extent-pipeline.ts';
import { MappedPair } from './mapped-pair.ts';

/** Granularity of the answer, bytes. */
export const COMPARE_PAGE = 4096;

/** Bytes of each file under comparison at a time, and how many such windows: 64 MiB mapped at most. */
const WINDOW_SIZE = 8 * 1024 * 1024;
const WINDOWS = 4;

/** Offsets count from the start of both extents. */
export interface ExtentComparison {
  readonly differing: RangeSet;
  /** Pages that could not be read in the first, and in the second file. */
  readonly unreadable: readonly [RangeSet, RangeSet];
}

interface Findings {
  readonly differing: Range[];
  readonly unreadable: readonly [Range[], Range[]];
}

/**
 * Compares `length` bytes of two files, page by page. Through mappings, which copy nothing; where a window cannot be
 * loaded whole, by reading each of its pages, so that a sector that cannot be read is an answer.
 */
export async function compareExtents(
  a: FileExtent,
  b: FileExtent,
  length: number,
  options: PipelineOptions,
): Promise<ExtentComparison> {
  const findings: Findings = { differing: [], unreadable: [[], []] };
  await runPipeline(
    { length, chunkSize: WINDOW_SIZE, lanes: WINDOWS },
    () => new MappedPair(WINDOW_SIZE),
    async (pair, at, size) => {
      if (await pair.load(a, b, at, size)) {
        if (!(await pair.isEqual(size))) findings.differing.push(...differingPages(pair, at, size));
      } else {
        await readPages(a, b, at, size, findings);
      }
      await pair.unload();
    },
    options,
  );
  return {
    differing: RangeSet.from(findings.differing),
    unreadable: [RangeSet.from(findings.unreadable[0]), RangeSet.from(findings.unreadable[1])],
  };
}

function differingPages(pair: MappedPair, at: number, size: number): readonly Range[] {
  const pages: Range[] = [];
  for (let page = 0; page < size; page += COMPARE_PAGE) {
    const length = Math.min(COMPARE_PAGE, size - page);
    if (!pair.isEqualAt(page, length, size)) {
      pages.push({ offset: at + page, end: at + page + length });
    }
  }
  return pages;
}

async function readPages(
  a: FileExtent,
  b: FileExtent,
  at: number,
  size: number,
  findings: Findings,
): Promise<void> {
  using bufferA = new NativeBuffer(COMPARE_PAGE);
  using bufferB = new NativeBuffer(COMPARE_PAGE);
  for (let page = 0; page < size; page += COMPARE_PAGE) {
    const length = Math.min(COMPARE_PAGE, size - page);
    const range = { offset: at + page, end: at + page + length };
    const countA = await readChunk(a, range.offset, length, bufferA);
    const countB = await readChunk(b, range.offset, length, bufferB);
    if (countA < length) findings.unreadable[0].push(range);
    if (countB < length) findings.unreadable[1].push(range);
    if (countA < length || countB < length) continue;
    if (libc.memcmp(bufferA.address, bufferB.address, length) !== 0) findings.differing.push(range);
  }
}
