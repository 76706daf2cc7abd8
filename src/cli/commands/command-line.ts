import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { UsageError } from '../../base/index.ts';
import type { Terminal } from '../output/terminal.ts';
import { wrap } from '../output/text.ts';
import type { CommandIo } from '../start-program.ts';
import type { PoolCreateOptions } from './pool-create.ts';
import type { PoolRmOptions } from './pool-rm.ts';
import type { PoolSyncOptions } from './pool-sync.ts';
import { defineFeature, defineTransform } from './set-changes.ts';
import { Session, type OutputOptions } from './session.ts';

export interface CommandLineContext {
  readonly io: CommandIo;
  readonly terminal: Terminal;
  readonly version: string;
}

/**
 * Finds the command that the arguments name, loads it and runs it. Returns the exit code.
 * @throws UsageError when the arguments make no sense
 */
export async function parseCommandLine(
  args: readonly string[],
  context: CommandLineContext,
): Promise<number> {
  let exitCode = 0;
  const program = defineCommands(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for is no error; help instead of a missing command is one.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    const text = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new UsageError(`${text}; see ${commandNamed(program, args)} --help`);
  }
}

/** The longest name of a command that the arguments begin with. */
function commandNamed(program: Command, args: readonly string[]): string {
  const names = [program.name()];
  let command: Command | undefined = program;
  for (const word of args) {
    command = command.commands.find((candidate) => candidate.name() === word);
    if (command === undefined) break;
    names.push(word);
  }
  return names.join(' ');
}

type Finish = (exitCode: number) => void;

function defineCommands(context: CommandLineContext, finish: Finish): Command {
  const program = new Command('resilver')
    .description('Finds the copy that is wrong and makes it right from the copy that is right.')
    .version(`resilver ${context.version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: context.io.out,
      writeErr: context.io.err,
      getOutHelpWidth: () => context.terminal.width,
      getErrHelpWidth: () => context.terminal.width,
      // Errors are reported in one place, and these are no exception.
      outputError: () => undefined,
    });
  const pool = program
    .command('pool')
    .description('look at and repair PMDK pool sets')
    .helpCommand(false);
  const open = (options: OutputOptions): Session =>
    new Session(context.io, context.terminal, options);
  defineSync(pool, open, finish);
  defineCheck(pool, open, finish);
  defineCompare(pool, open, finish);
  defineInfo(pool, open, finish);
  defineCreate(pool, open, finish);
  defineRm(pool, open, finish);
  defineTransform(pool, open, finish);
  defineFeature(pool, open, finish);
  return program;
}

type OpenSession = (options: OutputOptions) => Session;

const SET = 'path of the pool set file';
const JSON_OPTION = ['--json', 'print one JSON document and nothing else'] as const;

function defineSync(pool: Command, open: OpenSession, finish: Finish): void {
  pool
    .command('sync')
    .summary('repair what is lost or damaged from healthy replicas')
    .description(
      'Looks at all replicas, shows what is wrong and what it would do, does it, and looks again. Nothing is written before everything was checked. A run that was killed is finished by the same command.',
    )
    .argument('<set>', SET)
    .option('-d, --dry-run', 'show the plan and change nothing')
    .option('--verify', 'read everything back afterwards and compare the replicas')
    .option('--compare', 'also find replicas whose headers are fine and whose data differ')
    .option('--heal-from <replica>', 'make the others like this replica (0, 1, …)', parseReplica)
    .option('--combine', 'put the pool together from replicas that may not have been in step')
    .option('-b, --bad-blocks', 'look for bad blocks and heal them from another replica')
    .option('--probe', 'find bad blocks by reading all parts from their devices; implies -b')
    .option(
      '--bad-blocks-from <part=file>',
      'take these ranges of a part (r0p1=FILE, format of a recovery file) for bad; implies -b',
      collectBadBlockList,
    )
    .option('--reflink', 'share blocks with the source: fast, but no second copy')
    .option('-y, --yes', 'do not ask')
    .option('-q, --quiet', 'print nothing but why something was not done')
    .option(...JSON_OPTION)
    .addHelpText('after', ({ command }) => `\n${wrapHelp(EXIT_CODES, command)}`)
    .action(async (path: string, options: PoolSyncOptions & OutputOptions) => {
      const { poolSync } = await import('./pool-sync.ts');
      finish(await poolSync(path, options, open(options)));
    });
}

function collectBadBlockList(value: string, before: readonly string[] = []): readonly string[] {
  if (!/^r\d+p\d+=./.test(value)) {
    throw new InvalidArgumentError('a part and a file are wanted, like r0p1=/path/to/list.');
  }
  return [...before, value];
}

function wrapHelp(text: string, command: Command): string {
  return wrap(text, command.configureOutput().getOutHelpWidth?.() ?? 80).join('\n');
}

const EXIT_CODES =
  'Exit codes: 0 healthy, or repaired and verified; 1 damage found, refused or failed; 2 usage; 70 a bug.';

function defineCheck(pool: Command, open: OpenSession, finish: Finish): void {
  pool
    .command('check')
    .summary('say whether all replicas are sound, and change nothing')
    .description(
      'Looks at headers, links, descriptors and heap structure of all replicas and changes nothing.',
    )
    .argument('<set>', SET)
    .option('-q, --quiet', 'print nothing; the exit code says it')
    .option(...JSON_OPTION)
    .action(async (path: string, options: OutputOptions) => {
      const { poolCheck } = await import('./pool-check.ts');
      finish(await poolCheck(path, open(options)));
    });
}

function defineCompare(pool: Command, open: OpenSession, finish: Finish): void {
  pool
    .command('compare')
    .summary('read all replicas and say where they differ')
    .description(
      'Reads all data of all replicas, prints every range where they differ and should not, who is alone, and what the heap structure says. Changes nothing.',
    )
    .argument('<set>', SET)
    .option('-q, --quiet', 'print nothing; the exit code says it')
    .option(...JSON_OPTION)
    .action(async (path: string, options: OutputOptions) => {
      const { poolCompare } = await import('./pool-compare.ts');
      finish(await poolCompare(path, open(options)));
    });
}

function defineInfo(pool: Command, open: OpenSession, finish: Finish): void {
  pool
    .command('info')
    .summary('say what pool it is and what it is made of')
    .description(
      'Prints what headers and descriptors say of the pool, and where its parts lie, as far as they can be read. Changes nothing.',
    )
    .argument('<set>', SET)
    .option(...JSON_OPTION)
    .action(async (path: string, options: OutputOptions) => {
      const { poolInfo } = await import('./pool-info.ts');
      finish(await poolInfo(path, open(options)));
    });
}

function defineCreate(pool: Command, open: OpenSession, finish: Finish): void {
  pool
    .command('create')
    .summary('make an empty pmemobj pool of a set file')
    .description(
      'Makes the part files that a set file names, reserved in full, and an empty pmemobj pool in them. Files that exist are used only when they have the right size and their first page is zero.',
    )
    .argument('<set>', SET)
    .option('-l, --layout <name>', 'name by which a program knows its pools')
    .option('-m, --mode <octal>', 'permission bits of new files (664)', parseMode)
    .option('--no-shutdown-state', 'without the feature SHUTDOWN_STATE')
    .option('-f, --force', 'first remove what lies where the parts go')
    .option('-y, --yes', 'do not ask')
    .option('-q, --quiet', 'print nothing but why something was not done')
    .option(...JSON_OPTION)
    .action(async (path: string, options: PoolCreateOptions & OutputOptions) => {
      const { poolCreate } = await import('./pool-create.ts');
      finish(poolCreate(path, options, open(options)));
    });
}

function defineRm(pool: Command, open: OpenSession, finish: Finish): void {
  pool
    .command('rm')
    .summary('remove the part files of a pool set')
    .description(
      'Removes the part files that a set file names. Parts that a program has open keep it from beginning. The set file itself stays.',
    )
    .argument('<set>', SET)
    .option('-a, --all', 'remove the set file too')
    .option('-y, --yes', 'do not ask')
    .option('-q, --quiet', 'print nothing but why something was not done')
    .option(...JSON_OPTION)
    .action(async (path: string, options: PoolRmOptions & OutputOptions) => {
      const { poolRm } = await import('./pool-rm.ts');
      finish(poolRm(path, options, open(options)));
    });
}

function parseMode(text: string): number {
  if (!/^[0-7]{1,3}$/.test(text)) throw new InvalidArgumentError('A mode is 1 to 3 octal digits');
  return Number.parseInt(text, 8);
}

function parseReplica(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('A replica is 0, 1, 2, …');
  return Number(text);
}
