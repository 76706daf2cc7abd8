/** JSON-safe details of an error: numbers, strings, arrays and objects of them. */
export type ErrorData = Readonly<Record<string, unknown>>;

export interface ResilverErrorOptions {
  readonly data?: ErrorData;
  readonly cause?: unknown;
}

/**
 * Base of every error that we raise. `code` is a literal that scripts may match on and that
 * `docs/operating/errors.md` explains; `data` holds the same facts as the message, for machines.
 */
export abstract class ResilverError extends Error {
  readonly code: string;
  readonly data: ErrorData;

  constructor(code: string, message: string, options: ResilverErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.data = options.data ?? {};
  }
}

/** Bad arguments or configuration; names the option. Exit code 2. */
export class UsageError extends ResilverError {
  constructor(message: string, data: ErrorData = {}) {
    super('usage', message, { data });
  }
}

export interface SystemErrorFacts {
  /** Symbolic errno, for example `ENOSPC`. */
  readonly errno: string;
  /** The call that failed, for example `open`. */
  readonly syscall: string;
  readonly path: string;
}

/** The operating system refused. Message: action, path, the system's own words. */
export class SystemError extends ResilverError {
  readonly errno: string;
  readonly syscall: string;
  readonly path: string;

  constructor(action: string, facts: SystemErrorFacts, cause?: unknown) {
    super('system', `${action}: ${describeErrno(facts.errno)}`, {
      data: { ...facts },
      cause,
    });
    this.errno = facts.errno;
    this.syscall = facts.syscall;
    this.path = facts.path;
  }
}

/** The C library's text for the errno names that a user of this program can meet. Source: glibc 2.36 strerror. */
const ERRNO_TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EAGAIN: 'Resource temporarily unavailable',
  EBADF: 'Bad file descriptor',
  EBUSY: 'Device or resource busy',
  EDQUOT: 'Disk quota exceeded',
  EEXIST: 'File exists',
  EFAULT: 'Bad address',
  EFBIG: 'File too large',
  EINTR: 'Interrupted system call',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'File name too long',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  ENOLCK: 'No locks available',
  ENOMEM: 'Cannot allocate memory',
  ENOSPC: 'No space left on device',
  ENOSYS: 'Function not implemented',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  ENOTSUP: 'Operation not supported',
  ENXIO: 'No such device or address',
  EOPNOTSUPP: 'Operation not supported',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  ESTALE: 'Stale file handle',
  ETXTBSY: 'Text file busy',
  EXDEV: 'Invalid cross-device link',
};

/** `strerror` for a symbolic errno; an unknown name comes back as it is. */
export function describeErrno(errno: string): string {
  return ERRNO_TEXTS[errno] ?? errno;
}

/** The symbolic errno of an error thrown by `node:fs` or by `src/linux`, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof SystemError) return error.errno;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
  }
  return undefined;
}

/** Wraps whatever a system call threw. Errors without an errno are our bugs and pass unchanged. */
export function toSystemError(
  error: unknown,
  action: string,
  syscall: string,
  path: string,
): unknown {
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof SystemError) return error;
  return new SystemError(action, { errno, syscall, path }, error);
}
