import type { CommandIo, Program } from '../../start-program.ts';

/** The release whose options, texts and exit codes this front door keeps. Scripts read it. */
export const COMPATIBLE_VERSION = 'pmempool 1.12.1';

const USAGE = 'usage: pmempool [--version] [--help] <command> [<args>]\n';

interface CommandEntry {
  readonly purpose: string;
  readonly load: () => Promise<Program>;
}

/** In the order of the help text. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  info: {
    purpose: 'print what describes a pool',
    load: async () => (await import('./info.ts')).info,
  },
  create: {
    purpose: 'create a pool',
    load: async () => (await import('./create.ts')).create,
  },
  check: {
    purpose: 'look whether a pool is consistent',
    load: async () => (await import('./check.ts')).check,
  },
  rm: {
    purpose: 'remove a pool or the parts of a pool set',
    load: async () => (await import('./rm.ts')).rm,
  },
  sync: {
    purpose: 'make the replicas of a pool set equal again',
    load: async () => (await import('./sync.ts')).sync,
  },
  transform: {
    purpose: 'add or remove replicas or headers of a pool set',
    load: async () => (await import('./transform.ts')).transform,
  },
  feature: {
    purpose: 'switch or query features of a pool',
    load: async () => (await import('./feature.ts')).feature,
  },
};

/** Commands of the reference that this release lacks. */
const LACKING: ReadonlySet<string> = new Set(['dump', 'convert']);

/** `pmempool` with the arguments behind its name; returns the exit code. */
export async function runPmempool(args: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    io.out(USAGE);
    return 0;
  }
  if (name === '-V' || name === '--version') {
    io.out(`${COMPATIBLE_VERSION}\n`);
    return 0;
  }
  if (name === '-h' || name === '--help') {
    io.out(help());
    return 0;
  }
  if (name.startsWith('-')) {
    io.err(unknownOption(name));
    io.out(USAGE);
    return 1;
  }
  if (name === 'help') return helpFor(rest[0], io);
  const command = COMMANDS[name];
  if (command === undefined) {
    const reason = LACKING.has(name) ? 'not available in this release' : 'unknown command';
    io.err(`error: '${name}' -- ${reason}\n`);
    return 1;
  }
  return (await command.load())(rest, io);
}

async function helpFor(name: string | undefined, io: CommandIo): Promise<number> {
  if (name === undefined) {
    io.out(help());
    return 1;
  }
  const command = COMMANDS[name];
  if (command === undefined) {
    io.err(`error: No help text for '${name}' command\n`);
    return 1;
  }
  return (await command.load())(['--help'], io);
}

function help(): string {
  const commands = Object.entries(COMMANDS).map(
    ([name, { purpose }]) => `${name}\t\t- ${purpose}\n`,
  );
  return [
    `${USAGE}${COMPATIBLE_VERSION}\n\nOptions:\n`,
    '  -V, --version        display version\n',
    '  -h, --help           display this help and exit\n\n',
    'The available commands are:\n',
    ...commands,
    'help\t\t- print help text about a command\n',
  ].join('');
}

function unknownOption(word: string): string {
  return word.startsWith('--')
    ? `pmempool: unrecognized option '${word}'\n`
    : `pmempool: invalid option -- '${word[1]}'\n`;
}
