import { describeErrno, type SystemError } from '../../../base/index.ts';
import {
  PoolSetFileError,
  renderPoolSetProblem,
  type CreateRefusalCode,
  type CreateRefusedError,
} from '../../../pool/index.ts';

type Data = CreateRefusedError['data'];

const tooSmall =
  (what: string) =>
  ({ size, min }: Data): string =>
    `${what} ${String(size)} smaller than ${String(min)}`;

const system =
  (call: string, errno: string) =>
  ({ path }: Data): string =>
    `${call} "${String(path)}": ${describeErrno(errno)}`;

/** Source: PMDK 1.12.1 src/common/set.c and file.c. */
const TEXTS: Readonly<Record<CreateRefusalCode, (data: Data) => string>> = {
  'layout-name-too-long': () => 'Layout too long',
  'no-headers-option': () => 'the NOHDRS poolset option is not supported for local poolsets',
  'directories-need-single-header': () =>
    'directory based pools are not supported for poolsets with headers (without SINGLEHDR option)',
  'part-too-small': tooSmall('size'),
  'pool-too-small': tooSmall('net pool size'),
  'reservation-too-small': tooSmall('reservation pool size'),
  'part-repeated': system('flock', 'EAGAIN'),
  'part-not-a-file': ({ path }) => `stat "${String(path)}": negative size`,
  'part-size-differs': ({ path, size, expected }) =>
    `file size does not match config: ${String(path)}, ${String(size)} != ${String(expected)}`,
  'part-locked': system('flock', 'EAGAIN'),
  'part-not-empty': () => 'Non-empty file detected',
  'directory-missing': system('open', 'ENOENT'),
  'directory-read-only': system('open', 'EACCES'),
  'no-space': ({ path, size }) =>
    `posix_fallocate "${String(path)}", ${String(size)}: ${describeErrno('ENOSPC')}`,
};

/** What the reference says behind the name of the pool. */
export function describeCreateFailure(
  error: CreateRefusedError | SystemError | PoolSetFileError,
): string {
  if (error instanceof PoolSetFileError) {
    const [first] = error.problems;
    return first === undefined ? error.message : renderPoolSetProblem(error.path, first);
  }
  if ('errno' in error) return `${error.syscall} "${error.path}": ${describeErrno(error.errno)}`;
  return TEXTS[error.code](error.data);
}

/** `8.0M [8388608]`, and a bare number below 1024. */
export function describeSize(size: number): string {
  if (size < 1024) return String(size);
  const power = Math.min(Math.floor(Math.log2(size) / 10), 4);
  return `${(size / 1024 ** power).toFixed(1)}${'KMGT'[power - 1]!} [${size}]`;
}
