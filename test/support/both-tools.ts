import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { makePool, scratchDirectory, type PoolFixture, type PoolShape } from './pool-fixture.ts';
import { referencePmempool, requires } from './requirements.ts';

export const OWN_PMEMPOOL = path.resolve(import.meta.dirname, '../../bin/pmempool');

/** One call of `pmempool` in the directory of the pool; words are separated by blanks. */
export interface Step {
  readonly args: string;
  /** What is typed at the prompts; without it the input is empty. */
  readonly input?: string;
}

export interface Answer {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export function runTool(tool: string, directory: string, { args, input = '' }: Step): Answer {
  const words = args.split(' ').filter((word) => word !== '');
  const done = spawnSync(tool, words, { cwd: directory, input, encoding: 'utf8' });
  return { exit: done.status, out: done.stdout, err: done.stderr };
}

/**
 * Makes a pool, changes it with `prepare`, lets the reference and ours take the same steps on identical copies at the same path, and demands
 * the same answers and the same files. Returns the answers, so that a test can insist that they are not all errors. Undefined
 * when the test is skipped.
 */
export function compareTools(
  t: TestContext,
  shape: PoolShape,
  steps: readonly Step[],
  prepare: (pool: PoolFixture) => void = () => {},
): readonly Answer[] | undefined {
  if (!requires(t, 'pmempool')) return undefined;
  using scratch = scratchDirectory();
  const [directory, pristine] = [path.join(scratch.path, 'pool'), path.join(scratch.path, 'kept')];
  const pool = makePool(directory, shape);
  prepare(pool);
  fs.cpSync(directory, pristine, { recursive: true, verbatimSymlinks: true });
  const [theirs, own] = [referencePmempool(), OWN_PMEMPOOL].map((tool) => {
    fs.rmSync(directory, { recursive: true });
    fs.cpSync(pristine, directory, { recursive: true, verbatimSymlinks: true });
    const answers = steps.map((step) => ({ ...step, ...runTool(tool, directory, step) }));
    return { answers, files: filesIn(directory) };
  });
  assert.deepEqual(own!.answers, theirs!.answers);
  assert.deepEqual([...own!.files.keys()], [...theirs!.files.keys()]);
  for (const [name, content] of theirs!.files) {
    assert(own!.files.get(name)!.equals(content), `${name} ends with the same bytes`);
  }
  return own!.answers;
}

/** Regular files by name, links included as what they lead to. */
function filesIn(directory: string): ReadonlyMap<string, Buffer> {
  const names = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  return new Map(
    names.flatMap((name) => {
      const file = path.join(directory, name);
      const isFile = fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
      return isFile ? [[name, fs.readFileSync(file)] as const] : [];
    }),
  );
}

/** Changes the bytes of a file at an offset. */
export function patchFile(file: string, offset: number, bytes: Uint8Array): void {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, bytes, 0, bytes.length, offset);
  fs.closeSync(fd);
}
