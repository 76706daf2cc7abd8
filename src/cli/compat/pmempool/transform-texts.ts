import { SystemError } from '../../../base/index.ts';
import {
  PoolSetFileError,
  type Refusal,
  type TransformOpenError,
  type TransformOperation,
} from '../../../pool/index.ts';
import type { Failure } from './sync-texts.ts';

/** What is printed when a set file cannot be used. Source: PMDK 1.12.1 src/libpmempool/transform.c. */
export function describeTransformOpenFailure({ role, cause }: TransformOpenError): Failure {
  if (cause instanceof PoolSetFileError) {
    const errno = cause.problems[0]?.errno ?? 'EINVAL';
    return { text: `parsing ${role} poolset failed`, errno };
  }
  const errno = cause instanceof SystemError ? cause.errno : 'EINVAL';
  return { text: `${role} file is not a poolset file`, errno };
}

type Texts = (data: Refusal['data']) => string | Failure;

/** By refusal code; a plain string goes with EINVAL. */
const TEXTS: Readonly<Record<string, Texts>> = {
  'pool-type': ({ type }) => `transform is not supported for given pool type: ${String(type)}`,
  'directory-set': () => 'transform of directory poolsets is not supported',
  'part-too-small': () => 'part sizes check failed',
  'directory-missing': ({ directory, replica, part }) => ({
    text: `directory ${String(directory)} for part ${String(part)} in replica ${String(replica)} does not exist or is not accessible`,
    errno: 'ENOENT',
  }),
  'part-listed-twice': () => "some part file's path is used multiple times",
  'destination-too-small': () => 'target poolset is too small',
  'source-check-failed': () => 'source poolset health check failed',
  'source-broken': () => 'source poolset is broken',
  'ambiguous-replicas': () => 'comparing poolsets failed',
  'no-headers-option': () => 'comparing poolsets failed',
  'no-replica-left': () => 'there must be at least one replica left',
  'add-and-remove': () => 'adding and removing replicas at the same time is not allowed',
  'sets-equal': () => 'both poolsets are equal',
  'replicas-and-option': () =>
    'cannot add/remove replicas and change the SINGLEHDR option at the same time',
  'part-exists': () => 'some parts being added already exist',
  'no-space': () => ({ text: 'recreating broken parts failed', errno: 'ENOSPC' }),
  'directory-read-only': () => ({ text: 'recreating broken parts failed', errno: 'EACCES' }),
  'part-read-only': () => ({ text: 'opening poolset part files failed', errno: 'EACCES' }),
};

/** What the reference would say; in our own words where it would do what we refuse. */
export function describeTransformRefusal({ code, message, data }: Refusal): Failure {
  const found = TEXTS[code]?.(data) ?? message;
  return typeof found === 'string' ? { text: found, errno: 'EINVAL' } : found;
}

/** The reference falls back to the source here; our source is still there, or the same command goes on. */
const FAILED: Readonly<Record<TransformOperation, string>> = {
  'add-replicas': 'adding replicas failed',
  'remove-replicas': 'removing replicas failed',
  'to-singlehdr': 'removing headers failed',
  'from-singlehdr': 'adding headers failed',
};

export function describeTransformFailure(
  { message, errno }: SystemError,
  operation: TransformOperation,
): Failure {
  return { text: `${FAILED[operation]}: ${message}`, errno };
}
