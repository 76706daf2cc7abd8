/**
 * One thing that is wrong with a set file. `text` and `line` are what the reference prints; `near` is the line that is meant
 * where the reference names none.
 */
export interface PoolSetProblem {
  readonly text: string;
  /** 1-based; undefined where the reference prints the text alone. */
  readonly line?: number;
  /** 1-based line at fault, for people; only where `line` is undefined. */
  readonly near?: number;
  /** Symbolic errno that the reference sets. */
  readonly errno: string;
}

/** The texts of PMDK 1.12.1 src/common/set.c, which scripts match on; and ours, for what it does not report. */
export const POOL_SET_TEXTS = {
  firstLine: "the first line must be exactly 'PMEMPOOLSET'",
  invalidToken: 'invalid token found in the current line',
  missingOption: 'missing option name',
  unknownOption: 'unknown option',
  replicaExpected: "exactly 'REPLICA' expected",
  remoteExpected: 'address of remote node and descriptor of remote pool set expected',
  relativeDescriptor: 'incorrect descriptor (must be a relative path)',
  remoteParts: 'unexpected parts for remote replica',
  noPoolSetParts: 'no pool set parts',
  noReplicaParts: 'no replica parts',
  absolutePath: 'incorrect path (must be an absolute one)',
  sizeFormat: 'incorrect format of size',
  unknownSize: 'cannot determine size of a part',
  mixed: 'cannot mix directories and files in a set',
  sameDirectory: 'cannot use the same directory twice',
  mixedDax: 'either all the parts must be Device DAX or none',
  daxAlignment:
    'Multiple DAX devices with alignment other than 4KB. Use the SINGLEHDR poolset option.',
  /** Of PMDK 2.x; 1.12 knows remote replicas. */
  remote: 'Remote replicas are no longer supported. This functionality is deprecated.',
  /** Ours; the reference says the same with the type as a number, or nothing. */
  fileType: 'file type not supported',
  /** Ours. */
  replicaTooLarge: 'the parts of a replica add up to more than 2^53 bytes',
  notUtf8: 'incorrect path (must be valid UTF-8)',
} as const;

export function problem(text: string, line: number): PoolSetProblem {
  return { text, line, errno: 'EINVAL' };
}

export function problemNear(
  text: string,
  near: number | undefined,
  errno = 'EINVAL',
): PoolSetProblem {
  return near === undefined ? { text, errno } : { text, near, errno };
}

/** A problem as the reference words it: `<path> [<text>:<line>]`, or the text alone. */
export function renderPoolSetProblem(path: string, { text, line }: PoolSetProblem): string {
  return line === undefined ? text : `${path} [${text}:${line}]`;
}
