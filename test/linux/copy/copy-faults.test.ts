import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { MIB } from '../../../src/base/index.ts';
import { requires, skipUnlessCi } from '../../support/requirements.ts';
import { ScratchFiles } from '../../support/scratch-files.ts';

const PROGRAM = path.join(import.meta.dirname, 'copy-under-faults.ts');
const SIZE = 8 * MIB;

interface Outcome {
  readonly copied: unknown;
  readonly compared: unknown;
  readonly sameBytes: boolean;
}

/**
 * `inject` as strace takes it; a count in it counts the calls of each thread by themselves. Only calls on our files fail: the
 * runtime reads others.
 */
function runUnder(t: TestContext, inject: string): Outcome | undefined {
  if (!requires(t, 'strace')) return undefined;
  using files = new ScratchFiles();
  const data = new Uint8Array(SIZE).map((_, at) => (at * 13 + (at >> 12)) & 0xff);
  const source = files.make('source', data);
  const target = files.make('target', new Uint8Array(SIZE));
  const trace = path.join(files.directory, 'trace');
  const calls = inject.slice(0, inject.indexOf(':'));
  const run = spawnSync(
    'strace',
    ['-f', '-o', trace, '-e', `trace=${calls}`, '-e', `inject=${inject}`]
      .concat(['-P', source.path, '-P', target.path])
      .concat([process.execPath, PROGRAM, source.path, target.path, String(SIZE)]),
    { encoding: 'utf8' },
  );
  if (/not permitted|denied/i.test(run.stderr)) {
    skipUnlessCi(t, `strace may not trace here: ${run.stderr.trim()}`);
    return undefined;
  }
  assert.equal(run.status, 0, run.stderr);
  assert.match(fs.readFileSync(trace, 'utf8'), /INJECTED/, 'a call has failed');
  const { copied, compared } = JSON.parse(run.stdout) as Outcome;
  return { copied, compared, sameBytes: fs.readFileSync(target.path).equals(data) };
}

describe('copying when calls of the kernel fail', () => {
  test('a device that refuses unbuffered writes with EINVAL gets buffered ones', (t) => {
    const outcome = runUnder(t, 'pwrite64:error=EINVAL:when=1');
    if (outcome === undefined) return;
    assert.equal(outcome.copied, 'done');
    assert.ok(outcome.sameBytes);
  });

  test('a write that fails is an error with its errno', (t) => {
    const outcome = runUnder(t, 'pwrite64:error=ENOSPC');
    if (outcome === undefined) return;
    assert.deepEqual(outcome.copied, { errno: 'ENOSPC' });
  });

  test('a read that fails is an error with its errno', (t) => {
    const outcome = runUnder(t, 'pread64:error=EIO');
    if (outcome === undefined) return;
    assert.deepEqual(outcome.copied, { errno: 'EIO' });
  });

  test('a comparison that cannot map reads, with the same result', (t) => {
    const outcome = runUnder(t, 'mmap:error=ENODEV');
    if (outcome === undefined) return;
    assert.equal(outcome.copied, 'done');
    assert.deepEqual(outcome.compared, { differing: 0, unreadable: [0, 0] });
  });

  test('in a comparison, pages that cannot be read are an answer', (t) => {
    const outcome = runUnder(t, 'mmap,pread64:error=EIO');
    if (outcome === undefined) return;
    assert.deepEqual(outcome.compared, { differing: 0, unreadable: [SIZE, SIZE] });
  });
});
