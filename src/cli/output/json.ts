import {
  copiesOf,
  partName,
  type ApplyReport,
  type Finding,
  type PoolSet,
  type Survey,
  type SyncPlan,
  type SyncStep,
} from '../../pool/index.ts';
import { countBytes } from './count-bytes.ts';
import { describeStep } from './plan.ts';
import type { JsonObject } from './render-json.ts';
import { repairedParts } from './repaired-parts.ts';

export function setDocument(survey: Survey): JsonObject {
  const { set, health } = survey;
  return {
    path: set.path,
    poolSize: health.poolSize ?? null,
    singleHeader: set.options.singleHeader,
    directoryBased: set.directoryBased,
    replicas: set.replicas.map(({ index, parts }) => ({
      replica: index,
      parts: parts.map((part) => {
        const { state, bad, headerBad } = health.parts[part.replica]![part.index]!;
        return {
          ...partIdentity(part),
          path: part.path,
          line: part.line ?? null,
          fileSize: part.fileSize,
          poolOffset: part.poolOffset,
          poolLength: part.poolLength,
          hasHeader: part.hasHeader,
          state,
          badBlocks: bad.ranges,
          headerInBadBlock: headerBad,
        };
      }),
    })),
  };
}

function partIdentity(part: { readonly replica: number; readonly index: number }): JsonObject {
  return { name: partName(part), replica: part.replica, part: part.index };
}

export function findingsDocument(findings: readonly Finding[]): readonly JsonObject[] {
  return findings.map(({ code, severity, where, message, data }) => ({
    code,
    severity,
    replica: where.replica ?? null,
    part: where.part ?? null,
    range: where.range ?? null,
    message,
    data,
  }));
}

export function sourcesDocument({ sources }: Survey): JsonObject | null {
  if (sources === undefined) return null;
  return {
    combined: sources.combined,
    missing: sources.missing.ranges,
    assignments: sources.assignments.map(({ target, pieces }) => ({
      ...partIdentity(target),
      pieces: pieces.map(({ range, replica }) => ({ ...range, replica })),
    })),
  };
}

/** What reading data has shown; null when no data of two replicas was compared. */
export function comparisonDocument({ agreement, differences }: Survey): JsonObject | null {
  if (agreement.length === 0) return null;
  return {
    bytesCompared: countBytes(agreement),
    differences: differences.map(({ range, groups, alone }) => ({
      ...range,
      groups,
      alone: alone ?? null,
    })),
    unreadable: agreement.flatMap(({ replicas, unreadable }) =>
      unreadable.flatMap(({ ranges }, side) =>
        ranges.map((range) => ({ ...range, replica: replicas[side]! })),
      ),
    ),
  };
}

export function planDocument(plan: SyncPlan): JsonObject {
  return {
    bytesToCopy: plan.bytesToCopy,
    accepted: plan.accepted,
    refusals: plan.refusals.map(({ code, message, data }) => ({ code, message, data })),
    steps: plan.steps.map(stepDocument),
  };
}

function stepDocument(step: SyncStep): JsonObject {
  const { text, path } = describeStep(step);
  const paths =
    step.kind === 'record-bad-blocks'
      ? step.files.map((file) => file.path)
      : step.kind === 'discard-records'
        ? step.paths
        : [path];
  const copies = copiesOf(step);
  return {
    kind: step.kind,
    ...('part' in step ? partIdentity(step.part) : { name: null, replica: null, part: null }),
    paths,
    bytes: copies.reduce((sum, { length }) => sum + length, 0),
    copies: copies.map(({ source, sourceOffset, targetOffset, length }) => ({
      source: partName(source),
      sourceOffset,
      targetOffset,
      length,
    })),
    text,
  };
}

export function reportDocument(plan: SyncPlan, report: ApplyReport, reflink: boolean): JsonObject {
  const { stepsDone, bytesCopied, elapsedMs, ownerNotSet } = report;
  return {
    stepsDone,
    bytesCopied,
    elapsedMs: Math.round(elapsedMs),
    reflink,
    ownerNotSet,
    parts: repairedParts(plan).map(({ name, path, anew, bytes, compared, header }) => ({
      name,
      path,
      anew,
      bytesCopied: bytes,
      bytesCompared: compared,
      headerWritten: header,
    })),
  };
}

/** What looking again after a repair has found. */
export function verificationDocument(after: Survey, healthy: boolean): JsonObject {
  return {
    healthy,
    findings: findingsDocument(after.findings),
    comparison: comparisonDocument(after),
  };
}

/** How the pool set file itself reads, for documents about sets that were not surveyed. */
export function poolSetDocument(set: PoolSet): JsonObject {
  return {
    path: set.path,
    singleHeader: set.options.singleHeader,
    directoryBased: set.directoryBased,
    replicas: set.replicas.map(({ index, parts }) => ({
      replica: index,
      parts: parts.map((part) => ({
        ...partIdentity(part),
        path: part.path,
        fileSize: part.fileSize,
      })),
    })),
  };
}
