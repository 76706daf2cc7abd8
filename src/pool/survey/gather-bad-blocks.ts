import { errnoOf, RangeSet, type OnProgress } from '../../base/index.ts';
import type { BadBlockSource } from '../media/media.ts';
import {
  NO_BAD_BLOCKS,
  type BadBlockEvidence,
  type ReplicaEvidence,
  type UnansweredQuestion,
} from '../check/index.ts';
import { COMPAT_CHECK_BAD_BLOCKS, hasValidChecksum, poolHdr } from '../layout/index.ts';
import { allParts, partName, type Part } from '../poolset/index.ts';
import {
  judgeRecoveryFiles,
  parseRecoveryFile,
  recoveryFilePath,
  type RecoveryFile,
} from '../recovery/index.ts';
import type { OpenPoolSet } from './open-pool-set.ts';

export interface BadBlockOptions {
  /** Look for bad blocks whatever the pool's CHECK_BAD_BLOCKS feature says, and heal them. */
  readonly fix: boolean;
  /** Whom to ask; by default the sources of the open pool set. */
  readonly sources?: readonly BadBlockSource[];
}

interface GatherOptions {
  readonly badBlocks: BadBlockOptions | undefined;
  readonly onProgress: OnProgress | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the recovery files of the existing parts and, if these do not speak for the devices, asks the sources. Leftover
 * recovery files are looked for always; sources are asked only if the pool's feature or the user wants it.
 */
export async function gatherBadBlocks(
  pool: OpenPoolSet,
  replicas: readonly ReplicaEvidence[],
  options: GatherOptions,
): Promise<BadBlockEvidence> {
  const fix = options.badBlocks?.fix ?? false;
  const present = allParts(pool.set).filter(
    (part) => replicas[part.replica]!.parts[part.index]!.kind === 'present',
  );
  const files = present.map((part) => readRecoveryFile(pool, part));
  const recovery = judgeRecoveryFiles(files.map(({ part, file }) => [partName(part), file]));
  const recoveryFiles = files.flatMap(({ path, file }) => (file === undefined ? [] : [path]));
  const found = { ...NO_BAD_BLOCKS, recovery, recoveryFiles, fix };
  const silent = recovery.kind === 'none' || recovery.kind === 'incomplete';
  if (!silent || !(fix || hasFeature(replicas))) return found;
  return { ...found, ...(await askSources(pool, present, options)) };
}

function readRecoveryFile(
  { set, media }: OpenPoolSet,
  part: Part,
): { readonly part: Part; readonly path: string; readonly file: RecoveryFile | undefined } {
  const path = recoveryFilePath(set.path, part);
  try {
    const text = Buffer.from(media.readFile(path)).toString('utf8');
    return { part, path, file: parseRecoveryFile(text) };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return { part, path, file: undefined };
    if (errno === undefined) throw error;
    return { part, path, file: { kind: 'invalid', reason: `it cannot be read (${errno})` } };
  }
}

/** Whether any sound header carries the CHECK_BAD_BLOCKS feature. */
function hasFeature(replicas: readonly ReplicaEvidence[]): boolean {
  return replicas
    .flatMap(({ parts }) => parts)
    .some((part) => {
      if (part.kind !== 'present' || part.header === undefined) return false;
      const { compat } = poolHdr.decode(part.header);
      return hasValidChecksum(part.header) && (compat & COMPAT_CHECK_BAD_BLOCKS) !== 0;
    });
}

async function askSources(
  pool: OpenPoolSet,
  parts: readonly Part[],
  { badBlocks, onProgress, signal }: GatherOptions,
): Promise<Pick<BadBlockEvidence, 'asked' | 'unanswered'>> {
  const asked = new Map<string, RangeSet>();
  const unanswered: UnansweredQuestion[] = [];
  for (const part of parts.filter((candidate) => pool.isOpen(candidate))) {
    const name = partName(part);
    for (const source of badBlocks?.sources ?? pool.badBlockSources) {
      const answer = await source.find(part, pool.file(part), {
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (answer.kind === 'asked') {
        asked.set(name, (asked.get(name) ?? RangeSet.empty).union(answer.ranges));
      } else if (answer.kind === 'failed' || badBlocks?.fix === true) {
        // That a plain disk keeps no list is news only to somebody who asked for it.
        unanswered.push({ part: name, source: source.name, ...answer });
      }
    }
  }
  // Who could not say does not matter where somebody else could.
  const open = unanswered.filter(({ part, kind }) => kind === 'failed' || !asked.has(part));
  return { asked, unanswered: open };
}
