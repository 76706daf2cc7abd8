import { formatPoolUuid, poolHdr, poolHdrChecksum, sealPoolHdr } from '../layout/index.ts';
import type { PoolHdr, PoolUuid } from '../layout/index.ts';
import type { Check, CheckContext, CheckedHeader, LinkField, StepEnd } from './consistency.ts';

/**
 * The uuids of a whole set. A header's own uuid must be what all its neighbours call it; where one says otherwise it cannot be
 * known who is right. Its links must then name the neighbours. Repairs are made header by header, each seen by the next.
 */
export function* checkPoolUuids({ input, options }: CheckContext): Check<StepEnd> {
  const { headers, isSet } = input;
  if (!isSet || headers.flat().length === 1) return 'continue';
  const poolsetUuids = new Set(
    headers.flat().map(({ bytes }) => poolHdr.decode(bytes).poolsetUuid),
  );
  if (poolsetUuids.size > 1) {
    yield { level: 'error', what: 'various-pool-sets' };
    return 'not-consistent';
  }
  for (const header of headers.flat()) {
    const end = yield* checkHeader(header, headers, options);
    if (end !== 'continue') return end;
  }
  return 'continue';
}

function* checkHeader(
  header: CheckedHeader,
  headers: readonly (readonly CheckedHeader[])[],
  options: CheckContext['options'],
): Check<StepEnd> {
  const { replica, part, bytes } = header;
  const ring = neighbours(header, headers);
  const own = poolHdr.decode(bytes);
  if (calledBy(part, ring).some((uuid) => uuid !== own.uuid)) {
    yield { level: 'error', what: 'uuid-ambiguous', replica, part };
    return 'not-consistent';
  }
  const right = rightLinks(ring);
  const wrong = LINK_FIELDS.filter((field) => own[field] !== right[field]);
  if (wrong.length === 0) return 'continue';
  if (!options.repair) {
    yield { level: 'error', what: 'link-invalid', field: wrong[0]!, replica, part };
    return 'not-consistent';
  }
  return yield* repairLinks(header, wrong, right, options.advanced);
}

/** In the order in which the reference asks for them. */
const LINK_FIELDS: readonly LinkField[] = [
  'nextPartUuid',
  'prevPartUuid',
  'nextReplUuid',
  'prevReplUuid',
];

interface Ring {
  readonly prevPart: PoolHdr;
  readonly nextPart: PoolHdr;
  /** Of the first part of the replica. */
  readonly prevReplica: PoolHdr;
  readonly nextReplica: PoolHdr;
}

function neighbours(
  { replica, part }: CheckedHeader,
  headers: readonly (readonly CheckedHeader[])[],
): Ring {
  const parts = headers[replica]!;
  return {
    prevPart: decode(inRing(parts, part - 1)),
    nextPart: decode(inRing(parts, part + 1)),
    prevReplica: decode(inRing(headers, replica - 1)[0]!),
    nextReplica: decode(inRing(headers, replica + 1)[0]!),
  };
}

const inRing = <T>(ring: readonly T[], index: number): T =>
  ring[(index + ring.length) % ring.length]!;

const decode = ({ bytes }: CheckedHeader): PoolHdr => poolHdr.decode(bytes);

/** What the neighbours call this header; only first parts are named by other replicas. */
function calledBy(part: number, ring: Ring): readonly PoolUuid[] {
  const byParts = [ring.prevPart.nextPartUuid, ring.nextPart.prevPartUuid];
  const byReplicas = [ring.prevReplica.nextReplUuid, ring.nextReplica.prevReplUuid];
  return part === 0 ? [...byParts, ...byReplicas] : byParts;
}

function rightLinks(ring: Ring): Readonly<Record<LinkField, PoolUuid>> {
  return {
    nextPartUuid: ring.nextPart.uuid,
    prevPartUuid: ring.prevPart.uuid,
    nextReplUuid: ring.nextReplica.uuid,
    prevReplUuid: ring.prevReplica.uuid,
  };
}

/** All questions about a header come before the first change of it. */
function* repairLinks(
  { replica, part, bytes }: CheckedHeader,
  wrong: readonly LinkField[],
  right: Readonly<Record<LinkField, PoolUuid>>,
  advanced: boolean,
): Check<StepEnd> {
  const accepted: LinkField[] = [];
  let declined: LinkField | undefined;
  for (const field of wrong) {
    const yes = yield { level: 'question', what: 'link-invalid', field, replica, part };
    if (!yes) declined ??= field;
    else if (declined === undefined) accepted.push(field);
  }
  for (const field of accepted) {
    const uuid = formatPoolUuid(right[field]);
    yield { level: 'info', what: 'setting-link', field, uuid, replica, part };
    poolHdr.patch(bytes, { [field]: right[field] });
  }
  if (declined !== undefined) {
    yield { level: 'error', what: 'reverting' };
    return 'not-consistent';
  }
  return yield* repairChecksum({ replica, part, bytes }, advanced);
}

function* repairChecksum(
  { replica, part, bytes }: CheckedHeader,
  advanced: boolean,
): Check<StepEnd> {
  if (!advanced) {
    yield { level: 'info', what: 'needs-advanced', replica, part };
    yield { level: 'error', what: 'checksum-outdated', replica, part };
    return 'cannot-repair';
  }
  const yes = yield { level: 'question', what: 'checksum-outdated', replica, part };
  if (!yes) {
    yield { level: 'error', what: 'reverting' };
    return 'not-consistent';
  }
  const checksum = poolHdrChecksum(bytes);
  yield { level: 'info', what: 'setting-checksum', checksum, replica, part };
  sealPoolHdr(bytes);
  return 'continue';
}
