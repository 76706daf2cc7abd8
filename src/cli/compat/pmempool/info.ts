import { cString, describeErrno, errnoOf } from '../../../base/index.ts';
import {
  FileMedia,
  KernelBadBlocks,
  openPoolInfo,
  PoolSetFileError,
  type PoolInfoFailure,
} from '../../../pool/index.ts';
import type { CommandIo } from '../../start-program.ts';
import { parseOptions, type OptionSpec } from './getopt.ts';
import { describePoolInfo } from './info-texts.ts';
import { COMPATIBLE_VERSION } from './main.ts';

const USAGE = 'Usage: pmempool info [<args>] <file>\n';

const OPTIONS: readonly OptionSpec[] = [
  { long: 'version', short: 'V' },
  { long: 'verbose', short: 'v' },
  { long: 'help', short: 'h' },
  { long: 'human', short: 'n' },
  { long: 'force', short: 'f', argument: 'required' },
  { long: 'headers-hex', short: 'x' },
  { long: 'stats', short: 's' },
  { long: 'bad-blocks', short: 'k', argument: 'required' },
  { long: 'replica', short: 'p', argument: 'required' },
];

/** Of pools that this front door cannot read, or of parts of a pool that no repair looks at. */
const LACKING: readonly OptionSpec[] = [
  { long: 'data', short: 'd' },
  { long: 'range', short: 'r', argument: 'required' },
  { long: 'walk', short: 'w', argument: 'required' },
  { long: 'map', short: 'm' },
  { long: 'flog', short: 'g' },
  { long: 'backup', short: 'B' },
  { long: 'skip-zeros', short: 'z' },
  { long: 'skip-error', short: 'e' },
  { long: 'skip-no-flag', short: 'u' },
  { long: 'lanes', short: 'l' },
  { long: 'recovery', short: 'R' },
  { long: 'section', short: 'S', argument: 'required' },
  { long: 'object-store', short: 'O' },
  { long: 'types', short: 't', argument: 'required' },
  { long: 'no-empty', short: 'E' },
  { long: 'root', short: 'o' },
  { long: 'alloc-header', short: 'A' },
  { long: 'oob-header', short: 'a' },
  { long: 'heap', short: 'H' },
  { long: 'zones', short: 'Z' },
  { long: 'chunks', short: 'C' },
  { long: 'chunk-type', short: 'T', argument: 'required' },
  { long: 'bitmap', short: 'b' },
];

const HELP = `${USAGE}${COMPATIBLE_VERSION}
Print what describes a pool: where it lies, its header, its descriptor

Options:
  -h, --help                      display this help and exit
  -V, --version                   display version and exit
  -v, --verbose                   print more of the header and the descriptor
  -f, --force obj                 take the file for a pmemobj pool
  -n, --human                     print sizes in units of 1024
  -x, --headers-hex               print headers in hexadecimal too
  -s, --stats                     print how much of the heap is in use
  -k, --bad-blocks=<yes|no>       print the bad blocks of every part
  -p, --replica <num>             print the header of this replica
`;

const TYPES: ReadonlySet<string> = new Set(['obj', 'log', 'blk', 'btt']);

interface Request {
  readonly path: string;
  readonly replica: number;
  readonly force: boolean;
  readonly statistics: boolean;
  readonly badBlocks: boolean;
}

/** `pmempool info`: what is printed is for people and scripts; what stands in the way goes to stderr, exit 1. */
export async function info(args: readonly string[], io: CommandIo): Promise<number> {
  const { options, operands, error } = parseOptions('info', args, [...OPTIONS, ...LACKING]);
  if (options.has('help')) {
    io.out(HELP);
    return 0;
  }
  if (options.has('version')) {
    io.out(`${COMPATIBLE_VERSION}\n`);
    return 0;
  }
  const [path] = operands;
  const mistake = error ?? mistakeIn(options);
  if (mistake !== undefined || path === undefined) {
    io.err(mistake ?? '');
    if (error !== undefined || mistake === undefined) io.out(USAGE);
    return 1;
  }
  const request = {
    path,
    replica: Number(options.get('replica') ?? 0),
    force: options.has('force'),
    statistics: options.has('stats'),
    badBlocks: options.get('bad-blocks') === 'yes',
  };
  const style = {
    human: options.has('human'),
    verbose: options.has('verbose'),
    hex: options.has('headers-hex'),
  };
  return print(request, style, io);
}

function mistakeIn(options: ReadonlyMap<string, string>): string | undefined {
  const lacking = LACKING.find(({ long }) => options.has(long));
  if (lacking !== undefined) return `error: '--${lacking.long}' is not available in this release\n`;
  const replica = options.get('replica');
  if (replica !== undefined && !/^\d{1,9}$/.test(replica)) {
    return `error: '${replica}' -- invalid replica number\n`;
  }
  const badBlocks = options.get('bad-blocks');
  if (badBlocks !== undefined && badBlocks !== 'yes' && badBlocks !== 'no') {
    return `error: '${badBlocks}' -- invalid argument of the '-k/--bad-blocks' option\n`;
  }
  const type = options.get('force');
  if (type === undefined || type === 'obj') return undefined;
  return TYPES.has(type)
    ? `error: '${type}' -- pools of this type are not supported\n`
    : `error: '${type}' -- unknown pool type\n`;
}

async function print(
  { path, badBlocks, ...options }: Request,
  style: Parameters<typeof describePoolInfo>[1],
  io: CommandIo,
): Promise<number> {
  try {
    using found = openPoolInfo(new FileMedia(), path, {
      ...options,
      badBlockSources: badBlocks ? [new KernelBadBlocks()] : [],
    });
    const { result } = found;
    if (result.kind === 'failure') {
      const { failure } = result;
      if (options.force && failure.at === 'file' && errnoOf(failure.cause) === 'ENOENT') {
        io.err(`pmempool: ${system(path, failure.cause)}`);
      }
      io.err(describeFailure(failure, path));
      return 1;
    }
    const { ranges, failed } = await found.askBadBlocks();
    io.out(`${describePoolInfo(result.info, style, ranges).join('\n')}\n`);
    for (const part of failed) io.err(`error: checking bad blocks failed -- '${part}'\n`);
    return failed.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof PoolSetFileError)) throw error;
    const errno = error.problems[0]?.errno ?? 'EINVAL';
    io.err(`error: parsing poolset file failed\n${path}: ${describeErrno(errno)}\n`);
    return 1;
  }
}

function describeFailure(failure: PoolInfoFailure, path: string): string {
  switch (failure.at) {
    case 'file':
      return system(path, failure.cause);
    case 'first-header':
      return `error: cannot read pool header from poolset\n${system(path, failure.cause)}`;
    case 'parts':
      return `error: opening poolset failed\n${system(path, failure.cause)}`;
    case 'headers':
      return `error: opening poolset failed\n${path}: ${describeErrno('EINVAL')}\n`;
    case 'empty-file':
      return `error: read: Success\nerror: ${path}: cannot determine type of pool\n`;
    case 'pool-type':
      return failure.isSet
        ? `error: cannot determine pool type from poolset\nerror: ${path}: cannot determine type of pool\n`
        : `error: ${path}: unknown pool type -- '${cString(failure.signature)}'\n`;
    case 'checksum':
      return `error: ${path}: invalid checksum\n`;
    case 'replica-number':
      return failure.replicaCount === 1
        ? 'error: only master replica available\n'
        : `error: replica number out of range (valid range is: 0-${failure.replicaCount - 1})\n`;
  }
}

function system(path: string, cause: Error): string {
  return `${path}: ${describeErrno(errnoOf(cause) ?? 'EINVAL')}\n`;
}
