import type { PoolUuid } from '../layout/index.ts';

/** The four uuids by which a header names its neighbours. */
export interface Links {
  readonly prevPartUuid: PoolUuid;
  readonly nextPartUuid: PoolUuid;
  readonly prevReplUuid: PoolUuid;
  readonly nextReplUuid: PoolUuid;
}

/**
 * The links that every header of a set should carry. `uuids[r][p]` is the uuid of part `p` of replica `r`; with
 * `singleHeader` only the first of each replica counts. The result has the shape of `uuids`.
 *
 * Parts form a ring within their replica; first parts form a ring over the replicas, which every part of a replica
 * records. In a ring of one, and for the parts of a SINGLEHDR replica, the neighbour is the part itself.
 * Source: PMDK 1.12.1 src/common/set.c, util_header_create.
 * @throws RangeError when a replica has no uuid
 */
export function expectedLinks(
  uuids: readonly (readonly PoolUuid[])[],
  singleHeader: boolean,
): readonly (readonly Links[])[] {
  const firsts = uuids.map((parts, replica) => {
    if (parts[0] === undefined) throw new RangeError(`Replica ${replica} has no first part`);
    return parts[0];
  });
  return uuids.map((parts, replica) =>
    parts.map((own, part) => ({
      prevPartUuid: singleHeader ? own : neighbour(parts, part, -1),
      nextPartUuid: singleHeader ? own : neighbour(parts, part, 1),
      prevReplUuid: neighbour(firsts, replica, -1),
      nextReplUuid: neighbour(firsts, replica, 1),
    })),
  );
}

function neighbour(ring: readonly PoolUuid[], index: number, step: 1 | -1): PoolUuid {
  return ring[(index + step + ring.length) % ring.length]!;
}
