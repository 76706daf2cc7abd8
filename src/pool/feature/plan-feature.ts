import { equalBytes } from '../../base/index.ts';
import {
  COMPAT_KNOWN,
  INCOMPAT_KNOWN,
  poolHdr,
  poolTypeOf,
  RO_COMPAT_KNOWN,
  SDS_SIZE,
} from '../layout/index.ts';
import { partName, type Part } from '../poolset/index.ts';
import type { Refusal } from '../sync/index.ts';
import {
  hasFeature,
  mendTornSwitch,
  switchFeature,
  withFeature,
  type FeatureName,
} from './feature.ts';
import type { FeatureFacts, FoundHeader } from './survey-feature.ts';

export type FeatureAnswer =
  | { readonly kind: 'known'; readonly enabled: boolean }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

/** Whether the pool has the feature. Refused where the headers do not agree, or cannot be trusted. */
export function queryFeature(facts: FeatureFacts, name: FeatureName): FeatureAnswer {
  const refusals = [...damageRefusals(facts.headers), ...agreementRefusals(facts.headers)];
  if (refusals.length > 0) return { kind: 'refused', refusals };
  return { kind: 'known', enabled: hasFeature(facts.headers[0]!.fields, name) };
}

/** The header of one part, and what it becomes. */
export interface HeaderSwitch {
  readonly part: Part;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

export interface FeaturePlan {
  readonly facts: FeatureFacts;
  readonly name: FeatureName;
  readonly enable: boolean;
  /** Why nothing may be done, in the order of the checks. */
  readonly refusals: readonly Refusal[];
  /** All headers, also those that are as they should be; empty when all are, or when the plan is refused. */
  readonly steps: readonly HeaderSwitch[];
}

/**
 * Decides how a feature is switched. The state that a killed run leaves, some headers switched and one perhaps half written, is accepted as
 * a beginning: both commands, on and off, bring all headers to one state.
 */
export function planFeature(facts: FeatureFacts, name: FeatureName, enable: boolean): FeaturePlan {
  const headers = facts.headers.map((header) => mend(header, name));
  const refusals = [
    ...requestRefusals(facts, name),
    ...damageRefusals(headers),
    ...agreementRefusals(headers.map((header) => ignoring(header, name))),
    ...dependencyRefusals(headers, name, enable),
  ];
  if (refusals.length > 0) return { facts, name, enable, refusals, steps: [] };
  const steps = facts.headers.map(({ part, bytes }, index) => ({
    part,
    before: bytes,
    after: switched(headers[index]!, name, enable),
  }));
  const isDone = facts.headers.every(
    ({ state, fields }) => state === 'sound' && hasFeature(fields, name) === enable,
  );
  return { facts, name, enable, refusals: [], steps: isDone ? [] : steps };
}

function mend(header: FoundHeader, name: FeatureName): FoundHeader {
  if (header.state === 'sound') return header;
  const bytes = mendTornSwitch(header.bytes, name);
  if (bytes === undefined) return header;
  const fields = poolHdr.decode(bytes);
  return poolTypeOf(fields) === undefined ? header : { ...header, bytes, fields, state: 'sound' };
}

function ignoring(header: FoundHeader, name: FeatureName): FoundHeader {
  return { ...header, fields: withFeature(header.fields, name, false) };
}

/** A header that has the wanted state keeps every byte. */
function switched(
  { part, bytes, fields }: FoundHeader,
  name: FeatureName,
  enable: boolean,
): Uint8Array {
  if (hasFeature(fields, name) === enable) return bytes;
  const before = bytes.slice();
  // Off, the state has no meaning; on, it says "closed, hardware unknown", and whoever opens the pool next fills it in.
  if (name === 'SHUTDOWN_STATE' && part.index === 0) {
    poolHdr.patch(before, { sds: new Uint8Array(SDS_SIZE) });
  }
  return switchFeature(before, name, enable);
}

function requestRefusals(facts: FeatureFacts, name: FeatureName): readonly Refusal[] {
  if (name === 'SINGLEHDR') {
    const message = `SINGLEHDR cannot be switched on or off here: it decides where the data lies. Use transform`;
    return [refusal('feature-fixed', message, { name })];
  }
  const { pendingTransform, isSet, headers, path } = facts;
  if (pendingTransform !== undefined) {
    const message = `A transformation of ${path} was interrupted (its record is ${pendingTransform}): run the same transform command again first`;
    return [refusal('transform-pending', message, { path: pendingTransform })];
  }
  if (isSet || headers.every(isAlone)) return [];
  const message = `${path} is one part of a pool set: with other features than the other parts the set could not be opened any more. Use the set file`;
  return [refusal('part-of-set', message, { path })];
}

function isAlone({ fields }: FoundHeader): boolean {
  const { uuid, prevPartUuid, nextPartUuid, prevReplUuid, nextReplUuid } = fields;
  return [prevPartUuid, nextPartUuid, prevReplUuid, nextReplUuid].every((link) => link === uuid);
}

function damageRefusals(headers: readonly FoundHeader[]): readonly Refusal[] {
  return headers
    .filter(({ state }) => state === 'damaged')
    .map(({ part }) => {
      const message = `The header of ${partName(part)} (${part.path}) is damaged: sync can repair it from another replica`;
      return refusal('header-damaged', message, { path: part.path });
    });
}

function agreementRefusals(headers: readonly FoundHeader[]): readonly Refusal[] {
  const [first, ...others] = headers;
  const { compat, incompat, roCompat } = first!.fields;
  const other = others.find(
    ({ fields }) =>
      fields.compat !== compat || fields.incompat !== incompat || fields.roCompat !== roCompat,
  );
  if (other !== undefined) {
    const message = `${partName(first!.part)} and ${partName(other.part)} have different features (${textOf(first!)}; ${textOf(other)})`;
    return [refusal('features-differ', message, {})];
  }
  const unknown =
    (compat & ~COMPAT_KNOWN) | (incompat & ~INCOMPAT_KNOWN) | (roCompat & ~RO_COMPAT_KNOWN);
  if (unknown === 0) return [];
  const message = `The pool has features that this release does not know (${textOf(first!)})`;
  return [refusal('features-unknown', message, { compat, incompat, roCompat })];
}

function textOf({ fields: { compat, incompat, roCompat } }: FoundHeader): string {
  const words = { compat, incompat, ro_compat: roCompat };
  return Object.entries(words)
    .map(([word, value]) => `${word} 0x${(value >>> 0).toString(16)}`)
    .join(', ');
}

/** The shutdown state changes at every open: only a checksum that leaves it out can stay right. */
function dependencyRefusals(
  headers: readonly FoundHeader[],
  name: FeatureName,
  enable: boolean,
): readonly Refusal[] {
  const has = (wanted: FeatureName): boolean =>
    headers.some(({ fields }) => hasFeature(fields, wanted));
  if (name === 'CKSUM_2K' && !enable && has('SHUTDOWN_STATE')) {
    const message = 'CKSUM_2K cannot be switched off while SHUTDOWN_STATE is on';
    return [refusal('feature-needed', message, { needed: 'SHUTDOWN_STATE' })];
  }
  if (name === 'SHUTDOWN_STATE' && enable && !has('CKSUM_2K')) {
    const message = 'SHUTDOWN_STATE cannot be switched on while CKSUM_2K is off';
    return [refusal('feature-needed', message, { needed: 'CKSUM_2K' })];
  }
  return [];
}

function refusal(code: string, message: string, data: Refusal['data']): Refusal {
  return { code, message, data };
}

/** Whether the step changes anything. */
export function isSwitch({ before, after }: HeaderSwitch): boolean {
  return !equalBytes(before, after);
}
