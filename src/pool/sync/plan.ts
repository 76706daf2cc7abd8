import {
  RangeSet,
  systemClock,
  systemRandom,
  type Clock,
  type Random,
  type Range,
} from '../../base/index.ts';
import { badRangesInFile, type Assignment, type PartHealth } from '../check/index.ts';
import { formatPoolUuid } from '../layout/index.ts';
import { allParts, partName, split, type Part, type Replica } from '../poolset/index.ts';
import { formatRecoveryFile, recoveryFilePath } from '../recovery/index.ts';
import type { Place, Survey } from '../survey/index.ts';
import { combinationDoubts } from './combination.ts';
import { buildHeaders, type HeaderPlan } from './headers.ts';
import { admissionRefusals, placeRefusals, type Refusal } from './refusals.ts';

/** A run of bytes that a repair copies. Offsets count from the start of each file. */
export interface CopyPiece {
  readonly source: Part;
  readonly sourceOffset: number;
  readonly targetOffset: number;
  readonly length: number;
}

/** Permission bits and owner of a new part. */
export interface Access {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * What a repair does, in this order. Each step may be run twice; a run that was cut off anywhere is finished by
 * surveying, planning and applying again.
 */
export type SyncStep =
  /** Writes, durably, what is about to be cleared: one recovery file for every existing part. */
  | {
      readonly kind: 'record-bad-blocks';
      readonly stale: readonly string[];
      readonly files: readonly { readonly path: string; readonly text: string }[];
    }
  /** Removes the recovery files; everything that they recorded is healed and on stable storage. */
  | { readonly kind: 'discard-records'; readonly paths: readonly string[] }
  /** Removes what a killed repair left behind. */
  | { readonly kind: 'discard-leftover'; readonly part: Part; readonly path: string }
  /** Makes the header fail its checksum, so that the part counts as damaged until `write-header`. */
  | { readonly kind: 'break-header'; readonly part: Part }
  /** Builds a new file beside the part, fills it, and gives it the part's name. */
  | {
      readonly kind: 'replace-part';
      readonly part: Part;
      readonly place: Place;
      readonly access: Access;
      readonly copies: readonly CopyPiece[];
      readonly header: Uint8Array | undefined;
    }
  /** Overwrites the pages that differ from the source or lie in bad blocks, and reads them back. */
  | { readonly kind: 'patch-data'; readonly part: Part; readonly copies: readonly CopyPiece[] }
  /** Writes the 4096 bytes that make the part healthy. */
  | { readonly kind: 'write-header'; readonly part: Part; readonly header: Uint8Array };

export interface PlanOptions {
  /** Combine replicas of which none is whole, although nothing proves that they were in step. */
  readonly combine?: boolean;
  readonly random?: Random;
  readonly clock?: Clock;
}

export interface SyncPlan {
  readonly survey: Survey;
  readonly steps: readonly SyncStep[];
  /** Why nothing may be done, in the order of the checks. A plan with refusals has no steps. */
  readonly refusals: readonly Refusal[];
  /** Reasons to doubt the result that the user has accepted with `combine`. */
  readonly accepted: readonly string[];
  readonly bytesToCopy: number;
}

/**
 * In place only while little is rewritten: beyond this share a new file costs the same and keeps the
 * old bytes until it is complete.
 */
const PATCH_SHARE_MAX = 1 / 16;

/**
 * Decides what a repair does. Reads nothing and writes nothing; `random` and `clock` are the only inputs beside the survey.
 * A dry run prints the result, the real run applies the same result.
 */
export function plan(survey: Survey, options: PlanOptions = {}): SyncPlan {
  const admission = admissionRefusals(survey);
  if (admission.length > 0) return refuse(survey, admission);
  const targets = targetsOf(survey);
  const records = recordSteps(survey);
  if (targets.length === 0) return { ...refuse(survey, []), steps: records.last };
  const doubts = combinationDoubts(survey);
  if (doubts.refusal !== undefined && options.combine !== true) {
    return refuse(survey, [doubts.refusal]);
  }
  const headers = buildHeaders(survey, targets, {
    random: options.random ?? systemRandom,
    clock: options.clock ?? systemClock,
  });
  if (headers.kind === 'refused') return refuse(survey, [headers.refusal]);
  const steps = [...records.first, ...planSteps(survey, targets, headers), ...records.last];
  const unfit = placeRefusals(survey, steps);
  if (unfit.length > 0) return refuse(survey, unfit);
  return {
    survey,
    steps,
    refusals: [],
    accepted: doubts.refusal === undefined ? [] : doubts.reasons,
    bytesToCopy: steps.flatMap(copiesOf).reduce((sum, { length }) => sum + length, 0),
  };
}

export function copiesOf(step: SyncStep): readonly CopyPiece[] {
  return step.kind === 'replace-part' || step.kind === 'patch-data' ? step.copies : [];
}

function refuse(survey: Survey, refusals: readonly Refusal[]): SyncPlan {
  return { survey, steps: [], refusals, accepted: [], bytesToCopy: 0 };
}

/** A part to be made right, and how. */
export interface Target {
  readonly part: Part;
  readonly assignment: Assignment;
  /** `replace`: a new file. `patch`: these pool ranges of the existing one. */
  readonly method: 'replace' | 'patch';
  readonly differing: RangeSet;
}

function targetsOf(survey: Survey): readonly Target[] {
  const { healFrom } = survey.options;
  const broken = (survey.sources?.assignments ?? []).map((assignment) =>
    targetOf(survey, assignment),
  );
  return healFrom === undefined ? broken : [...broken, ...divergedTargets(survey, healFrom)];
}

function targetOf(survey: Survey, assignment: Assignment): Target {
  const part = assignment.target;
  const { state, bad } = healthOf(survey, part);
  const seen = survey.repairs.filter(({ replicas }) => replicas[1] === part.replica);
  const within = RangeSet.from(assignment.pieces.map(({ range }) => range));
  const differing = seen
    .reduce((sum, comparison) => sum.union(comparison.differing), bad)
    .intersect(within);
  const unreadable = seen
    .reduce((sum, comparison) => sum.union(comparison.unreadable[1]), RangeSet.empty)
    .intersect(within)
    .subtract(bad);
  const replace =
    state === 'lost' ||
    (state === 'damaged' && (!unreadable.isEmpty || isTooMuch(differing, part)));
  return { part, assignment, method: replace ? 'replace' : 'patch', differing };
}

function isTooMuch(differing: RangeSet, part: Part): boolean {
  return differing.byteCount > part.fileSize * PATCH_SHARE_MAX;
}

/** Parts that look healthy but differ, where it matters, from the replica that the user declared to be right. */
function divergedTargets(survey: Survey, healFrom: number): readonly Target[] {
  return survey.agreement
    .filter(({ replicas }) => replicas[0] === healFrom)
    .flatMap(({ replicas, differing, unreadable, range }) => {
      const [, replica] = replicas;
      const wrong = RangeSet.from(
        survey.differences
          .filter(({ groups }) =>
            groups.some((group) => group.includes(healFrom) && !group.includes(replica)),
          )
          .map((difference) => difference.range),
      ).union(unreadable[1]);
      return split(survey.set.replicas[replica]!, range).flatMap((piece) => {
        const covered = { offset: piece.poolOffset, end: piece.poolOffset + piece.length };
        const here = RangeSet.of(covered);
        if (wrong.intersect(here).isEmpty) return [];
        const assignment = { target: piece.part, pieces: [{ range: covered, replica: healFrom }] };
        const pages = differing.union(unreadable[1]).intersect(here);
        const replace = isTooMuch(pages, piece.part) || !unreadable[1].intersect(here).isEmpty;
        const method = replace ? ('replace' as const) : ('patch' as const);
        return [{ part: piece.part, assignment, method, differing: pages }];
      });
    });
}

/** Recovery files: written before anything else, removed after everything else. */
function recordSteps(survey: Survey): {
  readonly first: readonly SyncStep[];
  readonly last: readonly SyncStep[];
} {
  const { recovery, recoveryFiles } = survey.evidence.badBlocks;
  const existing = allParts(survey.set).filter((part) => healthOf(survey, part).state !== 'lost');
  const found = existing.some((part) => {
    const { bad, headerBad } = healthOf(survey, part);
    return !bad.isEmpty || headerBad;
  });
  // A set of files that is complete is the record already. One that is not must not be made to look complete.
  const fresh =
    recovery.kind === 'none' || (recovery.kind === 'incomplete' && recovery.lost.length === 0);
  const files = existing.map((part) => ({
    path: recoveryFilePath(survey.set.path, part),
    text: formatRecoveryFile(
      badRangesInFile(survey.evidence.badBlocks, part),
      `${poolsetUuidOf(survey)} ${partName(part)}`,
    ),
  }));
  const first =
    found && fresh ? [{ kind: 'record-bad-blocks' as const, stale: recoveryFiles, files }] : [];
  const paths = first.length > 0 ? files.map(({ path }) => path) : recoveryFiles;
  return { first, last: paths.length > 0 ? [{ kind: 'discard-records', paths }] : [] };
}

function poolsetUuidOf(survey: Survey): string {
  const header = survey.health.parts.flat().find((health) => health.header !== undefined)?.header;
  return header === undefined ? '-' : formatPoolUuid(header.poolsetUuid);
}

function planSteps(
  survey: Survey,
  targets: readonly Target[],
  headers: HeaderPlan,
): readonly SyncStep[] {
  const leftovers = survey.places
    .flat()
    .filter(({ hasLeftover }) => hasLeftover)
    .map(({ part, temporaryPath }) => ({
      kind: 'discard-leftover' as const,
      part,
      path: temporaryPath,
    }));
  const repairs = survey.set.replicas.flatMap(({ index }) => {
    const here = targets.filter(({ part }) => part.replica === index);
    const broken = headersToBreak(survey, here);
    // Part 0 speaks for the whole replica, so it becomes healthy last.
    const order = here.toSorted((a, b) => b.part.index - a.part.index);
    const own = new Set(here.map(({ part }) => part));
    return [
      ...broken.map((part) => ({ kind: 'break-header' as const, part })),
      ...order.flatMap((target) => repairSteps(survey, target, headers, broken)),
      ...broken.filter((part) => !own.has(part)).map((part) => headerStep(part, headers)),
    ];
  });
  return [...leftovers, ...repairs];
}

/**
 * Parts whose sound header vouches for data that is about to change, its own or, in a SINGLEHDR replica, that of a
 * later part. A replica that is half rewritten must not look whole. A lost part needs none of this: it stays lost
 * until its new file is complete.
 */
function headersToBreak(survey: Survey, targets: readonly Target[]): readonly Part[] {
  const changing = targets.filter(({ part, method, differing }) => {
    const rewritten = method === 'replace' || !differing.isEmpty;
    const { state, bad } = healthOf(survey, part);
    // While blocks are healed the recovery files say so, and what is written is nothing but the right bytes.
    const onlyHealing =
      state === 'healthy' && !bad.isEmpty && survey.options.healFrom === undefined;
    return rewritten && state !== 'lost' && !onlyHealing;
  });
  const owners = new Set(changing.map(({ part }) => headerOwner(survey, part)));
  return allParts(survey.set).filter(
    (part) => owners.has(part) && healthOf(survey, part).header !== undefined,
  );
}

function healthOf(survey: Survey, part: Part): PartHealth {
  return survey.health.parts[part.replica]![part.index]!;
}

/** The part whose header vouches for `part`: itself, or part 0 in a SINGLEHDR replica. */
function headerOwner(survey: Survey, part: Part): Part {
  return part.hasHeader ? part : survey.set.replicas[part.replica]!.parts[0]!;
}

function repairSteps(
  survey: Survey,
  target: Target,
  headers: HeaderPlan,
  broken: readonly Part[],
): readonly SyncStep[] {
  const { part, method, differing } = target;
  if (method === 'replace') {
    const place = survey.places[part.replica]![part.index]!;
    const header = part.hasHeader ? headers.bytes.get(partName(part)) : undefined;
    const copies = copyPieces(survey, target, undefined);
    return [{ kind: 'replace-part', part, place, access: accessFor(survey, part), copies, header }];
  }
  const copies = copyPieces(survey, target, differing);
  const { header, headerBad } = healthOf(survey, part);
  const unsound = header === undefined || headerBad || broken.includes(part);
  // The header of a first part also carries the shutdown state, which may be what is wrong with the replica.
  const resets = part.index === 0 && healthOf(survey, part).state === 'damaged';
  const rewrite = part.hasHeader && (unsound || resets);
  return [
    ...(copies.length === 0 ? [] : [{ kind: 'patch-data' as const, part, copies }]),
    ...(rewrite ? [headerStep(part, headers)] : []),
  ];
}

function headerStep(part: Part, headers: HeaderPlan): SyncStep {
  return { kind: 'write-header', part, header: headers.bytes.get(partName(part))! };
}

function copyPieces(
  survey: Survey,
  { part, assignment }: Target,
  only: RangeSet | undefined,
): readonly CopyPiece[] {
  const targetReplica = survey.set.replicas[part.replica]!;
  return assignment.pieces.flatMap(({ range, replica }) => {
    const wanted = only === undefined ? RangeSet.of(range) : only.intersect(RangeSet.of(range));
    return wanted.ranges.flatMap((run) =>
      piecesBetween(survey.set.replicas[replica]!, targetReplica, run),
    );
  });
}

/** The copies that bring a pool range from one replica to another, however each of them is split. */
export function piecesBetween(
  source: Replica,
  target: Replica,
  range: Range,
): readonly CopyPiece[] {
  return split(source, range).flatMap((from) => {
    const covered = { offset: from.poolOffset, end: from.poolOffset + from.length };
    return split(target, covered).map((to) => ({
      source: from.part,
      sourceOffset: from.fileOffset + (to.poolOffset - from.poolOffset),
      targetOffset: to.fileOffset,
      length: to.length,
    }));
  });
}

/**
 * Owner and mode of the nearest healthy part: of the same replica, else of the lowest other one. Never wider than
 * what protects the data where it is copied from.
 */
function accessFor(survey: Survey, part: Part): Access {
  const healthy = allParts(survey.set).filter(
    (other) => healthOf(survey, other).state === 'healthy',
  );
  const facts = (other: Part): Access => {
    const evidence = survey.evidence.replicas[other.replica]!.parts[other.index]!;
    return evidence.kind === 'present' ? evidence.facts : { mode: 0o600, uid: 0, gid: 0 };
  };
  const elsewhere = healthy.find(({ replica }) => replica !== part.replica);
  const peer = healthy.find(({ replica }) => replica === part.replica) ?? elsewhere;
  if (peer === undefined) return { mode: 0o600, uid: 0, gid: 0 };
  const { mode, uid, gid } = facts(peer);
  return { mode: elsewhere === undefined ? mode : mode & facts(elsewhere).mode, uid, gid };
}
