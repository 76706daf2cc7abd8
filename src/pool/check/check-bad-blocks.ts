import { RangeSet } from '../../base/index.ts';
import { POOL_HDR_SIZE } from '../layout/index.ts';
import { allParts, PAGE, partName, type Part, type PoolSet } from '../poolset/index.ts';
import type { RecoveryState } from '../recovery/index.ts';
import { finding, type Finding } from './finding.ts';

/** What is known of bad blocks, and from whom. Ranges are bytes of the part's file, by part name. */
export interface BadBlockEvidence {
  readonly recovery: RecoveryState;
  /** Paths of the recovery files that exist. */
  readonly recoveryFiles: readonly string[];
  readonly asked: ReadonlyMap<string, RangeSet>;
  /** Sources that could not say. Never the same as "none". */
  readonly unanswered: readonly UnansweredQuestion[];
  /** The user has asked for bad blocks to be looked for and healed. */
  readonly fix: boolean;
}

export interface UnansweredQuestion {
  readonly part: string;
  readonly source: string;
  readonly kind: 'unsupported' | 'failed';
  readonly reason: string;
}

export const NO_BAD_BLOCKS: BadBlockEvidence = {
  recovery: { kind: 'none' },
  recoveryFiles: [],
  asked: new Map(),
  unanswered: [],
  fix: false,
};

/** The bad ranges of a part: a complete set of recovery files speaks for the devices, which may have forgotten. */
export function badRangesInFile(evidence: BadBlockEvidence, part: Part): RangeSet {
  const name = partName(part);
  const { recovery } = evidence;
  const recorded =
    recovery.kind === 'complete' || recovery.kind === 'incomplete'
      ? (recovery.ranges.get(name) ?? RangeSet.empty)
      : RangeSet.empty;
  if (recovery.kind === 'complete') return recorded;
  return recorded.union(evidence.asked.get(name) ?? RangeSet.empty);
}

/** File ranges of a part as pages of the pool. What lies in the pool header is no pool data. */
export function toPoolRanges(part: Part, inFile: RangeSet): RangeSet {
  const offset = part.index === 0 ? PAGE : part.dataOffset;
  const data = { offset, end: part.dataOffset + part.poolLength };
  return inFile
    .widen(PAGE)
    .intersect(RangeSet.of(data))
    .shift(part.poolOffset - part.dataOffset);
}

export function hitsHeader(part: Part, inFile: RangeSet): boolean {
  return (
    part.hasHeader && !inFile.intersect(RangeSet.of({ offset: 0, end: POOL_HDR_SIZE })).isEmpty
  );
}

/** Findings about bad blocks, in the order in which the reference meets them: records first, then devices. */
export function badBlockFindings(set: PoolSet, evidence: BadBlockEvidence): readonly Finding[] {
  return [
    ...recoveryFindings(evidence),
    ...allParts(set).flatMap((part) => {
      const ranges = badRangesInFile(evidence, part);
      if (ranges.isEmpty) return [];
      const text = `${partName(part)} (${part.path}) has ${ranges.byteCount} bytes in bad blocks`;
      const where = { replica: part.replica, part: part.index };
      return [finding('bad-blocks', 'damage', where, text, { fileRanges: ranges.ranges })];
    }),
    ...evidence.unanswered.map(({ part, source, kind, reason }) => {
      const [, replica, index] = /^r(\d+)p(\d+)$/.exec(part)!.map(Number);
      const where = { replica: replica!, part: index! };
      return kind === 'failed'
        ? finding(
            'bad-blocks-unknown',
            'fatal',
            where,
            `${part}: asking the ${source} for bad blocks failed: ${reason}`,
          )
        : finding(
            'bad-blocks-unsupported',
            'warning',
            where,
            `${part}: the ${source} cannot say whether there are bad blocks: ${reason}`,
          );
    }),
  ];
}

function recoveryFindings({ recovery, recoveryFiles, fix }: BadBlockEvidence): readonly Finding[] {
  switch (recovery.kind) {
    case 'none':
      return [];
    case 'invalid': {
      const text = `The recovery file of ${recovery.part} cannot be used: ${recovery.reason}`;
      return [finding('recovery-file-invalid', 'fatal', {}, text, { part: recovery.part })];
    }
    case 'complete':
    case 'incomplete': {
      const severity = fix ? 'damage' : 'fatal';
      const files = recoveryFiles.join(', ');
      const text = `A repair of bad blocks was begun and not finished: ${files}`;
      const found = finding('recovery-file-present', severity, {}, text, { files: recoveryFiles });
      if (recovery.kind === 'complete' || recovery.lost.length === 0) return [found];
      const lost = `The recovery file of ${recovery.lost.join(', ')} is missing or cut: what was bad there is no longer known, so all of it is compared`;
      return [
        found,
        finding('recovery-files-incomplete', 'damage', {}, lost, { parts: recovery.lost }),
      ];
    }
  }
}
