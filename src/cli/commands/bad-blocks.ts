import fs from 'node:fs';
import { UsageError, type RangeSet } from '../../base/index.ts';
import {
  KernelBadBlocks,
  ListedBadBlocks,
  parseRecoveryFile,
  ProbedBadBlocks,
  type BadBlockSource,
  type SurveyOptions,
} from '../../pool/index.ts';
import type { PoolSyncOptions } from './pool-sync.ts';

/**
 * Whom to ask for bad blocks, as the options of `pool sync` say; nothing when they do not speak of them.
 * @throws UsageError when a list cannot be read
 */
export function badBlockOptions(
  options: Pick<PoolSyncOptions, 'badBlocks' | 'probe' | 'badBlocksFrom'>,
): Pick<SurveyOptions, 'badBlocks'> {
  const { badBlocks, probe, badBlocksFrom } = options;
  if (badBlocks !== true && probe !== true && badBlocksFrom === undefined) return {};
  const sources: BadBlockSource[] = [new KernelBadBlocks()];
  if (probe === true) sources.push(new ProbedBadBlocks());
  if (badBlocksFrom !== undefined) sources.push(new ListedBadBlocks(readLists(badBlocksFrom)));
  return { badBlocks: { fix: true, sources } };
}

function readLists(values: readonly string[]): ReadonlyMap<string, RangeSet> {
  const lists = new Map<string, RangeSet>();
  for (const value of values) {
    const equals = value.indexOf('=');
    const [part, file] = [value.slice(0, equals), value.slice(equals + 1)];
    const ranges = readList(file);
    lists.set(part, lists.get(part)?.union(ranges) ?? ranges);
  }
  return lists;
}

/** A list that ends early may have lost its last ranges: healing only the others would look like success. */
function readList(file: string): RangeSet {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot read the list of bad blocks ${file}: ${reason}`, { file });
  }
  const parsed = parseRecoveryFile(text);
  if (parsed.kind === 'complete') return parsed.ranges;
  const reason = parsed.kind === 'invalid' ? parsed.reason : 'it does not end with the line 0 0';
  throw new UsageError(`Cannot use the list of bad blocks ${file}: ${reason}`, { file });
}
