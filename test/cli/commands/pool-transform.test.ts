/** `resilver pool transform` and `resilver pool feature` as a person and as a program meet them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { MIB } from '../../../src/base/index.ts';
import { scratchDirectory } from '../../support/pool-fixture.ts';
import { freshPool, resilver, resilverJson, type FreshPool } from '../run-resilver.ts';

function poolWith(directory: string): FreshPool & { readonly wide: string } {
  const pool = freshPool(directory, [[8 * MIB, 8 * MIB]]);
  const wide = path.join(directory, 'wide.set');
  const text = fs.readFileSync(pool.set, 'utf8');
  fs.writeFileSync(wide, `${text}REPLICA\n20M ${directory}/r1p0\n`);
  return { ...pool, wide };
}

suite('resilver pool transform', () => {
  test('shows its steps, takes them, and looks at the result', () => {
    using scratch = scratchDirectory();
    const { set, wide, part } = poolWith(scratch.path);
    const dry = resilver(['pool', 'transform', '--dry-run', set, wide]);
    assert.equal(dry.status, 0);
    assert.match(dry.stdout, /Add replicas/);
    assert.match(dry.stdout, /Dry run: nothing was changed/);
    assert.equal(fs.existsSync(part('r1p0')), false);
    const run = resilver(['pool', 'transform', set, wide]);
    assert.deepEqual({ status: run.status, stderr: run.stderr }, { status: 0, stderr: '' });
    assert.match(run.stdout, /wide\.set is whole\. Use it from now on\.\n$/);
    assert.equal(resilver(['pool', 'compare', wide]).status, 0);
  });

  test('says why not, and with --json as a document', () => {
    using scratch = scratchDirectory();
    const { set, wide, part } = poolWith(scratch.path);
    fs.writeFileSync(part('r1p0'), 'somebody else');
    const run = resilver(['pool', 'transform', set, wide]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /r1p0 exists/);
    const { status, document } = resilverJson(['pool', 'transform', set, wide]);
    assert.equal(status, 1);
    assert.equal(document.outcome, 'refused');
    assert.equal(fs.readFileSync(part('r1p0'), 'utf8'), 'somebody else');
  });

  test('explains a set file that cannot be read', () => {
    using scratch = scratchDirectory();
    const { set } = poolWith(scratch.path);
    const run = resilver(['pool', 'transform', set, path.join(scratch.path, 'missing.set')]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /missing\.set: No such file or directory/);
  });
});

suite('resilver pool feature', () => {
  test('tells, switches, and tells again', () => {
    using scratch = scratchDirectory();
    const { set } = poolWith(scratch.path);
    const name = 'CHECK_BAD_BLOCKS';
    assert.equal(resilver(['pool', 'feature', '--enable', name, set]).status, 0);
    assert.equal(resilver(['pool', 'feature', name, set]).stdout, `${name} is on\n`);
    assert.match(
      resilver(['pool', 'feature', '-d', name, set]).stdout,
      /is off: 2 headers written/,
    );
    assert.match(resilver(['pool', 'feature', '-d', name, set]).stdout, /is off already/);
    assert.equal(resilverJson(['pool', 'feature', name, set]).document.outcome, 'queried');
  });

  test('gives the reason of a refusal', () => {
    using scratch = scratchDirectory();
    const { set, part } = poolWith(scratch.path);
    const run = resilver(['pool', 'feature', '--enable', 'SINGLEHDR', set]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /Use transform/);
    const alone = resilver(['pool', 'feature', '-d', 'CHECK_BAD_BLOCKS', part('r0p0')]);
    assert.match(alone.stderr, /is one part of a pool set/);
  });

  test('knows its arguments', () => {
    assert.equal(resilver(['pool', 'feature', 'NAME', 'my.set']).status, 2);
    assert.equal(resilver(['pool', 'feature', '-e', '-d', 'CKSUM_2K', 'my.set']).status, 2);
  });
});
