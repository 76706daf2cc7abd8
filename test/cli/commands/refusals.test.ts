import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { scratchDirectory } from '../../support/pool-fixture.ts';
import { requires, skipUnlessCi } from '../../support/requirements.ts';
import { digestTree } from '../../support/tree-snapshot.ts';
import { holdLock } from '../hold-lock.ts';
import { freshPool, resilver, resilverJson } from '../run-resilver.ts';

suite('what resilver pool sync refuses', () => {
  test('a part that a program has open is named and stays', async (t) => {
    if (!requires(t, 'flock')) return;
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    const before = digestTree(scratch.path);
    await using holder = await holdLock(pool.part('r1p0'));
    const { status, stdout, stderr } = resilver(['pool', 'sync', pool.set]);
    assert.equal(status, 1);
    assert.match(stdout, /⊘ 8 MiB in use/);
    assert.match(stderr, /- r1p0 \(.*\) is locked: a program has the\s+pool open/);
    assert.match(stderr, /Close the programs that use the pool/);
    assert.deepEqual(digestTree(scratch.path), before);
    const json = resilverJson(['pool', 'sync', pool.set]);
    assert.equal(json.document.outcome, 'refused');
    assert.deepEqual(
      json.document.plan.refusals.map(({ code }) => code),
      ['part-locked'],
    );
    assert.ok(holder.running());
  });

  test('a directory that is gone is named', () => {
    using scratch = scratchDirectory();
    const away = path.join(scratch.path, 'other-disk');
    const pool = freshPool(scratch.path);
    fs.mkdirSync(away);
    const text = fs.readFileSync(pool.set, 'utf8').replaceAll('/r1p', '/other-disk/r1p');
    fs.writeFileSync(pool.set, text);
    for (const name of ['r1p0', 'r1p1']) fs.renameSync(pool.part(name), path.join(away, name));
    assert.equal(resilver(['pool', 'check', pool.set]).status, 0);
    fs.renameSync(away, `${away}-unplugged`);
    const { status, stderr } = resilver(['pool', 'sync', pool.set]);
    assert.equal(status, 1);
    assert.match(stderr.replaceAll(/\s+/g, ' '), /directory .*other-disk of r1p0 does not exist/);
  });

  test('too little space is found before anything is written', (t) => {
    if (!requires(t, 'root')) return;
    using scratch = scratchDirectory();
    const small = path.join(scratch.path, 'small');
    fs.mkdirSync(small);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
    if (mounted.status !== 0) {
      skipUnlessCi(t, 'cannot mount here');
      return;
    }
    try {
      const pool = freshPool(scratch.path);
      const text = fs.readFileSync(pool.set, 'utf8').replace('/r0p1', '/small/r0p1');
      fs.writeFileSync(pool.set, text);
      const { status, stderr } = resilver(['pool', 'sync', pool.set]);
      assert.equal(status, 1);
      assert.match(stderr.replaceAll(/\s+/g, ' '), /Not enough space in .*small for r0p1: 8 MiB/);
      assert.deepEqual(fs.readdirSync(small), []);
    } finally {
      execFileSync('umount', [small]);
    }
  });

  test('a replica that is not there cannot be healed from', () => {
    using scratch = scratchDirectory();
    const { set } = freshPool(scratch.path);
    const { status, stderr } = resilver(['pool', 'sync', '--heal-from', '2', set]);
    assert.equal(status, 1);
    assert.match(stderr, /There is no replica 2/);
  });
});

suite('errors', () => {
  test('all problems of a set file, with their lines', () => {
    using scratch = scratchDirectory();
    const set = path.join(scratch.path, 'broken.set');
    const lines = ['PMEMPOOLSET', '8Q /a', 'OPTION WHATEVER', '8M relative', 'REPLICA'];
    fs.writeFileSync(set, `${lines.join('\n')}\n`);
    const { status, stdout, stderr } = resilver(['pool', 'sync', set]);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    const [head, ...problems] = stderr.trimEnd().split('\n');
    assert.match(head!, /^resilver: Cannot use pool set file .*broken\.set: \d problems$/);
    for (const line of [2, 3, 4]) {
      assert.ok(
        problems.some((text) => text.startsWith(`  ${set}:${line}: `)),
        stderr,
      );
    }
    const { document } = resilverJson(['pool', 'check', set]);
    assert.equal(document.error.code, 'pool-set-file');
    assert.equal((document.error.data as { problems: unknown[] }).problems.length, problems.length);
  });

  test('a file that is no set file, or that is not there, is said in one sentence', () => {
    using scratch = scratchDirectory();
    const other = path.join(scratch.path, 'notes.txt');
    fs.writeFileSync(other, 'notes\n');
    for (const command of ['sync', 'check', 'compare', 'create', 'rm']) {
      const wrong = resilver(['pool', command, other]);
      assert.equal(wrong.status, 1);
      assert.equal(
        wrong.stderr,
        `resilver: ${other} is not a pool set file: it does not begin with PMEMPOOLSET\n`,
      );
      const missing = resilver(['pool', command, `${other}.set`]);
      assert.equal(missing.status, 1);
      assert.equal(
        missing.stderr,
        `resilver: Cannot open ${other}.set: No such file or directory\n`,
      );
    }
    const { status, document, stderr } = resilverJson(['pool', 'sync', `${other}.set`]);
    assert.deepEqual([status, document.schema, document.error.code, stderr], [1, 1, 'system', '']);
  });

  test('another process that works on the set is waited for by nobody', async (t) => {
    if (!requires(t, 'flock')) return;
    using scratch = scratchDirectory();
    const { set } = freshPool(scratch.path);
    await using holder = await holdLock(set);
    const { status, stderr } = resilver(['pool', 'sync', set]);
    assert.equal(status, 1);
    assert.match(stderr, /another process works on this pool set/);
    assert.ok(holder.running());
  });

  test('usage: exit code 2, what is wrong, and where to read on', () => {
    const rows = [
      [
        ['pool', 'sync', '--unknown', 'x'],
        /^resilver: unknown option '--unknown'; see resilver pool sync --help\n$/,
      ],
      [
        ['pool', 'sync'],
        /^resilver: missing required argument 'set'; see resilver pool sync --help\n$/,
      ],
      [
        ['pool', 'snyc', 'x'],
        /^resilver: unknown command 'snyc' \(Did you mean sync\?\); see resilver pool --help\n$/,
      ],
      [['pool', 'sync', 'a', 'b'], /^resilver: too many arguments/],
      [['pool', 'sync', '--heal-from', 'one', 'x'], /^resilver: .*'one' is invalid/],
      [['pool', 'create', '--mode', '999', 'x'], /^resilver: .*'999' is invalid/],
      [['pool'], /^Usage: resilver pool /],
      [[], /^Usage: resilver /],
    ] as const;
    for (const [args, expected] of rows) {
      const { status, stdout, stderr } = resilver(args);
      assert.equal(status, 2, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, expected);
    }
    const { status, document } = resilverJson(['pool', 'sync', '--unknown']);
    assert.deepEqual([status, document.error.code], [2, 'usage']);
  });

  test('help and version go to standard output and need no engine', () => {
    assert.match(resilver(['--version']).stdout, /^resilver \d+\.\d+\.\d+\n$/);
    for (const args of [['--help'], ['pool', '--help'], ['pool', 'sync', '-h']]) {
      const { status, stdout, stderr } = resilver(args);
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, /^Usage: resilver/);
    }
    const nodeOptions = ['--import', dataUrl(NO_KOFFI)];
    const args = [...nodeOptions, path.join(import.meta.dirname, '../../../src/cli/resilver.ts')];
    for (const asked of ['--version', '--help']) {
      const { status, stderr } = spawnSync(process.execPath, [...args, asked], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
    }
    const engine = spawnSync(process.execPath, [...args, 'pool', 'check', '/x'], {
      encoding: 'utf8',
    });
    assert.match(engine.stderr, /koffi must not be loaded/, 'the trap works');
  });
});

/** Makes loading koffi fail. */
const NO_KOFFI = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'koffi') throw new Error('koffi must not be loaded');
      return next(specifier, context);
    },
  });`;

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
