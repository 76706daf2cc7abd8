import { RangeSet } from '../../base/index.ts';
import { partName, type Part, type PoolSet } from '../poolset/index.ts';
import { badBlockFindings, badRangesInFile, hitsHeader, toPoolRanges } from './check-bad-blocks.ts';
import { checkFormat } from './check-format.ts';
import { checkLinks, type HeaderGrid } from './check-links.ts';
import { checkPart, type PartHealth, type PartVerdict } from './check-part.ts';
import { checkPool } from './check-pool.ts';
import type { Evidence } from './evidence.ts';
import { finding, type Finding } from './finding.ts';

/** The state of a pool set as its headers and descriptors show it. */
export interface Health {
  readonly parts: readonly (readonly PartHealth[])[];
  /** Recorded size of the pool, bytes; undefined when no replica tells. */
  readonly poolSize: number | undefined;
  /** In the order in which the reference would meet them. */
  readonly findings: readonly Finding[];
}

/** Pure: what follows from the evidence. `authority` is the replica that the user declared to be right, if any. */
export function checkSet(set: PoolSet, evidence: Evidence, authority?: number): Health {
  const verdicts = set.replicas.map((replica) =>
    replica.parts.map((part) => checkPartOf(set, evidence, part)),
  );
  const twice = checkIdentities(verdicts.flat(), evidence);
  const format = checkFormat(verdicts.flat(), authority);
  const trusted = verdicts.map((parts) =>
    parts.map((verdict) =>
      format.outvoted.has(partName(verdict.part)) ? distrust(verdict) : verdict,
    ),
  );
  const links = checkLinks(headerGrid(trusted), set.options.singleHeader);
  const pool = checkPool(set, evidence, trusted, authority);
  const lostRecords = new Set(
    evidence.badBlocks.recovery.kind === 'incomplete' ? evidence.badBlocks.recovery.lost : [],
  );
  const parts = trusted.map((replica) =>
    replica.map((health) => {
      const suspect =
        lostRecords.has(partName(health.part)) ||
        pool.suspectReplicas.has(health.part.replica) ||
        (pool.damagedDescriptors.has(health.part.replica) && health.part.index === 0);
      return withBadBlocks(suspect ? distrustData(health) : health, evidence);
    }),
  );
  return {
    parts: set.options.singleHeader ? parts.map(distrustHeaderless) : parts,
    poolSize: pool.poolSize,
    findings: [
      ...verdicts.flat().flatMap(({ findings }) => findings),
      ...twice,
      ...badBlockFindings(set, evidence.badBlocks),
      ...format.findings,
      ...links,
      ...pool.findings,
    ],
  };
}

/** A header that lies in a known bad block is no other damage: the rest of the part is as good as before. */
function checkPartOf(set: PoolSet, evidence: Evidence, part: Part): PartVerdict {
  const seen = evidence.replicas[part.replica]!.parts[part.index]!;
  const verdict = checkPart(part, seen, set.options.singleHeader);
  if (verdict.state !== 'damaged') return verdict;
  return hitsHeader(part, badRangesInFile(evidence.badBlocks, part))
    ? { ...verdict, state: 'healthy', findings: [] }
    : verdict;
}

/** A lost part has no blocks: its new file will have others. */
function withBadBlocks(health: PartVerdict, evidence: Evidence): PartHealth {
  const { part, state, header } = health;
  const inFile = state === 'lost' ? RangeSet.empty : badRangesInFile(evidence.badBlocks, part);
  const bad = toPoolRanges(part, inFile);
  return { part, state, header, headerBad: hitsHeader(part, inFile), bad };
}

export function headerGrid(parts: readonly (readonly Pick<PartHealth, 'header'>[])[]): HeaderGrid {
  return parts.map((replica) => replica.map(({ header }) => header));
}

function distrust(health: PartVerdict): PartVerdict {
  return { ...health, state: 'damaged', header: undefined };
}

/** The header stays: it says rightly which part this is, only the data behind it is not trusted. */
function distrustData<H extends PartVerdict | PartHealth>(health: H): H {
  return health.state === 'healthy' ? { ...health, state: 'damaged' } : health;
}

/**
 * Later parts of a SINGLEHDR replica have nothing of their own to vouch for them: without a sound part 0 their data is
 * worth comparing, not believing.
 */
function distrustHeaderless(parts: readonly PartHealth[]): readonly PartHealth[] {
  return parts[0]!.state === 'healthy' ? parts : parts.map((part) => distrustData(part));
}

function checkIdentities(verdicts: readonly PartVerdict[], evidence: Evidence): readonly Finding[] {
  const seen = new Map<string, PartVerdict>();
  return verdicts.flatMap((verdict) => {
    const { part } = verdict;
    const facts = evidence.replicas[part.replica]!.parts[part.index]!;
    const identity = facts.kind === 'present' ? facts.facts.identity : part.path;
    const earlier = seen.get(identity);
    seen.set(identity, verdict);
    if (earlier === undefined) return [];
    const text = `${partName(earlier.part)} and ${partName(part)} are the same file (${part.path})`;
    const where = { replica: part.replica, part: part.index };
    return [finding('part-listed-twice', 'fatal', where, text, { path: part.path })];
  });
}
