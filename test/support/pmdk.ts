import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCES = join(import.meta.dirname, 'pmdk');

/** Where the compiled test programs stay between runs; named by the hash of their source. */
const CACHE = process.env['RESILVER_TEST_CACHE'] ?? join(tmpdir(), 'resilver-test-cache');

/**
 * The compiled form of `test/support/pmdk/<name>.c`, linked with libpmemobj. Built on the first call, then
 * reused while the source stays the same. @throws when gcc or libpmemobj is missing: ask `requires` first
 */
export function pmdkProgram(name: string): string {
  const source = join(SOURCES, `${name}.c`);
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const program = join(CACHE, `${name}-${hash}`);
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-o', unfinished, source, '-lpmemobj']);
  // Another test process may build the same program at this moment; a rename lets either win.
  renameSync(unfinished, program);
  return program;
}

/**
 * libpmemobj calls `msync` for every few bytes on storage that is not persistent memory. With this it uses
 * cache flushes: the page cache keeps the data also when the program is killed, and tests run 100 times faster.
 */
export const FAST_PMEM: NodeJS.ProcessEnv = { ...process.env, PMEM_IS_PMEM_FORCE: '1' };

export interface WalkResult {
  /** The line that `walk` prints: counts and digest of everything in the pool. */
  readonly summary: string;
  readonly ok: boolean;
  readonly stderr: string;
}

function walk(set: string, ...args: string[]): WalkResult {
  const run = spawnSync(pmdkProgram('walk'), [set, ...args], { env: FAST_PMEM, encoding: 'utf8' });
  return { summary: run.stdout.trim(), ok: run.status === 0, stderr: run.stderr.trim() };
}

/** Appends records and blobs with the real library. @throws when the pool does not open or has no room */
export function walkFill(
  set: string,
  options: { readonly records: number; readonly blobs: number | 'full' },
): string {
  const result = walk(set, 'fill', String(options.records), String(options.blobs));
  if (!result.ok) throw new Error(`walk fill: ${result.stderr}`);
  return result.summary;
}

/** Opens the pool with the real library and checks every object in it. */
export function walkVerify(set: string): WalkResult {
  return walk(set, 'verify');
}

/**
 * Starts a program that keeps the pool open, idle (`hold`) or writing (`txloop`). Resolves when the pool is
 * open and its locks are held; the caller ends the process.
 */
export async function walkInBackground(
  set: string,
  mode: 'hold' | 'txloop',
): Promise<ChildProcess & AsyncDisposable> {
  const child = spawn(pmdkProgram('walk'), [set, mode], {
    env: FAST_PMEM,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error(`walk ${mode}: ${complaints}`)));
  });
  return Object.assign(child, {
    async [Symbol.asyncDispose](): Promise<void> {
      if (child.exitCode === null) child.kill('SIGKILL');
      await exited;
    },
  });
}
