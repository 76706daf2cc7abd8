/** `bin/pmempool` as a user starts it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { scratchDirectory } from '../support/pool-fixture.ts';
import { requires } from '../support/requirements.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin');
const VERSION = 'pmempool 1.12.1\n';

function run(program: string, args: readonly string[], options: { cwd: string; PATH?: string }) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: options.cwd,
    encoding: 'utf8',
    env: { ...process.env, ...(options.PATH === undefined ? {} : { PATH: options.PATH }) },
  });
  return { exit: status, out: stdout, err: stderr };
}

/** A directory with a `node` that is as old as Debian 12 has it. */
function oldNode(directory: string): string {
  const folder = path.join(directory, 'old');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'node'), '#!/bin/sh\necho v18.20.4\n');
  chmodSync(path.join(folder, 'node'), 0o755);
  return folder;
}

suite('the front door', () => {
  test('opens from any directory, also through links to links', () => {
    using scratch = scratchDirectory();
    mkdirSync(path.join(scratch.path, 'bin'));
    symlinkSync(path.join(BIN, 'pmempool'), path.join(scratch.path, 'bin', 'first'));
    symlinkSync('first', path.join(scratch.path, 'bin', 'second'));
    for (const program of [path.join(BIN, 'pmempool'), './bin/first', './bin/second']) {
      assert.deepEqual(run(program, ['--version'], { cwd: scratch.path }), {
        exit: 0,
        out: VERSION,
        err: '',
      });
    }
  });

  test('finds the pinned Node when the one on the path is too old', () => {
    using scratch = scratchDirectory();
    const PATH = `${oldNode(scratch.path)}:/usr/bin:/bin`;
    const result = run(path.join(BIN, 'pmempool'), ['--version'], { cwd: scratch.path, PATH });
    assert.deepEqual(result, { exit: 0, out: VERSION, err: '' });
  });

  test('says what to install when there is no Node that is new enough', () => {
    using scratch = scratchDirectory();
    mkdirSync(path.join(scratch.path, 'package', 'bin'), { recursive: true });
    const program = path.join(scratch.path, 'package', 'bin', 'pmempool');
    copyFileSync(path.join(BIN, 'pmempool'), program);
    const PATH = `${oldNode(scratch.path)}:/usr/bin:/bin`;
    const { exit, out, err } = run(program, ['--version'], { cwd: scratch.path, PATH });
    assert.deepEqual([exit, out], [1, '']);
    assert.match(err, /^pmempool: needs Node 24 or newer; /);
  });

  test('passes every word on as it is', () => {
    using scratch = scratchDirectory();
    const name = "it's * $HOME\n";
    const { exit, err } = run(path.join(BIN, 'pmempool'), ['sync', name], { cwd: scratch.path });
    assert.equal(exit, 1);
    assert.equal(
      err,
      'error: failed to synchronize: file is not a poolset file\nerror: No such file or directory\n',
    );
    writeFileSync(path.join(scratch.path, name), 'PMEMPOOLSET\n');
    const second = run(path.join(BIN, 'pmempool'), ['rm', name], { cwd: scratch.path });
    assert.equal(
      second.err,
      `error: parsing poolset failed: util_poolset_parse failed -- '${name}'\n`,
    );
  });

  test('starts quickly: no command is loaded to print the version', (t: TestContext) => {
    if (!requires(t, 'strace')) return;
    using scratch = scratchDirectory();
    const log = path.join(scratch.path, 'log');
    const args = ['-f', '-e', 'trace=openat', '-o', log, path.join(BIN, 'pmempool'), '--version'];
    const { exit, out } = run('strace', args, { cwd: scratch.path });
    assert.deepEqual([exit, out], [0, VERSION]);
    const opened = spawnSync('grep', ['-cE', 'koffi|src/pool/', log], { encoding: 'utf8' });
    assert.equal(opened.stdout.trim(), '0');
  });
});
