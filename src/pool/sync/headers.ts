import type { Clock, Random } from '../../base/index.ts';
import { headerGrid, wholeReplica } from '../check/index.ts';
import {
  INCOMPAT_SINGLEHDR,
  NIL_UUID,
  poolHdr,
  randomPoolUuid,
  SDS_SIZE,
  sealPoolHdr,
  type PoolHdr,
  type PoolUuid,
} from '../layout/index.ts';
import { allParts, expectedLinks, partName, type Part } from '../poolset/index.ts';
import type { Survey } from '../survey/index.ts';
import type { Target } from './plan.ts';
import type { Refusal } from './refusals.ts';

export type HeaderPlan = {
  readonly kind: 'ready';
  readonly bytes: ReadonlyMap<string, Uint8Array>;
};

type Refused = { readonly kind: 'refused'; readonly refusal: Refusal };

export interface HeaderInputs {
  readonly random: Random;
  readonly clock: Clock;
}

/**
 * The 4096 bytes of every header that the repair writes, by part name. Headers that are sound keep every
 * byte: a uuid that any of them records is given back, never made anew.
 */
export function buildHeaders(
  survey: Survey,
  targets: readonly Target[],
  inputs: HeaderInputs,
): HeaderPlan | Refused {
  const uuids = recoverUuids(survey, inputs.random);
  if (!Array.isArray(uuids)) return { kind: 'refused', refusal: uuids as Refusal };
  const grid = uuids as readonly (readonly PoolUuid[])[];
  const links = expectedLinks(grid, survey.set.options.singleHeader);
  const model = modelHeader(survey);
  const contradicted = allParts(survey.set).find((part) => {
    const { header } = survey.health.parts[part.replica]![part.index]!;
    const expected = links[part.replica]![part.index];
    return (
      header !== undefined &&
      expected !== undefined &&
      (header.prevPartUuid !== expected.prevPartUuid ||
        header.nextPartUuid !== expected.nextPartUuid ||
        header.prevReplUuid !== expected.prevReplUuid ||
        header.nextReplUuid !== expected.nextReplUuid)
    );
  });
  if (model === undefined || contradicted !== undefined) {
    return { kind: 'refused', refusal: contradiction(contradicted) };
  }
  const crtime = BigInt(Math.floor(inputs.clock() / 1000));
  const owners = new Set(
    targets.map(({ part }) =>
      part.hasHeader ? part : survey.set.replicas[part.replica]!.parts[0]!,
    ),
  );
  const bytes = [...owners].map((part) => {
    const header = encodeHeader(model, {
      uuid: grid[part.replica]![part.index]!,
      crtime,
      singleHeader: survey.set.options.singleHeader,
      ...links[part.replica]![part.index]!,
    });
    return [partName(part), header] as const;
  });
  return { kind: 'ready', bytes: new Map(bytes) };
}

function contradiction(part: Part | undefined): Refusal {
  const subject = part === undefined ? 'The headers' : `The header of ${partName(part)}`;
  const message = `${subject} cannot be brought into one ring with the others without being rewritten`;
  return { code: 'linkage-contradiction', message, data: {} };
}

/** The header that version, features and machine are taken from. */
function modelHeader(survey: Survey): PoolHdr | undefined {
  const grid = headerGrid(survey.health.parts);
  const whole = wholeReplica(survey.set, survey.health, survey.options.healFrom);
  const own = whole === undefined ? undefined : grid[whole]?.[0];
  return own ?? grid.flat().find((header) => header !== undefined);
}

/** What tells one header of a set from another. */
export interface HeaderIdentity {
  readonly uuid: PoolUuid;
  readonly prevPartUuid: PoolUuid;
  readonly nextPartUuid: PoolUuid;
  readonly prevReplUuid: PoolUuid;
  readonly nextReplUuid: PoolUuid;
  readonly crtime: bigint;
  readonly singleHeader: boolean;
}

/**
 * A header like `model`, for another part. The shutdown state is all zero, which means "closed, hardware unknown":
 * whoever opens the pool next fills it in.
 */
export function encodeHeader(model: PoolHdr, identity: HeaderIdentity): Uint8Array {
  const { singleHeader, ...fields } = identity;
  const bytes = poolHdr.encode({
    ...model,
    ...fields,
    incompat: singleHeader ? model.incompat | INCOMPAT_SINGLEHDR : model.incompat,
    unused: new Uint8Array(model.unused.length),
    unused2: new Uint8Array(model.unused2.length),
    sds: new Uint8Array(SDS_SIZE),
    checksum: 0n,
  });
  sealPoolHdr(bytes);
  return bytes;
}

/**
 * The uuid of every part that has a header. Rules in the order of the reference (src/libpmempool/replica.c,
 * fill_struct_broken_part_uuids), with one more source for a first part: any sound header of a neighbour replica, not
 * only its first, records it.
 */
function recoverUuids(survey: Survey, random: Random): readonly (readonly PoolUuid[])[] | Refusal {
  const grid = headerGrid(survey.health.parts);
  const known: PoolUuid[][] = [];
  for (const { index: replica, parts } of survey.set.replicas) {
    const uuids: PoolUuid[] = [];
    known.push(uuids);
    for (const part of parts) {
      const own = grid[replica]![part.index]?.uuid;
      const byParts = own ?? uuidFromParts(grid[replica]!, part, survey);
      const byReplicas =
        byParts === undefined && part.index === 0 ? uuidFromReplicas(grid, replica) : undefined;
      if (byReplicas !== undefined && known.some((earlier) => earlier[0] === byReplicas)) {
        const message = `Replica ${replica} would get the uuid of an earlier replica: the set was made with another set file`;
        return { code: 'repeated-uuid', message, data: { replica } };
      }
      uuids.push(byParts ?? byReplicas ?? (part.hasHeader ? randomPoolUuid(random) : NIL_UUID));
    }
  }
  return known;
}

function uuidFromParts(
  headers: readonly (PoolHdr | undefined)[],
  part: Part,
  survey: Survey,
): PoolUuid | undefined {
  if (survey.set.options.singleHeader || headers.length === 1) return undefined;
  const previous = headers[(part.index - 1 + headers.length) % headers.length];
  const next = headers[(part.index + 1) % headers.length];
  return previous?.nextPartUuid ?? next?.prevPartUuid;
}

function uuidFromReplicas(
  grid: readonly (readonly (PoolHdr | undefined)[])[],
  replica: number,
): PoolUuid | undefined {
  const sound = (index: number): PoolHdr | undefined =>
    grid[(index + grid.length) % grid.length]!.find((header) => header !== undefined);
  return sound(replica - 1)?.nextReplUuid ?? sound(replica + 1)?.prevReplUuid;
}
