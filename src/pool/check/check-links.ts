import type { PoolHdr, PoolUuid } from '../layout/index.ts';
import { finding, type Finding } from './finding.ts';

/** Sound headers by replica and part; undefined where a part has none or it is broken. */
export type HeaderGrid = readonly (readonly (PoolHdr | undefined)[])[];

/**
 * Do the headers belong together, in the order in which the set file lists their parts? Every contradiction is fatal: it
 * means that the set file and the media tell different stories, and a repair would write by the wrong one.
 * Order of tests as in PMDK 1.12.1 src/libpmempool/replica.c, from check_uuids_between_parts to check_replica_cycles.
 */
export function checkLinks(grid: HeaderGrid, singleHeader: boolean): readonly Finding[] {
  const within = grid.flatMap((headers, replica) => checkReplica(headers, replica, singleHeader));
  if (within.length > 0) return within;
  return [
    ...checkPoolsetUuids(grid),
    ...checkNeighbours(grid),
    ...checkBorders(grid),
    ...checkCycles(grid),
  ];
}

type Headers = readonly (PoolHdr | undefined)[];
interface Indexed {
  readonly header: PoolHdr;
  readonly index: number;
}

function soundHeaders(headers: Headers): readonly Indexed[] {
  return headers.flatMap((header, index) => (header === undefined ? [] : [{ header, index }]));
}

function checkReplica(headers: Headers, replica: number, singleHeader: boolean): Finding[] {
  const sound = soundHeaders(headers);
  const findings: Finding[] = [];
  for (const [i, current] of sound.entries()) {
    const next = sound[i + 1];
    if (next === undefined) break;
    const parts = [current.index, next.index];
    const where = { replica, part: next.index };
    if (current.header.poolsetUuid !== next.header.poolsetUuid) {
      const text = `r${replica}p${parts[0]} and r${replica}p${parts[1]} belong to different pool sets`;
      findings.push(finding('poolset-uuid-in-replica', 'fatal', where, text, { replica, parts }));
    } else if (
      current.header.prevReplUuid !== next.header.prevReplUuid ||
      current.header.nextReplUuid !== next.header.nextReplUuid
    ) {
      const text = `r${replica}p${parts[0]} and r${replica}p${parts[1]} name different neighbour replicas`;
      findings.push(finding('replica-links-in-replica', 'fatal', where, text, { replica, parts }));
    }
  }
  return findings.length > 0 ? findings : checkPartRing(headers, replica, singleHeader);
}

function checkPartRing(headers: Headers, replica: number, singleHeader: boolean): Finding[] {
  const ring = singleHeader ? headers.slice(0, 1) : headers;
  return ring.flatMap((current, index) => {
    const next = ring[(index + 1) % ring.length];
    if (current === undefined || next === undefined) return [];
    if (current.nextPartUuid === next.uuid && next.prevPartUuid === current.uuid) return [];
    // The reference counts one past the end here instead of wrapping; its texts want that number.
    const parts = [index, index + 1];
    const wrapped = (index + 1) % ring.length;
    const text = `r${replica}p${index} and r${replica}p${wrapped} follow each other in the set file but not in their headers`;
    const where = { replica, part: wrapped };
    return [finding('parts-not-linked', 'fatal', where, text, { replica, parts })];
  });
}

function checkPoolsetUuids(grid: HeaderGrid): Finding[] {
  const firsts = grid.flatMap((headers, replica) => {
    const first = soundHeaders(headers)[0];
    return first === undefined ? [] : [{ replica, header: first.header }];
  });
  const reference = firsts[0];
  if (reference === undefined) return [];
  return firsts
    .filter(({ header }) => header.poolsetUuid !== reference.header.poolsetUuid)
    .map(({ replica }) => {
      const text = `Replica ${replica} belongs to another pool set than replica ${reference.replica}`;
      const data = { replicas: [reference.replica, replica] };
      return finding('poolset-uuid-between-replicas', 'fatal', { replica }, text, data);
    });
}

/** The uuid of a replica, which is that of its part 0, as far as its own sound headers tell it. */
export function replicaUuid(headers: Headers): PoolUuid | undefined {
  return headers[0]?.uuid ?? headers[1]?.prevPartUuid ?? headers.at(-1)?.nextPartUuid;
}

function checkNeighbours(grid: HeaderGrid): Finding[] {
  return grid.flatMap((headers, replica) => {
    const nextIndex = (replica + 1) % grid.length;
    const next = grid[nextIndex]!;
    const [current, following] = [soundHeaders(headers)[0], soundHeaders(next)[0]];
    const [own, theirs] = [replicaUuid(headers), replicaUuid(next)];
    const forward = current !== undefined && theirs !== undefined;
    const backward = following !== undefined && own !== undefined;
    const contradicted =
      (forward && current.header.nextReplUuid !== theirs) ||
      (backward && following.header.prevReplUuid !== own);
    if (!contradicted) return [];
    const text = `Replicas ${replica} and ${nextIndex} follow each other in the set file but not in their headers${misplaced(current?.header.nextReplUuid, next, nextIndex)}${misplaced(following?.header.prevReplUuid, headers, replica)}`;
    const data = { replicas: [replica, nextIndex] };
    return [finding('replica-links', 'fatal', { replica: nextIndex }, text, data)];
  });
}

/** Says so when the part that a neighbour calls the first of this replica is listed further down. */
function misplaced(firstUuid: PoolUuid | undefined, headers: Headers, replica: number): string {
  const index = headers.findIndex((header) => header !== undefined && header.uuid === firstUuid);
  if (index <= 0) return '';
  return `: r${replica}p${index} is listed as part ${index} and r${replica}p0 as part 0, but r${replica}p${index} is the first part`;
}

/** A replica without a sound header: do its two neighbours agree that just one replica lies between them? */
function checkBorders(grid: HeaderGrid): Finding[] {
  return grid.flatMap((headers, replica) => {
    const current = soundHeaders(headers)[0];
    const middle = grid[(replica + 1) % grid.length]!;
    const after = soundHeaders(grid[(replica + 2) % grid.length]!)[0];
    if (current === undefined || after === undefined || soundHeaders(middle).length > 0) return [];
    if (current.header.nextReplUuid === after.header.prevReplUuid) return [];
    const text = `Replica ${replica} has a neighbour that the set file does not list: the ring of replicas is longer than the set file`;
    return [finding('replica-links-on-border', 'fatal', { replica }, text, { replica })];
  });
}

/** The ring of replicas must be as long as the set file: nobody may be his own neighbour, or come round too early. */
function checkCycles(grid: HeaderGrid): Finding[] {
  const findings: Finding[] = [];
  let first: PoolHdr | undefined;
  for (const [replica, headers] of grid.entries()) {
    const current = soundHeaders(headers)[0]?.header;
    const own = replicaUuid(headers);
    first = current === undefined ? undefined : (first ?? current);
    if (current === undefined || first === undefined) continue;
    const last = replica === grid.length - 1;
    const closesEarly = !last && replicaUuidOf(grid, first) === current.nextReplUuid;
    const alone = grid.length > 1 && own !== undefined && current.nextReplUuid === own;
    const tooShort = grid.length > 2 && current.nextReplUuid === current.prevReplUuid;
    if (!closesEarly && !alone && !tooShort) continue;
    const text = `Replica ${replica} comes from a set with fewer replicas than the set file lists`;
    findings.push(finding('alien-replica', 'fatal', { replica }, text, { replica }));
  }
  return findings;
}

function replicaUuidOf(grid: HeaderGrid, header: PoolHdr): PoolUuid | undefined {
  const headers = grid.find((candidates) => candidates.includes(header));
  return headers === undefined ? undefined : replicaUuid(headers);
}
