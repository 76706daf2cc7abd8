import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { MIB } from '../../src/base/index.ts';
import { createPool, openPoolSet } from '../../src/pool/index.ts';

export const RESILVER = path.join(import.meta.dirname, '../../src/cli/resilver.ts');
export const START = path.join(import.meta.dirname, '../../src/cli/start.ts');

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly program?: string;
}

/** The real command as a process of its own, without a terminal. */
export function resilver(args: readonly string[], options: RunOptions = {}): Run {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [options.program ?? RESILVER, ...args],
    { cwd: options.cwd, env: options.env ?? plainEnvironment(), encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

/** The document of a `--json` run. @throws when standard output is anything but one document */
export function resilverJson(
  args: readonly string[],
  options: RunOptions = {},
): { readonly status: number | null; readonly document: JsonDocument; readonly stderr: string } {
  const { status, stdout, stderr } = resilver([...args, '--json'], options);
  return { status, document: JSON.parse(stdout) as JsonDocument, stderr };
}

/** The fields that tests look into. */
export interface JsonDocument {
  readonly schema: number;
  readonly command: string;
  readonly outcome: string;
  readonly dryRun: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly data: unknown };
  readonly findings: readonly { readonly code: string; readonly severity: string }[];
  readonly comparison: {
    readonly bytesCompared: number;
    readonly differences: readonly {
      readonly offset: number;
      readonly end: number;
      readonly groups: readonly (readonly number[])[];
      readonly alone: number | null;
    }[];
  } | null;
  readonly plan: {
    readonly bytesToCopy: number;
    readonly steps: readonly { readonly kind: string; readonly name: string }[];
    readonly refusals: readonly { readonly code: string }[];
    readonly accepted: readonly string[];
  };
  readonly repair: {
    readonly bytesCopied: number;
    readonly parts: readonly { readonly name: string; readonly anew: boolean }[];
  } | null;
  readonly verification: { readonly healthy: boolean } | null;
}

/** What the environment of the person who runs the tests must not decide. */
export function plainEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env = { ...process.env, ...more };
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'COLUMNS', 'INIT_CWD', 'npm_lifecycle_event']) {
    if (!(name in more)) delete env[name];
  }
  return env;
}

export interface FreshPool {
  readonly set: string;
  /** Path of a part, by its name. */
  readonly part: (name: string) => string;
}

/** A pool set `my.set` with parts `rRpP` in `directory`, made by our own engine; sizes in bytes by replica. */
export function freshPool(
  directory: string,
  replicas: readonly (readonly number[])[] = [
    [8 * MIB, 8 * MIB],
    [8 * MIB, 8 * MIB],
  ],
): FreshPool {
  const set = path.join(directory, 'my.set');
  const blocks = replicas.map((sizes, replica) =>
    sizes.map((size, part) => `${size} ${path.join(directory, `r${replica}p${part}`)}`).join('\n'),
  );
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(set, `PMEMPOOLSET\n${blocks.join('\nREPLICA\n')}\n`);
  using pool = openPoolSet(set);
  createPool(pool.media, pool.set);
  return { set, part: (name) => path.join(directory, name) };
}

/** Overwrites bytes of a file in place. */
export function overwrite(file: string, offset: number, data: string | Uint8Array): void {
  const fd = fs.openSync(file, 'r+');
  try {
    fs.writeSync(fd, Buffer.from(data), 0, Buffer.byteLength(data), offset);
  } finally {
    fs.closeSync(fd);
  }
}
