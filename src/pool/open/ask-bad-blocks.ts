import { RangeSet } from '../../base/index.ts';
import { allParts, PAGE, partName } from '../poolset/index.ts';
import type { AnyPool } from './open-pool.ts';

/** What the sources of an open pool know of its parts. */
export interface KnownBadBlocks {
  /** By part name, bytes of the file in whole pages; parts without bad blocks are not in it. */
  readonly ranges: ReadonlyMap<string, RangeSet>;
  /** Paths of parts of which a source should know, but could not say. That nobody keeps a list is no failure. */
  readonly failed: readonly string[];
}

/** Asks every source about every part that is open. Changes nothing. */
export async function askBadBlocks({ pool, set }: AnyPool): Promise<KnownBadBlocks> {
  const ranges = new Map<string, RangeSet>();
  const failed: string[] = [];
  for (const part of allParts(set).filter((candidate) => pool.isOpen(candidate))) {
    for (const source of pool.badBlockSources) {
      const answer = await source.find(part, pool.file(part));
      if (answer.kind === 'failed') failed.push(part.path);
      if (answer.kind !== 'asked' || answer.ranges.isEmpty) continue;
      const known = ranges.get(partName(part)) ?? RangeSet.empty;
      ranges.set(partName(part), known.union(answer.ranges.widen(PAGE)));
    }
  }
  return { ranges, failed };
}
