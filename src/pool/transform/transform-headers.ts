import type { Clock, Random } from '../../base/index.ts';
import {
  INCOMPAT_SINGLEHDR,
  NIL_UUID,
  poolHdr,
  randomPoolUuid,
  sealPoolHdr,
  type PoolHdr,
  type PoolUuid,
} from '../layout/index.ts';
import { expectedLinks, type Part, type PoolSet } from '../poolset/index.ts';
import type { Survey } from '../survey/index.ts';
import { encodeHeader } from '../sync/index.ts';
import type { SetMatch } from './match-sets.ts';

/** The header of a part of the destination. */
export interface PlannedHeader {
  readonly part: Part;
  /** The header that the file has now; undefined where none is, or where the file is made anew. */
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array;
}

/**
 * The header of every part of the destination that has one. Uuids and everything else of headers that stay are kept, links and the
 * SINGLEHDR bit are those of the destination.
 */
export function planHeaders(
  source: Survey,
  destination: PoolSet,
  { origins }: SetMatch,
  inputs: { readonly random: Random; readonly clock: Clock },
): readonly PlannedHeader[] {
  const { singleHeader } = destination.options;
  const current = (part: Part): { header: PoolHdr; bytes: Uint8Array } | undefined => {
    const origin = origins[part.replica];
    if (origin === undefined) return undefined;
    const header = source.health.parts[origin]![part.index]!.header;
    const evidence = source.evidence.replicas[origin]!.parts[part.index]!;
    if (header === undefined || evidence.kind !== 'present') return undefined;
    return evidence.header === undefined ? undefined : { header, bytes: evidence.header };
  };
  const uuids: readonly (readonly PoolUuid[])[] = destination.replicas.map(({ parts }) =>
    parts.map((part) => {
      if (!part.hasHeader) return NIL_UUID;
      return current(part)?.header.uuid ?? randomPoolUuid(inputs.random);
    }),
  );
  const links = expectedLinks(uuids, singleHeader);
  const model = source.health.parts.flat().find(({ header }) => header !== undefined)!.header!;
  const incompat = singleHeader
    ? model.incompat | INCOMPAT_SINGLEHDR
    : model.incompat & ~INCOMPAT_SINGLEHDR;
  const crtime = BigInt(Math.floor(inputs.clock() / 1000));
  return destination.replicas
    .flatMap(({ parts }) => parts)
    .filter(({ hasHeader }) => hasHeader)
    .map((part) => {
      const before = current(part)?.bytes;
      const identity = links[part.replica]![part.index]!;
      const uuid = uuids[part.replica]![part.index]!;
      const after =
        before === undefined
          ? encodeHeader({ ...model, incompat }, { ...identity, uuid, crtime, singleHeader })
          : relink(before, { ...identity, incompat });
      return { part, before, after };
    });
}

function relink(before: Uint8Array, fields: Partial<PoolHdr>): Uint8Array {
  const after = before.slice();
  poolHdr.patch(after, fields);
  sealPoolHdr(after);
  return after;
}
