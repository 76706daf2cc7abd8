import { RangeSet, type Range } from '../../base/index.ts';
import type { Part } from '../poolset/index.ts';

/**
 * A recovery file says which byte ranges of one part are bad. It is written before they are cleared, because afterwards
 * nobody else knows: a cleared block reads as zeros. Format as PMDK 1.12.1 src/libpmempool/sync.c and
 * src/common/bad_blocks.c have it: pairs of decimal numbers, offset and length in bytes, ended by the pair `0 0`.
 */
export type RecoveryFile =
  | { readonly kind: 'complete'; readonly ranges: RangeSet; readonly owner: string | undefined }
  /** Ends before `0 0`: its writer died, or somebody cut it. `isEmpty` when it holds nothing at all. */
  | { readonly kind: 'incomplete'; readonly ranges: RangeSet; readonly isEmpty: boolean }
  | { readonly kind: 'invalid'; readonly reason: string };

/** `<set file>_r<R>_p<P>_badblocks.txt`, with the set file's path as it was given. */
export function recoveryFilePath(setPath: string, part: Pick<Part, 'replica' | 'index'>): string {
  return `${setPath}_r${part.replica}_p${part.index}_badblocks.txt`;
}

const OWNER = 'resilver';

/**
 * The text of a recovery file. Readers of the reference stop at `0 0`, so the line behind it can say whose it is: the
 * uuid of the pool set and the name of the part.
 */
export function formatRecoveryFile(ranges: RangeSet, owner: string): string {
  const lines = ranges.ranges.map(({ offset, end }) => `${offset} ${end - offset}\n`);
  return `${lines.join('')}0 0\n# ${OWNER} ${owner}\n`;
}

/** Never throws. Line structure does not matter, only the sequence of numbers. */
export function parseRecoveryFile(text: string): RecoveryFile {
  const ranges: Range[] = [];
  const pairs = /^\s*(\d+)\s+(\d+)(?=\s|$)/;
  let rest = text;
  for (let pair = pairs.exec(rest); pair !== null; pair = pairs.exec(rest)) {
    rest = rest.slice(pair[0].length);
    const [offset, length] = [Number(pair[1]), Number(pair[2])];
    if (offset === 0 && length === 0) {
      const owner = new RegExp(`^\\s*# ${OWNER} (.+)$`, 'm').exec(rest)?.[1];
      return { kind: 'complete', ranges: RangeSet.from(ranges), owner };
    }
    const problem = pairProblem(offset, length, ranges.at(-1));
    if (problem !== undefined) return { kind: 'invalid', reason: problem };
    ranges.push({ offset, end: offset + length });
  }
  const isEmpty = text.trim() === '';
  return { kind: 'incomplete', ranges: RangeSet.from(ranges), isEmpty };
}

function pairProblem(offset: number, length: number, last: Range | undefined): string | undefined {
  if (!Number.isSafeInteger(offset + length)) return 'a range is beyond any file';
  if (length === 0) return 'a range is empty';
  return last !== undefined && offset < last.end
    ? 'bad blocks are not sorted by the offset in ascending order'
    : undefined;
}

/** What the recovery files of all existing parts say together. */
export type RecoveryState =
  | { readonly kind: 'none' }
  /** Every part has one: these ranges are the bad blocks, whatever the device says now. */
  | { readonly kind: 'complete'; readonly ranges: ReadonlyMap<string, RangeSet> }
  /**
   * Files are missing or cut. `lost` are the parts whose record is missing or cut for another reason than that the writer
   * died before it cleared anything: any of their bytes may have been zeroed.
   */
  | {
      readonly kind: 'incomplete';
      readonly ranges: ReadonlyMap<string, RangeSet>;
      readonly lost: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly part: string; readonly reason: string };

/**
 * Judges the files in the order in which they are written, `undefined` where there is none. The protocol: all files are made,
 * empty; then each is filled, in order; then the blocks are cleared. So a set of files none of which says anything was
 * left by a writer that died before it cleared anything. In any other incomplete set something was lost afterwards,
 * or may have been.
 */
export function judgeRecoveryFiles(
  files: readonly (readonly [part: string, file: RecoveryFile | undefined])[],
): RecoveryState {
  const present = files.filter(([, file]) => file !== undefined);
  if (present.length === 0) return { kind: 'none' };
  for (const [part, file] of present) {
    if (file?.kind === 'invalid') return { kind: 'invalid', part, reason: file.reason };
  }
  const ranges = new Map(
    present.flatMap(([part, file]) =>
      file === undefined || file.kind === 'invalid' ? [] : [[part, file.ranges] as const],
    ),
  );
  const unfinished = files.filter(([, file]) => file?.kind !== 'complete').map(([part]) => part);
  if (unfinished.length === 0) return { kind: 'complete', ranges };
  const untouched = present.every(([, file]) => file?.kind === 'incomplete' && file.isEmpty);
  return { kind: 'incomplete', ranges, lost: untouched ? [] : unfinished };
}
