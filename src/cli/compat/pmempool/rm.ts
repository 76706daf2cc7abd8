import { describeErrno, SystemError } from '../../../base/index.ts';
import {
  FileMedia,
  findRemovalTarget,
  isWritable,
  PoolSetFileError,
  removeFile,
  type Media,
  type RemovalTarget,
} from '../../../pool/index.ts';
import type { CommandIo } from '../../start-program.ts';
import { ask } from './ask.ts';
import { parseOptions, type OptionSpec } from './getopt.ts';
import { COMPATIBLE_VERSION } from './main.ts';

const USAGE = 'Usage: pmempool rm [<args>] <files>\n';

const OPTIONS: readonly OptionSpec[] = [
  { long: 'help', short: 'h' },
  { long: 'verbose', short: 'v' },
  { long: 'only-pools', short: 's' },
  { long: 'all', short: 'a' },
  { long: 'local', short: 'l' },
  { long: 'remote', short: 'r' },
  { long: 'force', short: 'f' },
  { long: 'interactive', short: 'i' },
];

const HELP = `${USAGE}${COMPATIBLE_VERSION}
Remove pool files, or all part files of a pool set

Available options:
  -h, --help           display this help and exit
  -v, --verbose        name what is removed
  -s, --only-pools     keep the set file itself (default)
  -a, --all            remove the set file too
  -l, --local          the same
  -r, --remote         accepted; there are no remote replicas
  -f, --force          ignore what is missing, remove pools in use and any other file
  -i, --interactive    ask before each file
`;

interface Context {
  readonly media: Media;
  readonly io: CommandIo;
  readonly verbose: boolean;
  readonly withSetFile: boolean;
  readonly force: boolean;
  readonly interactive: boolean;
}

/** `pmempool rm`: each operand by itself; one that cannot be removed does not stop the next. */
export async function rm(args: readonly string[], io: CommandIo): Promise<number> {
  const { options, operands, error } = parseOptions('rm', args, OPTIONS);
  if (options.has('help')) {
    io.out(HELP);
    return 0;
  }
  if (error !== undefined || operands.length === 0) {
    io.err(error ?? '');
    io.out(USAGE);
    return 1;
  }
  const context: Context = {
    media: new FileMedia(),
    io,
    verbose: options.has('verbose'),
    withSetFile: options.has('all') || options.has('local'),
    force: options.has('force'),
    interactive: options.has('interactive'),
  };
  const done = operands.map((path) => removeOperand(path, context));
  return done.includes(false) ? 1 : 0;
}

function removeOperand(path: string, context: Context): boolean {
  const { io, media, force } = context;
  let target: RemovalTarget;
  try {
    target = findRemovalTarget(media, path);
  } catch (error) {
    if (error instanceof PoolSetFileError) {
      io.err(`error: parsing poolset failed: util_poolset_parse failed -- '${path}'\n`);
      return false;
    }
    if (!(error instanceof SystemError)) throw error;
    io.err(`error: cannot remove '${path}': ${describeErrno(error.errno)}\n`);
    return false;
  }
  switch (target.kind) {
    case 'missing':
      if (!force) io.err(`error: cannot remove '${path}': ${describeErrno('ENOENT')}\n`);
      return force;
    case 'no-file':
      io.out(`${path}: cannot determine type of file`);
      io.err(`error: parsing poolset failed: util_poolset_parse failed -- '${path}'\n`);
      return false;
    case 'stranger':
      if (!force) {
        io.err(
          `error: cannot remove '${path}': it does not look like a pool file, -f removes it\n`,
        );
        return false;
      }
      return removeOne(path, `'${path}'`, context) === undefined;
    case 'file':
      return removeOne(path, `'${path}'`, context) === undefined;
    case 'set':
      return removeSet(path, target.parts, context);
  }
}

function removeSet(path: string, parts: readonly string[], context: Context): boolean {
  const failures = parts.map((part) => removeOne(part, `file '${part}'`, context));
  const errno = failures.findLast((failure) => failure !== undefined);
  if (errno !== undefined) {
    context.io.err(`error: removing '${path}' failed: ${describeErrno(errno)}\n`);
    return false;
  }
  return !context.withSetFile || removeOne(path, `'${path}'`, context) === undefined;
}

/** The errno when it failed; undefined when it is gone, or was left on purpose. */
function removeOne(path: string, name: string, context: Context): string | undefined {
  const { io, media, force, verbose } = context;
  try {
    if (media.stat(path) === undefined && force) return undefined;
    if (media.stat(path) !== undefined && !isWanted(path, context)) return undefined;
    removeFile(media, path, force);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    io.err(`error: cannot remove ${name}: ${describeErrno(error.errno)}\n`);
    return error.errno;
  }
  if (verbose) io.out(`removed '${path}'\n`);
  return undefined;
}

function isWanted(path: string, { io, media, force, interactive }: Context): boolean {
  const isProtected = !force && !isWritable(media, path);
  if (!interactive && !isProtected) return true;
  const kind = isProtected ? 'write-protected file' : 'file';
  return ask(io, `remove ${kind} '${path}' ?`) === 'yes';
}
