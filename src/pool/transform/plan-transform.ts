import { resolve } from 'node:path';
import {
  equalBytes,
  systemClock,
  systemRandom,
  type Clock,
  type Random,
} from '../../base/index.ts';
import type { Media } from '../media/media.ts';
import { formatPoolUuid, POOL_HDR_SIZE, poolHdr, type PoolUuid } from '../layout/index.ts';
import { partName, poolRangeOf, type Part, type PoolSet } from '../poolset/index.ts';
import type { Place, Survey } from '../survey/index.ts';
import {
  newFileRefusals,
  piecesBetween,
  rewriteRefusals,
  type CopyPiece,
  type PartContent,
  type Refusal,
} from '../sync/index.ts';
import { identifyOperation, matchSets, type SetMatch } from './match-sets.ts';
import type { DestinationPart, TransformFacts } from './survey-transform.ts';
import { planHeaders, type PlannedHeader } from './transform-headers.ts';
import type { SwitchStep, TransformOperation, TransformRecord } from './transform-record.ts';
import { admissionRefusals } from './transform-refusals.ts';

/** A part file to be made beside its place. Nothing that exists is touched by that. */
export interface NewPart extends PartContent {
  readonly place: Place;
}

/** What a transformation does, in the order of the fields. */
export interface TransformPlan {
  readonly facts: TransformFacts;
  /** Undefined when the plan is refused. */
  readonly operation: TransformOperation | undefined;
  /** `resume`: an earlier run has begun to switch; what is left of its record is all there is to do. */
  readonly kind: 'fresh' | 'resume' | 'refused';
  /** In the order of the checks. A refused plan has nothing else. */
  readonly refusals: readonly Refusal[];
  /** Files that an earlier run, which had changed nothing yet, left behind. */
  readonly leftovers: readonly string[];
  readonly newParts: readonly NewPart[];
  /** Written before the first step of the switch, removed after the last. Undefined when the plan is refused. */
  readonly record: TransformRecord | undefined;
  readonly bytesToCopy: number;
}

export interface TransformPlanOptions {
  readonly random?: Random;
  readonly clock?: Clock;
}

/** Decides what a transformation does. Reads nothing and writes nothing; a dry run prints what the real run executes. */
export function planTransform(
  facts: TransformFacts,
  options: TransformPlanOptions = {},
): TransformPlan {
  const { pending, source, open } = facts;
  if (pending !== undefined && !isSameRequest(facts, pending.record)) {
    return refuse(facts, [otherPending(pending.record)]);
  }
  if (source === undefined) return resumption(facts, pending!.record);
  const admission = admissionRefusals(facts, source);
  if (admission.length > 0) return refuse(facts, admission);
  const destination = open.destination.set;
  const match = matchSets(source.set, destination);
  const operation = comparison(source.set, destination, match);
  if (typeof operation !== 'string') return refuse(facts, [operation]);
  const existing = existingRefusals(facts, match);
  if (existing.length > 0) return refuse(facts, existing);
  const headers = planHeaders(source, destination, match, {
    random: options.random ?? systemRandom,
    clock: options.clock ?? systemClock,
  });
  const newParts = newPartsOf({ facts, source, match, operation, headers });
  const unfit = placeRefusals(facts, source, newParts);
  if (unfit.length > 0) return refuse(facts, unfit);
  return {
    facts,
    kind: 'fresh',
    operation,
    refusals: [],
    leftovers: leftoversOf(facts),
    newParts,
    record: recordOf({ facts, source, match, operation, headers }, newParts),
    bytesToCopy: newParts
      .flatMap(({ copies }) => copies)
      .reduce((sum, { length }) => sum + length, 0),
  };
}

function refuse(facts: TransformFacts, refusals: readonly Refusal[]): TransformPlan {
  const nothing = { leftovers: [], newParts: [], record: undefined, bytesToCopy: 0 };
  return { facts, kind: 'refused', operation: undefined, refusals, ...nothing };
}

function resumption(facts: TransformFacts, record: TransformRecord): TransformPlan {
  const { operation } = record;
  const nothing = { refusals: [], leftovers: [], newParts: [], bytesToCopy: 0 };
  return { facts, kind: 'resume', operation, record, ...nothing };
}

function isSameRequest({ open }: TransformFacts, record: TransformRecord): boolean {
  const { media, source, destination } = open;
  return (
    absolutePath(media, source.set.path) === record.source &&
    absolutePath(media, destination.set.path) === record.destination
  );
}

/** The same for every spelling, wherever the command is run. */
function absolutePath(media: Media, path: string): string {
  return resolve(media.resolve(path));
}

function otherPending({ source, destination }: TransformRecord): Refusal {
  const message = `The transformation of ${source} into ${destination} was interrupted and must be finished first, by the same command`;
  return { code: 'transform-pending', message, data: { source, destination } };
}

function comparison(
  source: PoolSet,
  destination: PoolSet,
  match: SetMatch,
): TransformOperation | Refusal {
  const known = match.origins.filter((origin) => origin !== undefined);
  if (new Set(known).size < known.length) {
    const message = 'A replica of the source corresponds to more than one of the destination';
    return { code: 'ambiguous-replicas', message, data: {} };
  }
  if (source.options.noHeaders || destination.options.noHeaders) {
    const message = 'Sets with the option NOHDRS cannot be transformed';
    return { code: 'no-headers-option', message, data: {} };
  }
  return identifyOperation(source, destination, match);
}

function existingRefusals({ destination }: TransformFacts, { origins }: SetMatch): Refusal[] {
  return destination
    .flat()
    .filter(({ part, exists }) => origins[part.replica] === undefined && exists)
    .map(({ part: { path } }) => ({
      code: 'part-exists',
      message: `${path} exists; a transformation only adds parts that it makes itself`,
      data: { path },
    }));
}

interface Decided {
  readonly facts: TransformFacts;
  readonly source: Survey;
  readonly match: SetMatch;
  readonly operation: TransformOperation;
  readonly headers: readonly PlannedHeader[];
}

/** Added parts, and, where the headers of later parts come or go, all later parts: their data moves by a page or more. */
function newPartsOf(decided: Decided): readonly NewPart[] {
  const { facts, source, match, operation, headers } = decided;
  const byName = new Map(headers.map(({ part, after }) => [partName(part), after]));
  return facts.destination
    .flat()
    .filter(({ part }) => isMadeAnew(part, match, operation))
    .map(({ part, place }) => ({
      part,
      place,
      access: accessOf(source, match, part),
      copies: copiesFor(decided, part),
      header: byName.get(partName(part)),
    }));
}

function isMadeAnew(part: Part, { origins }: SetMatch, operation: TransformOperation): boolean {
  if (origins[part.replica] === undefined) return true;
  return (operation === 'to-singlehdr' || operation === 'from-singlehdr') && part.index > 0;
}

function copiesFor({ facts, source, match }: Decided, part: Part): readonly CopyPiece[] {
  const origin = source.set.replicas[match.origins[part.replica] ?? 0]!;
  const target = facts.open.destination.set.replicas[part.replica]!;
  const own = poolRangeOf(part);
  const offset = Math.max(own.offset, POOL_HDR_SIZE);
  const end = Math.min(own.end, source.health.poolSize!);
  return offset < end ? piecesBetween(origin, target, { offset, end }) : [];
}

/** A replaced part stays as protected as it was, an added one is as the first part of the source. */
function accessOf(source: Survey, { origins }: SetMatch, part: Part): PartContent['access'] {
  const origin = origins[part.replica];
  const model =
    origin === undefined ? undefined : source.evidence.replicas[origin]!.parts[part.index];
  const evidence = model ?? source.evidence.replicas[0]!.parts[0]!;
  return evidence.kind === 'present' ? evidence.facts : { mode: 0o600, uid: 0, gid: 0 };
}

function placeRefusals(
  facts: TransformFacts,
  source: Survey,
  newParts: readonly NewPart[],
): readonly Refusal[] {
  const places = newParts.map(({ place }) => place);
  const unrecordable = facts.canRecord
    ? []
    : [
        {
          code: 'cannot-record',
          message: `No permission to make the record of the transformation beside ${facts.open.source.set.path} and ${facts.open.destination.set.path}`,
          data: { paths: facts.open.recordPaths },
        },
      ];
  return [...newFileRefusals(places), ...rewriteRefusals(source.places.flat()), ...unrecordable];
}

/**
 * The order decides what a state in the middle is taken for:
 * 1. To SINGLEHDR the files take their names first, then the headers change: without headers in its later parts the
 *    old set does not open, and the new one does not until the bit is set.
 * 2. In all other cases headers change first: then the old set does not open, and the new one does not until its last file is there.
 * 3. Removed parts go last, when nothing names them any more.
 */
function recordOf(decided: Decided, newParts: readonly NewPart[]): TransformRecord {
  const { facts, source, match, operation, headers } = decided;
  const { media, source: from, destination: to } = facts.open;
  const naming = newParts.map(({ part, place }) => ({
    kind: 'name-part' as const,
    temporaryPath: resolve(place.temporaryPath),
    path: resolve(place.path),
    size: part.fileSize,
    replaces: match.origins[part.replica] !== undefined,
    ...uuidsOf(decided, part),
  }));
  const rewriting = rewritesOf(
    facts.destination,
    headers,
    new Set(newParts.map(({ part }) => part)),
  );
  const removing = match.removed.flatMap(({ parts }) =>
    parts.map(({ path }) => ({ kind: 'remove-part' as const, path: resolve(path) })),
  );
  const steps: SwitchStep[] =
    operation === 'to-singlehdr'
      ? [...naming, ...rewriting]
      : [...rewriting, ...naming, ...removing];
  const header = source.health.parts.flat().find((part) => part.header !== undefined)!.header!;
  return {
    operation,
    source: absolutePath(media, from.set.path),
    destination: absolutePath(media, to.set.path),
    poolsetUuid: formatPoolUuid(header.poolsetUuid),
    steps,
  };
}

/** By which a switch that is resumed tells the new file from the old one. */
function uuidsOf(
  { source, match, headers }: Decided,
  part: Part,
): { readonly uuid?: PoolUuid; readonly formerUuid?: PoolUuid } {
  const origin = match.origins[part.replica];
  const former =
    origin === undefined ? undefined : source.health.parts[origin]![part.index]!.header;
  const header = headers.find((planned) => planned.part === part)?.after;
  return {
    ...(header === undefined ? {} : { uuid: poolHdr.decode(header).uuid }),
    ...(former === undefined ? {} : { formerUuid: former.uuid }),
  };
}

/** First parts first: their links are what a program looks at when it opens the pool. */
function rewritesOf(
  destination: readonly (readonly DestinationPart[])[],
  headers: readonly PlannedHeader[],
  made: ReadonlySet<Part>,
): readonly SwitchStep[] {
  return headers
    .toSorted((a, b) => a.part.index - b.part.index)
    .flatMap(({ part, before, after }) => {
      if (before === undefined || made.has(part) || equalBytes(before, after)) return [];
      const path = resolve(destination[part.replica]![part.index]!.place.path);
      return [{ kind: 'rewrite-header' as const, path, before, after }];
    });
}

/** The records first: without them the unfinished files mean nothing. */
function leftoversOf({ open, pending, destination }: TransformFacts): readonly string[] {
  const named = (pending?.record.steps ?? []).flatMap((step) =>
    step.kind === 'name-part' ? [step.temporaryPath] : [],
  );
  const found = destination
    .flat()
    .filter(({ hasLeftover }) => hasLeftover)
    .map(({ place }) => place.temporaryPath);
  const records = pending === undefined ? [] : open.recordPaths.toReversed();
  return [...new Set([...records, ...named, ...found])];
}
