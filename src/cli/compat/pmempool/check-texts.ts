import { describeErrno } from '../../../base/index.ts';
import type {
  BackupRefusal,
  ConsistencyEvent,
  ConsistencyVerdict,
  LinkField,
} from '../../../pool/index.ts';

/** The reference's sentences, for scripts that match on them. Source: PMDK 1.12.1 src/libpmempool/check_*.c. */
interface Sentence {
  readonly text: string;
  /** What is asked when the fault can be put right. */
  readonly question?: string;
}

const LINK_NAMES: Readonly<Record<LinkField, string>> = {
  nextPartUuid: 'next_part_uuid',
  prevPartUuid: 'prev_part_uuid',
  nextReplUuid: 'next_repl_uuid',
  prevReplUuid: 'prev_repl_uuid',
};

function sentenceOf(event: ConsistencyEvent): Sentence {
  switch (event.what) {
    case 'checking-shutdown-state':
      return { text: 'checking shutdown state' };
    case 'shutdown-state-correct':
      return { text: 'shutdown state correct' };
    case 'power-lost':
      return {
        text: 'an ADR failure was detected - your pool might be corrupted',
        question:
          'Do you want to reset shutdown state at your own risk? If you have more then one replica you will have to synchronize your pool after this operation.',
      };
    case 'shutdown-state-dirty':
      return {
        text: 'shutdown state is dirty',
        question: 'Do you want to zero shutdown state?',
      };
    case 'resetting-shutdown-state':
      return { text: 'resetting pool_hdr.sds' };
    case 'checking-header':
      return { text: 'checking pool header' };
    case 'header-correct':
      return { text: 'pool header correct' };
    case 'header-zero':
      return { text: 'empty pool hdr' };
    case 'header-checksum':
      return { text: 'incorrect pool header' };
    case 'header-signature':
      return { text: 'invalid signature' };
    case 'pool-type-unknown':
      return { text: 'cannot determine pool type' };
    case 'repair-unsupported':
      return { text: 'the repair of pmemobj pools is not supported' };
    case 'various-pool-sets':
      return { text: 'the poolset contains part files from various poolsets' };
    case 'uuid-ambiguous':
      return { text: 'ambiguous pool_hdr.uuid' };
    case 'link-invalid':
      return {
        text: `invalid pool_hdr.${LINK_NAMES[event.field]}`,
        question: 'Do you want to set it to a valid value?',
      };
    case 'setting-link':
      return { text: `setting pool_hdr.${LINK_NAMES[event.field]} to ${event.uuid}` };
    case 'checksum-outdated':
      return {
        text: 'invalid pool_hdr.checksum',
        question: 'Do you want to regenerate checksum?',
      };
    case 'setting-checksum':
      return { text: `setting pool_hdr.checksum to 0x${event.checksum.toString(16)}` };
    case 'needs-advanced':
      return { text: 'the following error can be fixed using PMEMPOOL_CHECK_ADVANCED flag' };
    case 'reverting':
      return { text: REVERTING };
  }
}

export const BAD_BLOCKS =
  "poolset contains bad blocks, use 'pmempool info --bad-blocks=yes' to print or 'pmempool sync --bad-blocks' to clear them";

export const REVERTING = 'cannot complete repair, reverting changes';

/** How many replicas and parts there are decides whether a sentence says which one is meant. */
export interface PoolShape {
  readonly replicaCount: number;
  readonly partCount: number;
}

/** The sentence of an event with its place in front; `question` when it is one. */
export function describeEvent(
  event: ConsistencyEvent,
  { replicaCount, partCount }: PoolShape,
): { readonly text: string; readonly question: string } {
  const { text, question } = sentenceOf(event);
  const several = event.part === undefined ? replicaCount > 1 : partCount > 1;
  const part = event.part === undefined ? '' : ` part ${event.part}`;
  const place = event.replica === undefined || !several ? '' : `replica ${event.replica}${part}: `;
  return { text: `${place}${text}`, question: `${place}${text}. ${question ?? ''}` };
}

const VERDICTS: Readonly<Record<ConsistencyVerdict, string>> = {
  consistent: 'consistent',
  'not-consistent': 'not consistent',
  repaired: 'repaired',
  'cannot-repair': 'cannot repair',
  'sync-required': 'sync required',
};

export function describeVerdict(verdict: ConsistencyVerdict): string {
  return VERDICTS[verdict];
}

/** One line, and the errno that goes with it, if any. */
export function describeBackupRefusal(
  refusal: BackupRefusal,
  target: string,
): { readonly lines: readonly string[]; readonly errno?: string } {
  const unable = 'unable to backup poolset';
  switch (refusal.why) {
    case 'source-has-replicas':
      return { lines: ['backup of a poolset with multiple replicas is not supported', unable] };
    case 'target-has-replicas':
      return { lines: ['backup to a poolset with multiple replicas is not supported', unable] };
    case 'part-count-differs':
      return {
        lines: [
          'number of part files in the backup poolset must match number of part files in the source poolset',
          unable,
        ],
      };
    case 'part-size-differs':
      return {
        lines: [
          `size of the part ${refusal.part} of the backup poolset does not match source poolset`,
          unable,
        ],
      };
    case 'target-set-invalid':
      return {
        lines: [`invalid poolset backup file: ${target}: ${describeErrno(refusal.errno)}`, unable],
        errno: refusal.errno,
      };
    case 'target-size-differs':
      return refusal.isPart
        ? {
            lines: [
              `destination of the backup part does not match size of the source part file: ${refusal.path}`,
              unable,
            ],
          }
        : {
            lines: [
              `destination of the backup does not match the size of the source pool file: ${refusal.path}`,
            ],
          };
    case 'target-is-source':
      return { lines: ['cannot perform backup'] };
  }
}
