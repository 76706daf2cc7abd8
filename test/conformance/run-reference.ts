import { spawnSync } from 'node:child_process';
import { referencePmempool } from '../support/requirements.ts';
import type { ScratchTree } from '../support/tree-snapshot.ts';
import type { Command } from './commands.ts';
import type { Outcome } from './outcome.ts';

/** Runs a program with the arguments, input and environment of a command row in the directory of `tree`. */
export function runProgram(program: string, command: Command, tree: ScratchTree): Outcome {
  const run = spawnSync(program, command.args, {
    cwd: tree.directory,
    argv0: 'pmempool',
    input: command.input ?? '',
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C', PMEMOBJ_CONF: '', ...command.env },
  });
  return {
    exit: run.status ?? -1,
    stdout: run.stdout,
    stderr: run.stderr,
    tree: tree.snapshot(),
  };
}

export function runReference(command: Command, tree: ScratchTree): Outcome {
  return runProgram(referencePmempool(), command, tree);
}
