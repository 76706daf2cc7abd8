import fs from 'node:fs';
import path from 'node:path';
import { describeError, exitCodeOf, toErrorDocument } from '../output/failure.ts';
import { renderJson } from '../output/render-json.ts';
import { detectTerminal, type Terminal } from '../output/terminal.ts';
import type { CommandIo } from '../start-program.ts';

/** `resilver` with the arguments behind its name; returns the exit code. Never throws. */
export async function runResilver(
  args: readonly string[],
  io: CommandIo,
  terminal: Terminal = detectTerminal(),
): Promise<number> {
  const json = args.includes('--json');
  try {
    // Answered before anything is loaded: scripts ask for it often.
    if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
      io.out(`resilver ${packageVersion()}\n`);
      return 0;
    }
    const { parseCommandLine } = await import('./command-line.ts');
    return await parseCommandLine(args, { io, terminal, version: packageVersion() });
  } catch (error) {
    if (json) io.out(renderJson(toErrorDocument(error)));
    else io.err(describeError(error));
    return exitCodeOf(error);
  }
}

/** The same relative path from the sources and from what is published. */
export function packageVersion(): string {
  const manifest = path.join(import.meta.dirname, '../../../package.json');
  return (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { version: string }).version;
}
