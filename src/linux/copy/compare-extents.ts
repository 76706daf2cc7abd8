import fs from 'node:fs';
import { RangeSet, type Range } from '../../base/index.ts';
import { libc } from '../libc.ts';
import { NativeBuffer } from '../native-buffer.ts';
import { DIRECT_ALIGNMENT, openDirect } from './direct-io.ts';
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

/**
 * Page by page, from the device itself where possible: through the page cache one bad sector takes its neighbours with
 * it, because the kernel reads in larger pieces.
 */
async function readPages(
  a: FileExtent,
  b: FileExtent,
  at: number,
  size: number,
  findings: Findings,
): Promise<void> {
  const [fdA, fdB] = [openDirect(a, 'read'), openDirect(b, 'read')];
  const [directA, directB] = [
    { ...a, fd: fdA ?? a.fd },
    { ...b, fd: fdB ?? b.fd },
  ];
  using bufferA = new NativeBuffer(COMPARE_PAGE);
  using bufferB = new NativeBuffer(COMPARE_PAGE);
  try {
    for (let page = 0; page < size; page += COMPARE_PAGE) {
      const length = Math.min(COMPARE_PAGE, size - page);
      const range = { offset: at + page, end: at + page + length };
      const hasA = await readPage(directA, a, range, bufferA);
      const hasB = await readPage(directB, b, range, bufferB);
      if (!hasA) findings.unreadable[0].push(range);
      if (!hasB) findings.unreadable[1].push(range);
      if (!hasA || !hasB) continue;
      if (libc.memcmp(bufferA.address, bufferB.address, length) !== 0) {
        findings.differing.push(range);
      }
    }
  } finally {
    for (const fd of [fdA, fdB]) if (fd !== undefined) fs.closeSync(fd);
  }
}

/** The second attempt is for what direct reads cannot do: unaligned ranges. */
async function readPage(
  direct: FileExtent,
  buffered: FileExtent,
  { offset, end }: Range,
  buffer: NativeBuffer,
): Promise<boolean> {
  const length = end - offset;
  if ((await readChunk(direct, offset, length, buffer)) === length) return true;
  const aligned = (buffered.offset + offset) % DIRECT_ALIGNMENT === 0 && length === COMPARE_PAGE;
  if (aligned && direct.fd !== buffered.fd) return false;
  return (await readChunk(buffered, offset, length, buffer)) === length;
}
