import type { PathKind, PathLookup, PoolSetProblem } from '../../../src/pool/poolset/index.ts';

/**
 * One set file and everything that is wrong with it. `{DIR}` stands for a directory that holds the directories `d` and `e`, the
 * file `file`, the pipe `pipe`, the link `loop` to itself, and nothing else.
 */
export interface SetFileCase {
  readonly name: string;
  readonly content: string;
  readonly problems: readonly PoolSetProblem[];
  /** Why the reference does not report the first problem in the same words; undefined where it does. */
  readonly departs?: string;
}

const at = (line: number, text: string, errno = 'EINVAL'): PoolSetProblem => ({
  text,
  line,
  errno,
});
const near = (line: number, text: string, errno = 'EINVAL'): PoolSetProblem => ({
  text,
  near: line,
  errno,
});
const P = 'PMEMPOOLSET\n';
const X = '10M {DIR}/x\n';
const TOKEN = 'invalid token found in the current line';
const SIZE = 'incorrect format of size';
const PATH = 'incorrect path (must be an absolute one)';
const FIRST = "the first line must be exactly 'PMEMPOOLSET'";
const ADDRESS = 'address of remote node and descriptor of remote pool set expected';
const REMOTE = 'Remote replicas are no longer supported. This functionality is deprecated.';
const DEPRECATED =
  'a remote replica is refused as PMDK 2 does; 1.12 accepts the line and needs a library for it';

function accepted(name: string, content: string): SetFileCase {
  return { name, content, problems: [] };
}

function refused(
  name: string,
  content: string,
  ...problems: readonly PoolSetProblem[]
): SetFileCase {
  return { name, content, problems };
}

function refusedUnlike(
  departs: string,
  name: string,
  content: string,
  ...problems: readonly PoolSetProblem[]
): SetFileCase {
  return { name, content, problems, departs };
}

const FIRST_LINE = [
  accepted('DOS line ends', `PMEMPOOLSET\r\n10M {DIR}/x\r\n\r\n`),
  accepted('no newline at the end', `${P}10M {DIR}/x`),
  refused('no newline after the signature', 'PMEMPOOLSET', at(1, FIRST)),
  refused('a blank after the signature', 'PMEMPOOLSET \n10M {DIR}/x\n', at(1, FIRST)),
  refused('more after the signature', 'PMEMPOOLSETS\n10M {DIR}/x\n', at(1, FIRST)),
  refused('a comment after the signature', 'PMEMPOOLSET# x\n10M {DIR}/x\n', at(1, FIRST)),
  refused('a second carriage return', 'PMEMPOOLSET\r\r\n10M {DIR}/x\n', at(1, FIRST)),
  refused(
    'a bad first line does not hide what follows',
    'PMEMPOOLSET \nfoo\n',
    at(1, FIRST),
    at(2, TOKEN),
  ),
];

const BLANKS_AND_COMMENTS = [
  accepted('empty lines and whole-line comments', `${P}\n#\n# x\n${X}\n#${X}`),
  accepted('a comment behind a part', `${P}10M {DIR}/x # x\n`),
  accepted('a comment that touches a part', `${P}10M {DIR}/x#x\n`),
  accepted('a comment that touches REPLICA', `${P}${X}REPLICA#x\n10M {DIR}/y\n`),
  accepted('a comment that touches an option', `${P}OPTION SINGLEHDR#x\n${X}`),
  accepted('tabs and blanks between and around the tokens', `${P}\t 10M \t {DIR}/x \t\n`),
  accepted('any other character is part of a path', `${P}10M {DIR}/x\v\r"\xc3\xa9'\\\n`),
  refused('a line of blanks', `${P}${X}  \n`, at(3, TOKEN)),
  refused('a line of a tab, DOS', `${P}${X}\t\r\n`, at(3, TOKEN)),
  refused('an indented comment', `${P}${X} # x\n`, at(3, TOKEN)),
  refused('a line of a carriage return', `${P}${X}\r\r\n`, at(3, TOKEN)),
  refused('a vertical tab does not separate', `${P}10M\v{DIR}/x\n`, at(2, TOKEN)),
  refusedUnlike(
    'it ends the line at a NUL and joins what follows to the next',
    'a NUL byte',
    `${P}10M {DIR}/x\0 y\n`,
    at(2, TOKEN),
  ),
];

const OPTIONS = [
  accepted('both options in one line', `${P}OPTION SINGLEHDR NOHDRS\n${X}`),
  accepted(
    'options after parts, inside a replica, repeatedly',
    `${P}${X}OPTION SINGLEHDR\nREPLICA\nOPTION SINGLEHDR\n10M {DIR}/y\nOPTION NOHDRS\n`,
  ),
  accepted('no blank after OPTION', `${P}OPTIONSINGLEHDR\n${X}`),
  refused('no option name', `${P}OPTION\n${X}`, at(2, 'missing option name')),
  refused('blanks for an option name', `${P}OPTION \t\n${X}`, at(2, 'missing option name')),
  refused(
    'a comment for an option name',
    `${P}OPTION #SINGLEHDR\n${X}`,
    at(2, 'missing option name'),
  ),
  refused('an unknown option', `${P}OPTION SINGLEHDR FOO BAR\n${X}`, at(2, 'unknown option')),
  refused('an option in lower case', `${P}OPTION singlehdr\n${X}`, at(2, 'unknown option')),
  refused('OPTIONS', `${P}OPTIONS SINGLEHDR\n${X}`, at(2, 'unknown option')),
  refused('an indented OPTION is a part line', `${P} OPTION SINGLEHDR\n${X}`, at(2, PATH)),
];

const REPLICAS = [
  accepted('two replicas', `${P}${X}REPLICA\n10M {DIR}/y\n`),
  refused('nothing but the signature', P, at(2, 'no pool set parts')),
  refused('options but no part', `${P}OPTION SINGLEHDR\n\n`, at(4, 'no pool set parts')),
  refused('REPLICA before the first part', `${P}REPLICA\n${X}`, at(2, 'no pool set parts')),
  refused('a replica without parts at the end', `${P}${X}REPLICA\n`, at(4, 'no replica parts')),
  refused(
    'a replica without parts in the middle',
    `${P}${X}REPLICA\nREPLICA\n10M {DIR}/y\n`,
    at(4, 'no replica parts'),
  ),
  refused(
    'every replica without parts is named',
    `${P}REPLICA\nREPLICA\n\n`,
    at(2, 'no pool set parts'),
    at(3, 'no replica parts'),
    at(5, 'no replica parts'),
  ),
  refused(
    'a faulty part line is a part line',
    `${P}foo\nREPLICA\nfoo\n`,
    at(2, TOKEN),
    at(4, TOKEN),
  ),
  refused(
    'a letter after REPLICA',
    `${P}${X}REPLICAX\n10M {DIR}/y\n`,
    at(3, "exactly 'REPLICA' expected"),
  ),
  refused(
    'REPLICAS with parts',
    `${P}${X}REPLICAS a b\n10M {DIR}/y\n`,
    at(3, "exactly 'REPLICA' expected"),
  ),
  refused(
    'what a faulty REPLICA line lacks is not reported again',
    `${P}REPLICAX\nREPLICA\n10M {DIR}/y\n`,
    at(2, "exactly 'REPLICA' expected"),
  ),
  refused('an indented REPLICA is a part line', `${P} REPLICA\n${X}`, at(2, TOKEN)),
  refused('replica in lower case is a part line', `${P}replica\n${X}`, at(2, TOKEN)),
];

const REMOTE_REPLICAS = [
  refused('a blank after REPLICA', `${P}${X}REPLICA \n10M {DIR}/y\n`, at(3, ADDRESS)),
  refused('a tab after REPLICA', `${P}${X}REPLICA\t\n10M {DIR}/y\n`, at(3, ADDRESS)),
  refused(
    'a comment after REPLICA and a blank',
    `${P}${X}REPLICA # x\n10M {DIR}/y\n`,
    at(3, ADDRESS),
  ),
  refused('an address alone', `${P}${X}REPLICA a\n`, at(3, ADDRESS)),
  refused(
    'an absolute descriptor',
    `${P}${X}REPLICA a /b\n`,
    at(3, 'incorrect descriptor (must be a relative path)'),
  ),
  refused('three tokens of a remote replica', `${P}${X}REPLICA a b c\n`, at(3, TOKEN)),
  refused('three tokens, the second absolute', `${P}${X}REPLICA a /b c\n`, at(3, TOKEN)),
  refused(
    'parts of a remote replica',
    `${P}${X}REPLICA a b\n10M {DIR}/y\n10M {DIR}/z\n`,
    at(4, 'unexpected parts for remote replica'),
    near(3, REMOTE),
  ),
  refused(
    'a remote replica alone',
    `${P}REPLICA a b\n`,
    at(3, 'no replica parts'),
    near(2, REMOTE),
  ),
  refused(
    'a remote replica before a local one',
    `${P}REPLICA a b\nREPLICA\n${X}`,
    at(3, 'no replica parts'),
    near(2, REMOTE),
  ),
  refused(
    'a local replica without parts before a remote one',
    `${P}${X}REPLICA\nREPLICA a b\n`,
    at(5, 'no replica parts'),
    near(4, REMOTE),
  ),
  refused(
    'a local replica without parts after a remote one',
    `${P}${X}REPLICA a b\nREPLICA\n`,
    at(5, 'no replica parts'),
    near(3, REMOTE),
  ),
  refusedUnlike(DEPRECATED, 'a remote replica', `${P}${X}REPLICA u@a:1 b\n`, near(3, REMOTE)),
  refusedUnlike(
    DEPRECATED,
    'two remote replicas',
    `${P}${X}REPLICA a b\nREPLICA c d\n`,
    near(3, REMOTE),
  ),
];

const PART_LINES = [
  accepted('the same file twice', `${P}${X}${X}`),
  accepted('a file in a directory that does not exist', `${P}10M {DIR}/none/x\n`),
  accepted('an existing file of another size', `${P}10M {DIR}/file\n`),
  refused('one token', `${P}10M\n`, at(2, TOKEN)),
  refused('three tokens', `${P}10M {DIR}/x y\n`, at(2, TOKEN)),
  refused('tokens are counted before anything else', `${P}bad x y\n`, at(2, TOKEN)),
  refused('a relative path', `${P}10M x\n`, at(2, PATH)),
  refused('a path is looked at before the size', `${P}bad x\n`, at(2, PATH)),
  refused('a path with a dot', `${P}10M ./x\n`, at(2, PATH)),
  refused('a path with a tilde', `${P}10M ~/x\n`, at(2, PATH)),
  refused('AUTO with a relative path', `${P}AUTO x\n`, at(2, PATH)),
  refused(
    'AUTO for nothing',
    `${P}AUTO {DIR}/x\n`,
    at(2, 'cannot determine size of a part', 'ENOENT'),
  ),
  refused('AUTO for a file', `${P}AUTO {DIR}/file\n`, at(2, 'cannot determine size of a part')),
  refused('AUTO for a directory', `${P}AUTO {DIR}/d\n`, at(2, 'cannot determine size of a part')),
  refused('AUTO for a pipe', `${P}AUTO {DIR}/pipe\n`, at(2, 'cannot determine size of a part')),
  refused(
    'AUTO below a file',
    `${P}AUTO {DIR}/file/x\n`,
    at(2, 'cannot determine size of a part', 'ENOTDIR'),
  ),
  refused('auto in lower case', `${P}auto {DIR}/x\n`, at(2, SIZE)),
  refused(
    'a path below a file',
    `${P}10M {DIR}/file/x\n`,
    near(2, 'os_access "{DIR}/file/x": Not a directory', 'ENOTDIR'),
  ),
  refused(
    'a path through a loop of links',
    `${P}10M {DIR}/loop\n`,
    near(2, 'os_access "{DIR}/loop": Too many levels of symbolic links', 'ELOOP'),
  ),
  refused('a size is looked at before what the path is', `${P}bad {DIR}/loop\n`, at(2, SIZE)),
  refusedUnlike(
    'it prints the type as a number',
    'a pipe',
    `${P}10M {DIR}/pipe\n`,
    near(2, 'file type not supported'),
  ),
  refusedUnlike(
    'it takes any bytes',
    'a path that is not UTF-8',
    `${P}10M {DIR}/x\xff\n`,
    at(2, 'incorrect path (must be valid UTF-8)'),
  ),
  refused(
    'every faulty line is named',
    `${P}foo\n10M x\n0 {DIR}/x\nOPTION\nREPLICAX\nfoo\n`,
    at(2, TOKEN),
    at(3, PATH),
    at(4, SIZE),
    at(5, 'missing option name'),
    at(6, "exactly 'REPLICA' expected"),
    at(7, TOKEN),
  ),
];

const DIRECTORIES = [
  accepted('a directory', `${P}OPTION SINGLEHDR\n300M {DIR}/d\n`),
  accepted('a directory without SINGLEHDR', `${P}300M {DIR}/d\n`),
  accepted('two directories in one replica', `${P}OPTION SINGLEHDR\n300M {DIR}/d\n300M {DIR}/e\n`),
  refused(
    'a directory after a file',
    `${P}${X}300M {DIR}/d\n`,
    near(3, 'cannot mix directories and files in a set'),
  ),
  refused(
    'a file after a directory, in another replica',
    `${P}300M {DIR}/d\nREPLICA\n${X}`,
    near(4, 'cannot mix directories and files in a set'),
  ),
  refused(
    'mixing is met where it happens',
    `${P}${X}300M {DIR}/d\nfoo\n300M {DIR}/e\n`,
    near(3, 'cannot mix directories and files in a set'),
    at(4, TOKEN),
  ),
  refused(
    'a fault before the mixing is met before it',
    `${P}${X}foo\n300M {DIR}/d\n`,
    at(3, TOKEN),
    near(4, 'cannot mix directories and files in a set'),
  ),
  refused(
    'a directory twice in a replica',
    `${P}300M {DIR}/d\n300M {DIR}/d\n`,
    near(3, 'cannot use the same directory twice', 'EEXIST'),
  ),
  refused(
    'a directory twice in a set',
    `${P}300M {DIR}/d\nREPLICA\n200M {DIR}/d\nfoo\n`,
    near(4, 'cannot use the same directory twice', 'EEXIST'),
    at(5, TOKEN),
  ),
  refused(
    'one directory in two spellings',
    `${P}300M {DIR}/d\nREPLICA\n300M {DIR}/e/../d/\n`,
    near(4, 'cannot use the same directory twice', 'EEXIST'),
  ),
];

const TOO_LATE = 'it accepts the size and fails when it makes the file';

const GOOD_SIZES =
  '1 8B 9000K 9M 9G 9T 7P 9KiB 9MiB 9GiB 9TiB 7PiB 9kB 9MB 9GB 9TB 9PB 00009M 9007199254740991';
const BAD_SIZES =
  '0 0M M 9k 9m 9g 9t 9p 9b 9KB 9mB 9Ki 9kiB 9E 9EiB 9_M 9M5 9MiBs 9BiB 9.5M 9,5M 0x9M 9MiBxxxxx 9MiBxxxxxx 9toString 16777216T 17592186044416M';
const SIGNED_OR_HUGE_SIZES =
  '+9M -9M 9007199254740992 8P 10P 99999999999999999999 8796093022208M 9999999999999999999999999999999999999999999999';

const SIZES = [
  ...GOOD_SIZES.split(' ').map((size) => accepted(`size ${size}`, `${P}${size} {DIR}/x\n`)),
  ...BAD_SIZES.split(' ').map((size) =>
    refused(`size ${size}`, `${P}${size} {DIR}/x\n`, at(2, SIZE)),
  ),
  ...SIGNED_OR_HUGE_SIZES.split(' ').map((size) =>
    refusedUnlike(TOO_LATE, `size ${size}`, `${P}${size} {DIR}/x\n`, at(2, SIZE)),
  ),
  refusedUnlike(
    TOO_LATE,
    'parts that add up to too much',
    `${P}7P {DIR}/x\n7P {DIR}/y\n`,
    near(3, 'the parts of a replica add up to more than 2^53 bytes', 'EFBIG'),
  ),
];

export const SET_FILE_CASES: readonly SetFileCase[] = [
  ...FIRST_LINE,
  ...BLANKS_AND_COMMENTS,
  ...OPTIONS,
  ...REPLICAS,
  ...REMOTE_REPLICAS,
  ...PART_LINES,
  ...DIRECTORIES,
  ...SIZES,
];

/** The bytes of a case. One character is one byte, but for those beyond Latin-1, of which there are none. */
export function contentOf(setFile: SetFileCase, directory: string): Uint8Array {
  return new Uint8Array(Buffer.from(setFile.content.replaceAll('{DIR}', directory), 'latin1'));
}

/** The problems of a case with the directory filled in. */
export function problemsOf(setFile: SetFileCase, directory: string): readonly PoolSetProblem[] {
  return setFile.problems.map((problem) => ({
    ...problem,
    text: problem.text.replaceAll('{DIR}', directory),
  }));
}

/** What the paths of the cases are. */
export function lookupOf(directory: string): PathLookup {
  const kinds = new Map<string, PathKind>([
    ['/d', { kind: 'directory', identity: 'd' }],
    ['/e/../d/', { kind: 'directory', identity: 'd' }],
    ['/e', { kind: 'directory', identity: 'e' }],
    ['/file', { kind: 'file', size: 100 }],
    ['/file/x', { kind: 'error', errno: 'ENOTDIR' }],
    ['/pipe', { kind: 'other' }],
    ['/loop', { kind: 'error', errno: 'ELOOP' }],
  ]);
  return {
    kind: (path) => kinds.get(path.slice(directory.length)) ?? { kind: 'missing' },
    list: () => [],
  };
}
