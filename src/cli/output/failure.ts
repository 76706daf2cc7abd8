import { InvariantError, ResilverError, UsageError } from '../../base/index.ts';
import { printable } from './text.ts';

/** The exit codes of `resilver`; `docs/operating/exit-codes.md` explains them. */
export const EXIT = {
  fine: 0,
  /** Damage was found, a repair was refused, or something failed. */
  failed: 1,
  usage: 2,
  /** Our bug. Source: sysexits.h, EX_SOFTWARE. */
  bug: 70,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;

/** A person, or the system, has asked the program to stop. */
export class InterruptedError extends ResilverError {
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM', message: string) {
    super('interrupted', message, { data: { signal } });
    this.signal = signal;
  }
}

/** The one place where errors become exit codes. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof InterruptedError) return error.signal === 'SIGINT' ? EXIT.interrupted : 143;
  if (error instanceof InvariantError) return EXIT.bug;
  return error instanceof ResilverError ? EXIT.failed : EXIT.bug;
}

/** The document of a run that ended with an error. */
export type ErrorDocument = {
  readonly schema: 1;
  readonly error: { readonly code: string; readonly message: string; readonly data: unknown };
};

/** An error as `--json` prints it. What is not one of our errors is a bug of ours. */
export function toErrorDocument(error: unknown): ErrorDocument {
  if (error instanceof ResilverError) {
    const { code, message, data } = error;
    return { schema: 1, error: { code, message, data } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { schema: 1, error: { code: 'invariant', message, data: {} } };
}

/** An error for people. Only bugs come with a stack: whoever reports one needs it, nobody else does. */
export function describeError(error: unknown): string {
  if (exitCodeOf(error) === EXIT.bug) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `resilver: This is a bug in resilver; please report it\n${stack}\n`;
  }
  if (isSetFileError(error)) return describeSetFile(error);
  const message = error instanceof Error ? error.message : String(error);
  return `resilver: ${printable(message)}\n`;
}

interface SetFileError extends ResilverError {
  readonly path: string;
  readonly problems: readonly {
    readonly text: string;
    readonly line?: number;
    readonly near?: number;
  }[];
}

/** By its code, so that reporting any other error does not load the engine. */
function isSetFileError(error: unknown): error is SetFileError {
  return error instanceof ResilverError && error.code === 'pool-set-file';
}

/** All problems, each as `path:line: text`, which editors and terminals turn into links. */
function describeSetFile({ path, problems }: SetFileError): string {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const lines = problems.map(({ text, line, near }) => {
    const at = line ?? near;
    return `  ${path}${at === undefined ? '' : `:${at}`}: ${text}\n`;
  });
  return `resilver: Cannot use pool set file ${printable(path)}: ${count}\n${lines.map(printable).join('')}`;
}
