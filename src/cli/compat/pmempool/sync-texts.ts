import { describeErrno, type SystemError } from '../../../base/index.ts';
import { PoolSetFileError } from '../../../pool/poolset/index.ts';
import { recoveryFilePath } from '../../../pool/recovery/index.ts';
import { NoPartsError, type NotAPoolSetError, type Survey } from '../../../pool/survey/index.ts';
import type { Refusal } from '../../../pool/sync/index.ts';

/** What the reference prints: its last message, and the words for errno on a line of their own. */
export interface Failure {
  readonly text: string;
  readonly errno: string;
}

const READ_THE_MANUAL = `but the '--bad-blocks' option is not set
       please read the manual first and use this option
       ONLY IF you are sure that you know what you are doing`;

export const OWNER_NOT_SET: Failure = {
  text: 'granting permissions to created parts failed',
  errno: 'EPERM',
};

export function describeOpenFailure(
  error: SystemError | NotAPoolSetError | NoPartsError | PoolSetFileError,
): Failure {
  if (error instanceof PoolSetFileError) {
    const errno = error.problems[0]?.errno ?? 'EINVAL';
    return { text: 'parsing input poolset failed', errno };
  }
  if (error instanceof NoPartsError) return { text: error.message, errno: 'ENOENT' };
  const errno = 'errno' in error ? error.errno : 'EINVAL';
  return { text: 'file is not a poolset file', errno };
}

type Texts = (data: Refusal['data'], survey: Survey) => string | Failure;

/** By refusal code; a plain string goes with EINVAL. Source: PMDK 1.12.1 src/libpmempool/{replica,sync}.c. */
const TEXTS: Readonly<Record<string, Texts>> = {
  'no-headers-option': () => 'the NOHDRS poolset option is not supported for local poolsets',
  'no-replicas': () => 'no replica(s) found in the pool set',
  'part-too-small': ({ replica, part }) =>
    `replica ${String(replica)}, part ${String(part)}: file is too small`,
  'directory-missing': ({ directory, replica, part }) => ({
    text: `directory ${String(directory)} for part ${String(part)} in replica ${String(replica)} does not exist or is not accessible`,
    errno: 'ENOENT',
  }),
  'part-locked': ({ path }) => ({
    text: `flock "${String(path)}": ${describeErrno('EAGAIN')}`,
    errno: 'EAGAIN',
  }),
  'part-refused': ({ syscall, path, errno }) => ({
    text: `${String(syscall)} "${String(path)}": ${describeErrno(String(errno))}`,
    errno: String(errno),
  }),
  'poolset-uuid-in-replica': (data) =>
    `different poolset uuids in parts from the same replica (${inReplica(data)}) - cannot synchronize`,
  'replica-links-in-replica': (data) =>
    `different adjacent replica UUID between parts (${inReplica(data)}) - cannot synchronize`,
  'parts-not-linked': (data) =>
    `two consecutive unbroken parts are not linked to each other (${inReplica(data)}) - cannot synchronize`,
  'poolset-uuid-between-replicas': (data) =>
    `inconsistent poolset uuids between replicas ${pair(data['replicas'])} - cannot synchronize`,
  'replica-links': (data) =>
    `inconsistent replica uuids between replicas ${pair(data['replicas'])}`,
  'replica-links-on-border': ({ replica }) =>
    `inconsistent replica uuids on borders of replica ${String(replica)}`,
  'alien-replica': () => 'alien replica found (probably coming from a different poolset)',
  'replica-too-small': () => 'some replicas are too small to hold synchronized data',
  'pool-sizes-differ': () => 'pool sizes from different replicas differ',
  'no-healthy-replica': (_, survey) => lastMissing(survey) ?? 'no healthy replica found',
  'doubtful-combination': () => 'no healthy replica found',
  uncorrectable: (_, survey) =>
    survey.health.parts.flat().some(({ bad }) => !bad.isEmpty)
      ? 'a part of the pool has uncorrectable errors in all replicas'
      : 'no healthy replica found',
  'repeated-uuid': () => 'gathering uuids failed',
  'no-space': () => ({ text: 'recreating broken parts failed', errno: 'ENOSPC' }),
  'directory-read-only': () => ({ text: 'recreating broken parts failed', errno: 'EACCES' }),
  'part-read-only': () => ({ text: 'opening poolset part files failed', errno: 'EACCES' }),
  'recovery-file-present': () => `error: a bad block recovery file exists, ${READ_THE_MANUAL}`,
  'bad-blocks-found': () => `error: bad blocks found, ${READ_THE_MANUAL}`,
  'recovery-file-invalid': ({ part }, { set }) => {
    const [, replica, index] = /^r(\d+)p(\d+)$/.exec(String(part))!.map(Number);
    const path = recoveryFilePath(set.path, { replica: replica!, index: index! });
    return `wrong format of bad block recovery file (bad blocks are not sorted by the offset in ascending order) -- '${path}'`;
  },
  'bad-blocks-unknown': (_, { health }) => {
    const where = health.findings.find(({ code }) => code === 'bad-blocks-unknown')!.where;
    const { path } = health.parts[where.replica!]![where.part!]!.part;
    return `checking the pool part for bad blocks failed -- '${path}'`;
  },
};

/** What the reference would say; in our own words where it would do what we refuse. */
export function describeRefusal({ code, message, data }: Refusal, survey: Survey): Failure {
  const found = TEXTS[code]?.(data, survey) ?? message;
  return typeof found === 'string' ? { text: found, errno: 'EINVAL' } : found;
}

export function describeApplyFailure({ message, errno, syscall }: SystemError): Failure {
  const recreating = ['open', 'create', 'fallocate', 'allocate', 'flock', 'rename'];
  const text = recreating.includes(syscall) ? 'recreating broken parts failed' : message;
  return { text, errno };
}

/** Where no part at all can be opened the reference speaks of the last one. */
function lastMissing({ evidence, set }: Survey): string | undefined {
  const parts = evidence.replicas.flatMap((replica) => replica.parts);
  if (!parts.every(({ kind }) => kind === 'missing')) return undefined;
  const last = set.replicas.at(-1)!.parts.at(-1)!;
  return `open "${last.path}": ${describeErrno('ENOENT')}`;
}

function inReplica({ replica, parts }: Refusal['data']): string {
  return `repn ${String(replica)}, parts ${pair(parts)}`;
}

function pair(numbers: unknown): string {
  return Array.isArray(numbers) ? numbers.join(' and ') : String(numbers);
}
