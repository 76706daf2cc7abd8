import { describeErrno, SystemError } from '../../../base/index.ts';
import {
  checkConsistency,
  FileMedia,
  KernelBadBlocks,
  lookForBadBlocks,
  makeBackupCopy,
  openCheckedPool,
  planBackup,
  PoolSetFileError,
  type BackupCopy,
  type CheckedPool,
  type ConsistencyEvent,
  type ConsistencyVerdict,
  type Media,
} from '../../../pool/index.ts';
import type { CommandIo } from '../../start-program.ts';
import { ask } from './ask.ts';
import {
  BAD_BLOCKS,
  describeBackupRefusal,
  describeEvent,
  describeVerdict,
  REVERTING,
} from './check-texts.ts';
import { parseOptions, type OptionSpec } from './getopt.ts';
import { COMPATIBLE_VERSION } from './main.ts';

const USAGE = 'Usage: pmempool check [<args>] <file>\n';

const OPTIONS: readonly OptionSpec[] = [
  { long: 'repair', short: 'r' },
  { long: 'yes', short: 'y' },
  { long: 'dry-run', short: 'd' },
  { long: 'no-exec', short: 'N' },
  { long: 'backup', short: 'b', argument: 'required' },
  { long: 'advanced', short: 'a' },
  { long: 'quiet', short: 'q' },
  { long: 'verbose', short: 'v' },
  { long: 'help', short: 'h' },
];

const HELP = `${USAGE}${COMPATIBLE_VERSION}
Look whether a pool is consistent

Common options:
  -r, --repair         put right what can be
  -y, --yes            answer yes to all questions
  -d, --dry-run        change nothing, show what would be done
  -b, --backup <file>  copy the pool before it is repaired
  -a, --advanced       repair also what needs a new checksum
  -q, --quiet          print nothing
  -v, --verbose        say what is looked at
  -h, --help           display this help and exit
`;

interface Request {
  readonly path: string;
  readonly repair: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly backup: string | undefined;
  readonly advanced: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** The check could not be carried out: the errno that is printed, if there is one. */
class CheckFailure extends Error {
  readonly errno: string | undefined;

  constructor(errno: string | undefined) {
    super('the check failed');
    this.errno = errno;
  }
}

/** `pmempool check`: exit 0 when nothing is left to do but perhaps a sync, else 1. */
export async function check(args: readonly string[], io: CommandIo): Promise<number> {
  const { options, operands, error } = parseOptions('check', args, OPTIONS);
  if (options.has('help')) {
    io.out(HELP);
    return 0;
  }
  const [path] = operands;
  if (error !== undefined || path === undefined) {
    io.err(error ?? '');
    io.out(USAGE);
    return 1;
  }
  const request: Request = {
    path,
    repair: options.has('repair'),
    yes: options.has('yes'),
    dryRun: options.has('dry-run') || options.has('no-exec'),
    backup: options.get('backup'),
    advanced: options.has('advanced'),
    quiet: options.has('quiet'),
    verbose: options.has('verbose') && !options.has('quiet'),
  };
  const missing = needsRepair(request);
  if (missing !== undefined) {
    io.err(`error: '${missing}' option requires '-r'\n`);
    return 1;
  }
  return report(request, io);
}

/** The option that makes no sense without repair; the reference names dry run by its old letter. */
function needsRepair({ repair, dryRun, backup }: Request): string | undefined {
  if (repair) return undefined;
  if (dryRun) return '-N';
  return backup === undefined ? undefined : '-b';
}

async function report(request: Request, io: CommandIo): Promise<number> {
  const talk = new Talk(request, io);
  try {
    const verdict = await checkPool(request, talk);
    const line = `${request.path}: ${describeVerdict(verdict)}`;
    if (verdict === 'consistent') talk.info(line);
    else talk.error(line);
    return verdict === 'not-consistent' || verdict === 'cannot-repair' ? 1 : 0;
  } catch (error) {
    const failure = toFailure(error);
    if (failure.errno !== undefined) io.err(`error: ${describeErrno(failure.errno)}\n`);
    io.err(`error: ${request.repair ? 'repairing' : 'checking consistency'} failed\n`);
    return 1;
  }
}

function toFailure(error: unknown): CheckFailure {
  if (error instanceof CheckFailure) return error;
  if (error instanceof SystemError) {
    // The reference maps the file where `info` reads it, and a directory fails in its own way at each.
    return new CheckFailure(error.errno === 'EISDIR' ? 'EINVAL' : error.errno);
  }
  if (error instanceof PoolSetFileError) return new CheckFailure(error.problems[0]!.errno);
  throw error;
}

async function checkPool(request: Request, talk: Talk): Promise<ConsistencyVerdict> {
  const { repair, yes, advanced, dryRun, backup, path } = request;
  if (!repair && (yes || advanced)) throw new CheckFailure('EINVAL');
  if (dryRun && backup !== undefined) throw new CheckFailure('EINVAL');
  const media = new FileMedia();
  using pool = openCheckedPool(media, path, [new KernelBadBlocks()]);
  const badBlocks = await lookForBadBlocks(pool);
  if (badBlocks === 'unknown') {
    talk.error(`checking poolset for bad blocks failed -- '${path}'`);
    throw new CheckFailure(undefined);
  }
  if (badBlocks === 'found') {
    talk.error(BAD_BLOCKS);
    return 'cannot-repair';
  }
  if (backup !== undefined) {
    const verdict = await backUp(media, pool, backup, talk);
    if (verdict !== undefined) return verdict;
  }
  const shape = {
    replicaCount: pool.any.set.replicas.length,
    partCount: pool.any.set.replicas.flatMap(({ parts }) => parts).length,
  };
  const steps = checkConsistency(pool.input, { repair, advanced });
  let next = steps.next();
  while (next.done !== true) next = steps.next(talk.hear(next.value, shape));
  if (!dryRun) pool.write(next.value.changed);
  return next.value.verdict;
}

/** Undefined when the pool is backed up; else the verdict that ends the check. */
async function backUp(
  media: Media,
  pool: CheckedPool,
  target: string,
  talk: Talk,
): Promise<ConsistencyVerdict | undefined> {
  const backup = planBackup(media, pool, target);
  if (backup.kind === 'refused') {
    const { lines, errno } = describeBackupRefusal(backup.refusal, target);
    for (const line of lines) talk.error(line);
    if (backup.refusal.why === 'target-is-source') return 'cannot-repair';
    throw new CheckFailure(errno);
  }
  if (backup.copies.some(({ exists }) => exists)) {
    const text = pool.any.isSet
      ? 'part files of the destination poolset of the backup already exist'
      : 'destination of the backup already exists';
    const question = pool.any.isSet
      ? 'Do you want to overwrite them?'
      : 'Do you want to overwrite it?';
    if (!talk.confirm(text, `${text}. ${question}`)) {
      talk.error(REVERTING);
      return 'not-consistent';
    }
  }
  await copyAll(media, pool, backup.copies, talk);
  return undefined;
}

async function copyAll(
  media: Media,
  pool: CheckedPool,
  copies: readonly BackupCopy[],
  talk: Talk,
): Promise<void> {
  try {
    for (const copy of copies) {
      if (!copy.exists) talk.info(`creating backup file: ${copy.path}`);
      await makeBackupCopy(media, pool, copy);
    }
  } catch (error) {
    if (error instanceof SystemError) talk.error('cannot perform backup');
    throw error;
  }
}

/** What is said to whoever ran the command, and what he answers. */
class Talk {
  readonly #request: Request;
  readonly #io: CommandIo;

  constructor(request: Request, io: CommandIo) {
    this.#request = request;
    this.#io = io;
  }

  info(line: string): void {
    if (this.#request.verbose) this.#io.out(`${line}\n`);
  }

  error(line: string): void {
    if (!this.#request.quiet) this.#io.out(`${line}\n`);
  }

  /** True when it is to be done. `-y` answers itself and leaves only the statement. */
  confirm(statement: string, question: string): boolean {
    if (this.#request.yes) {
      this.info(statement);
      return true;
    }
    const answer = ask(this.#io, question);
    if (answer === 'no-input') this.info('Answer must be either yes or no');
    return answer === 'yes';
  }

  hear(event: ConsistencyEvent, shape: Parameters<typeof describeEvent>[1]): boolean {
    const { text, question } = describeEvent(event, shape);
    if (event.level === 'question') return this.confirm(text, question);
    if (event.level === 'info') this.info(text);
    else this.error(text);
    return false;
  }
}
