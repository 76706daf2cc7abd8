import { dirname } from 'node:path';
import { alignDown, describeErrno, SystemError } from '../../../base/index.ts';
import {
  createPool,
  CreateRefusedError,
  FileMedia,
  isPoolSetFile,
  LAYOUT_NAME_MAX,
  MIN_POOL,
  openPoolSet,
  PAGE,
  parsePartSize,
  PoolSetFileError,
  readInheritedPool,
  singleFileSet,
  type CreateOptions,
  type InheritedPool,
  type MediaStat,
} from '../../../pool/index.ts';
import type { CommandIo } from '../../start-program.ts';
import { describeCreateFailure, describeSize } from './create-texts.ts';
import { parseOptions, type OptionSpec } from './getopt.ts';
import { COMPATIBLE_VERSION } from './main.ts';

const USAGE = 'Usage: pmempool create [<args>] <blk|log|obj> [<bsize>] <file>\n';

const OPTIONS: readonly OptionSpec[] = [
  { long: 'size', short: 's', argument: 'required' },
  { long: 'verbose', short: 'v' },
  { long: 'help', short: 'h' },
  { long: 'max-size', short: 'M' },
  { long: 'inherit', short: 'i', argument: 'required' },
  { long: 'mode', short: 'm', argument: 'required' },
  { long: 'write-layout', short: 'w' },
  { long: 'layout', short: 'l', argument: 'required' },
  { long: 'force', short: 'f' },
  { long: 'clear-bad-blocks', short: 'b' },
];

const HELP = `${USAGE}${COMPATIBLE_VERSION}
Make a pmemobj pool in one file or in the parts of a pool set

Common options:
  -s, --size  <size>   size of the pool; not with a pool set
  -M, --max-size       take the space that the file system has left
  -m, --mode <octal>   permissions of new files (0664 unless given)
  -i, --inherit <file> take type, size, mode and layout from another pool
  -b, --clear-bad-blocks accepted; new files have no bad blocks
  -f, --force          remove the pool first
  -v, --verbose        say what is made
  -h, --help           display this help and exit

Options for PMEMOBJ:
  -l, --layout <name>  layout name stored in the pool
`;

const DEFAULT_MODE = 0o664;
const REGULAR_FILE = 0o100000;
/** One in so many bytes stays free for the file system's own records of the file. */
const OWN_RECORDS = 256;

type Options = ReadonlyMap<string, string>;

/** What the command line, with an inherited pool behind it, asks for. */
interface Request {
  readonly file: string;
  /** Undefined when neither said. */
  readonly size: number | undefined;
  readonly mode: number;
  /** As the reference shows it: an inherited mode with the kind of the file. */
  readonly shownMode: number;
  readonly layout: string;
}

/** The request cannot be met; what to print about it. */
class Refusal extends Error {}

/** `pmempool create`: nothing on success unless asked. */
export async function create(args: readonly string[], io: CommandIo): Promise<number> {
  const { options, operands, error } = parseOptions('create', args, OPTIONS);
  if (options.has('help')) {
    io.out(HELP);
    return 0;
  }
  if (error !== undefined || operands.length < (options.has('inherit') ? 1 : 2)) {
    io.err(error ?? '');
    io.out(USAGE);
    return 1;
  }
  try {
    run(options, operands, io);
    return 0;
  } catch (failure) {
    if (!(failure instanceof Refusal)) throw failure;
    io.err(failure.message);
    return 1;
  }
}

function run(options: Options, operands: readonly string[], io: CommandIo): void {
  const media = new FileMedia();
  const say = options.has('verbose') ? io.out : () => {};
  const given = {
    size: givenSize(options),
    mode: givenMode(options),
    layout: options.get('layout'),
  };
  const file = readOperands(options, operands);
  const inherited = inherit(media, options.get('inherit'), say);
  const mode = given.mode ?? inherited?.mode ?? DEFAULT_MODE;
  const shownMode =
    given.mode === undefined && inherited !== undefined ? mode | REGULAR_FILE : mode;
  const layout = given.layout ?? inherited?.layout ?? '';
  const request = { file, size: given.size ?? inherited?.size, mode, shownMode, layout };
  make(media, request, options, say);
}

function givenSize(options: Options): number | undefined {
  const text = options.get('size');
  const size = text === undefined ? undefined : parsePartSize(text);
  if (text === undefined || size !== undefined) return size;
  throw new Refusal(`error: invalid size value specified '${text}'\n`);
}

function givenMode(options: Options): number | undefined {
  const text = options.get('mode');
  if (text === undefined) return undefined;
  if (/^0*[0-7]{1,3}$/.test(text)) return Number.parseInt(text, 8);
  throw new Refusal(`error: invalid mode value specified '${text}'\n`);
}

/** The operand that names the pool. */
function readOperands(options: Options, operands: readonly string[]): string {
  const [first = '', second] = operands;
  if (second === undefined) return first;
  if (first !== 'obj') refuseType(first);
  if (operands.length > 2) {
    throw new Refusal('error: invalid option specified for obj pool type -- block size\n');
  }
  if (options.has('write-layout')) {
    throw new Refusal(
      "error: '--write-layout|-w' -- invalid option specified for pool type 'obj'\n",
    );
  }
  if (Buffer.byteLength(options.get('layout') ?? '') > LAYOUT_NAME_MAX) {
    throw new Refusal(
      `error: Layout name is too long, maximum number of characters (including the terminating null byte) is ${LAYOUT_NAME_MAX + 1}\n`,
    );
  }
  return second;
}

function refuseType(type: string): never {
  const known = type === 'blk' || type === 'log';
  throw new Refusal(
    known
      ? 'error: creating pmemblk and pmemlog pools is not supported\n'
      : `error: '${type}' -- unknown pool type\n`,
  );
}

function inherit(
  media: FileMedia,
  path: string | undefined,
  say: (text: string) => void,
): InheritedPool | undefined {
  if (path === undefined) return undefined;
  say(`Parsing pool: '${path}'\n`);
  try {
    const found = readInheritedPool(media, path);
    if (found.type === undefined) {
      const text = startsLikeSet(media, path)
        ? 'cannot determine pool type from poolset'
        : `'${path}' -- unknown pool type`;
      throw new Refusal(`error: ${text}\nerror: parsing pool '${path}' failed\n`);
    }
    if (found.type !== 'obj') refuseType(found.type);
    say(describe(found.size, found.mode | REGULAR_FILE, found.layout));
    return found;
  } catch (error) {
    if (!(error instanceof SystemError || error instanceof PoolSetFileError)) throw error;
    const errno = 'errno' in error ? error.errno : 'EINVAL';
    throw new Refusal(`${path}: ${describeErrno(errno)}\nerror: parsing pool '${path}' failed\n`);
  }
}

function make(
  media: FileMedia,
  request: Request,
  options: Options,
  say: (text: string) => void,
): void {
  const { file, mode, shownMode, layout } = request;
  const createOptions: CreateOptions = {
    layout,
    mode,
    shutdownState: wantsShutdownState(process.env['PMEMOBJ_CONF'] ?? ''),
    replace: options.has('force'),
  };
  try {
    const found = media.stat(file);
    const isSet = found?.kind === 'file' && startsLikeSet(media, file);
    const size = isSet
      ? sizeOfSet(request, options)
      : sizeOfFile(media, request, found, options, say);
    // The reference forgets the size that it has just found.
    const shownSize = options.has('max-size') ? 0 : size;
    say(`Creating pool: ${file}\n${describe(shownSize, shownMode, layout)}`);
    if (isInTheWay(found, options) && request.size !== undefined) {
      throw failed(file, `file ${file} already exists`);
    }
    if (isSet) {
      using opened = openPoolSet(file);
      createPool(media, opened.set, createOptions);
    } else {
      const whole = size === 0 ? existingSize(file, found) : size;
      createPool(media, singleFileSet(file, whole), createOptions);
    }
  } catch (error) {
    const known =
      error instanceof CreateRefusedError ||
      error instanceof SystemError ||
      error instanceof PoolSetFileError;
    throw known ? failed(file, describeCreateFailure(error)) : error;
  }
}

function failed(file: string, text: string): Refusal {
  return new Refusal(`error: '${file}' -- ${text}\nerror: creating pool file failed\n`);
}

function startsLikeSet(media: FileMedia, path: string): boolean {
  using file = media.open(path, 'read');
  return isPoolSetFile(file.read(0, Math.min(11, file.stat().size)));
}

/** A set file says the sizes; the reference shows 0, or the size of the pool that it inherits from. */
function sizeOfSet({ size = 0 }: Request, options: Options): number {
  if (options.has('size')) {
    throw new Refusal('error: -s|--size cannot be used with poolset file\n');
  }
  if (options.has('max-size')) {
    throw new Refusal('error: -M|--max-size cannot be used with poolset file\n');
  }
  return size;
}

/** Bytes of a new file; 0 when one that exists is to be used. */
function sizeOfFile(
  media: FileMedia,
  { file, size }: Request,
  found: MediaStat | undefined,
  options: Options,
  say: (text: string) => void,
): number {
  if (options.has('max-size') && options.has('size')) {
    throw new Refusal('error: -M|--max-size option cannot be used with -s|--size option\n');
  }
  if (size !== undefined && size < MIN_POOL) {
    throw new Refusal(`error: size must be >= ${MIN_POOL} bytes\n`);
  }
  const inTheWay = isInTheWay(found, options);
  if (options.has('max-size')) {
    say('Maximum size option passed - getting available space of file system.\n');
    const { free } = media.space(dirname(file));
    say(`Available space is ${describeSize(free)}\n`);
    if (inTheWay) {
      throw new Refusal(`error: open '${file}' failed: ${describeErrno('EEXIST')}\n`);
    }
    return alignDown(free - Math.ceil(free / OWN_RECORDS), PAGE);
  }
  if (size !== undefined) return size;
  if (inTheWay) return 0;
  say('No size option passed - picking minimum pool size.\n');
  return MIN_POOL;
}

/** Something is there that is not to be removed first. */
function isInTheWay(found: MediaStat | undefined, options: Options): boolean {
  return found !== undefined && !(options.has('force') && found.kind === 'file');
}

function existingSize(file: string, found: MediaStat | undefined): number {
  const { kind, size } = found!;
  if (kind === 'file' && size < MIN_POOL) {
    throw failed(
      file,
      `file is not a poolset file and its size (${size}) is smaller than ${MIN_POOL}`,
    );
  }
  // Any size that is large enough: what is no file is refused when it is looked at.
  return kind === 'file' ? size : MIN_POOL;
}

/** Whether `PMEMOBJ_CONF`, settings separated by semicolons, leaves SHUTDOWN_STATE on. The last setting counts. */
function wantsShutdownState(configuration: string): boolean {
  const settings = configuration.split(';').map((setting) => setting.trim().split('='));
  const value = settings.findLast(([name]) => name === 'sds.at_create')?.[1];
  return value === undefined || !/^[0nN]/.test(value);
}

function describe(size: number, mode: number, layout: string): string {
  const lines = [
    'type  : obj',
    `size  : ${describeSize(size)}`,
    `mode  : 0${mode.toString(8)}`,
    `layout: '${layout}'`,
  ];
  return lines.map((line) => `\t${line}\n`).join('');
}
