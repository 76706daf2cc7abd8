import { runPmempool } from '../../src/cli/compat/pmempool/main.ts';
import type { ScratchTree } from '../support/tree-snapshot.ts';
import type { Command } from './commands.ts';
import type { Outcome } from './outcome.ts';

/**
 * Runs our front door in this process, in the directory of `tree`, with what the command row types. Not for two at a time: a process has one
 * working directory and one environment.
 */
export async function runOurs(command: Command, tree: ScratchTree): Promise<Outcome> {
  const lines = (command.input ?? '').split('\n').slice(0, -1);
  const written = { stdout: '', stderr: '' };
  const home = process.cwd();
  const environment = { TZ: 'UTC', PMEMOBJ_CONF: '', ...command.env };
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  process.chdir(tree.directory);
  Object.assign(process.env, environment);
  try {
    const exit = await runPmempool(command.args, {
      out: (text) => void (written.stdout += text),
      err: (text) => void (written.stderr += text),
      readLine: () => lines.shift(),
      inputIsTerminal: false,
    });
    return { exit, ...written, tree: tree.snapshot() };
  } finally {
    process.chdir(home);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
