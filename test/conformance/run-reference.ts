import { spawnSync } from 'node:child_process';
import { referencePmempool } from '../support/requirements.ts';
import { takeSnapshot, type RestoredFiles } from '../support/tree-snapshot.ts';
import type { Command } from './commands.ts';
import type { Outcome } from './outcome.ts';

/** Runs a program with the arguments, input and environment of a command row in `directory`. */
export function runProgram(
  program: string,
  command: Command,
  directory: string,
  restored: RestoredFiles,
): Outcome {
  const run = spawnSync(program, command.args, {
    cwd: directory,
    input: command.input ?? '',
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C', PMEMOBJ_CONF: '', ...command.env },
  });
  return {
    exit: run.status ?? -1,
    stdout: run.stdout,
    stderr: run.stderr,
    tree: takeSnapshot(directory, restored),
  };
}

export function runReference(
  command: Command,
  directory: string,
  restored: RestoredFiles,
): Outcome {
  return runProgram(referencePmempool(), command, directory, restored);
}
