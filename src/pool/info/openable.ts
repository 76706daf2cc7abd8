import { equalBytes, isAllZero } from '../../base/index.ts';
import {
  hasValidChecksum,
  HOST_ARCH,
  INCOMPAT_KNOWN,
  INCOMPAT_SINGLEHDR,
  PMEMOBJ_MAJOR,
  poolHdr,
  poolTypeOf,
  type PoolHdr,
} from '../layout/index.ts';
import { expectedLinks } from '../poolset/index.ts';

/**
 * Whether a library on this machine would take these headers, by replica and part, for those of one pmemobj pool. Pure.
 * Source: PMDK 1.12.1 src/common/set.c, util_header_check.
 */
export function isOpenable(
  headers: readonly (readonly Uint8Array[])[],
  singleHeader: boolean,
): boolean {
  const decoded = headers.map((replica) => replica.map((header) => poolHdr.decode(header)));
  return (
    headers.flat().every((header) => !isAllZero(header) && hasValidChecksum(header)) &&
    decoded.flat().every((header) => isKnownFormat(header, singleHeader)) &&
    decoded.flat().every((header) => isLike(header, decoded[0]![0]!)) &&
    areLinked(decoded, singleHeader)
  );
}

function isKnownFormat(header: PoolHdr, singleHeader: boolean): boolean {
  return (
    poolTypeOf(header) === 'obj' &&
    header.major === PMEMOBJ_MAJOR &&
    (header.incompat & ~INCOMPAT_KNOWN) === 0 &&
    ((header.incompat & INCOMPAT_SINGLEHDR) !== 0) === singleHeader &&
    header.alignmentDesc === HOST_ARCH.alignmentDesc &&
    header.machineClass === HOST_ARCH.machineClass &&
    header.archData === HOST_ARCH.archData &&
    header.machine === HOST_ARCH.machine &&
    equalBytes(header.archReserved, HOST_ARCH.archReserved)
  );
}

function isLike(header: PoolHdr, first: PoolHdr): boolean {
  return (
    header.poolsetUuid === first.poolsetUuid &&
    header.compat === first.compat &&
    header.incompat === first.incompat &&
    header.roCompat === first.roCompat
  );
}

/** The links to other replicas are looked at in first parts only. */
function areLinked(headers: readonly (readonly PoolHdr[])[], singleHeader: boolean): boolean {
  const links = expectedLinks(
    headers.map((replica) => replica.map(({ uuid }) => uuid)),
    singleHeader,
  );
  return headers.every((replica, r) =>
    replica.every((header, p) => {
      const expected = links[r]![p]!;
      const amongParts =
        header.prevPartUuid === expected.prevPartUuid &&
        header.nextPartUuid === expected.nextPartUuid;
      const amongReplicas =
        header.prevReplUuid === expected.prevReplUuid &&
        header.nextReplUuid === expected.nextReplUuid;
      return amongParts && (p > 0 || amongReplicas);
    }),
  );
}
