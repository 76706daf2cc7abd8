import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { MIB } from '../../../src/base/index.ts';
import { scratchDirectory } from '../../support/pool-fixture.ts';
import { requires } from '../../support/requirements.ts';
import { digestTree } from '../../support/tree-snapshot.ts';
import { holdLock } from '../hold-lock.ts';
import { freshPool, overwrite, resilver, resilverJson } from '../run-resilver.ts';

const DATA_OFFSET = 5 * MIB;
/** Pool offset of the page that holds `DATA_OFFSET` of part 1 of 8 MiB parts. */
const DATA_PAGE = 8 * MIB + DATA_OFFSET - 4096;
/** Behind the header of the heap, at pool offset 0x302000: the magic of its first zone. */
const ZONE_MAGIC_AT = 0x302400;

suite('resilver pool check', () => {
  test('says healthy or not, and whether it can be repaired; changes nothing', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    assert.equal(resilver(['pool', 'check', '-q', pool.set]).status, 0);
    fs.truncateSync(pool.part('r0p1'), 4 * MIB);
    const before = digestTree(scratch.path);
    const { status, stdout } = resilver(['pool', 'check', pool.set]);
    assert.equal(status, 1);
    assert.match(stdout, /✗ 8 MiB wrong size/);
    assert.match(stdout, /It can be repaired: resilver pool sync /);
    assert.deepEqual(digestTree(scratch.path), before);
    fs.unlinkSync(pool.part('r1p1'));
    assert.match(
      resilver(['pool', 'check', pool.set]).stdout,
      /It cannot be repaired as it is:\n {2}- No replica/,
    );
  });

  test('--json has the findings and the plan of a repair', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    overwrite(pool.part('r1p0'), 0, 'x');
    const { status, document, stderr } = resilverJson(['pool', 'check', pool.set]);
    assert.deepEqual([status, stderr, document.outcome], [1, '', 'damaged']);
    assert.deepEqual(
      document.findings.map(({ code }) => code),
      ['header-checksum'],
    );
    assert.deepEqual(
      document.plan.steps.map(({ kind }) => kind),
      ['write-header'],
    );
  });
});

/** What the comparison prints of a page in which replica 1 differs. */
function line(at: number): string {
  return `0x${at.toString(16)} – 0x${(at + 4096).toString(16)}  4 KiB  replica 0 = 2 ≠ 1, 1 is alone\n`;
}

suite('resilver pool compare', () => {
  test('equal replicas', () => {
    using scratch = scratchDirectory();
    const { set } = freshPool(scratch.path);
    const { status, stdout } = resilver(['pool', 'compare', set]);
    assert.equal(status, 0);
    assert.match(stdout, /✓ 2 replicas read, 16 MiB compared: equal wherever they must be\n$/);
  });

  test('every range that differs, and the replica that is alone', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path, [[16 * MIB], [8 * MIB, 12 * MIB], [16 * MIB]]);
    overwrite(pool.part('r1p1'), DATA_OFFSET, 'wrong');
    overwrite(pool.part('r1p1'), DATA_OFFSET + 64 * 1024, 'wrong');
    const before = digestTree(scratch.path);
    const { status, stdout } = resilver(['pool', 'compare', pool.set]);
    assert.equal(status, 1);
    assert.ok(stdout.includes(line(DATA_PAGE)), stdout);
    assert.ok(stdout.includes(line(DATA_PAGE + 64 * 1024)), stdout);
    assert.match(stdout, /Replica 1 is alone in every range[^]*--heal-from 0\n$/);
    assert.match(stdout, /replica 0 {2}│ ✓ 16 MiB\n/);
    assert.deepEqual(digestTree(scratch.path), before);
    const { document } = resilverJson(['pool', 'compare', pool.set]);
    assert.equal(document.outcome, 'different');
    assert.deepEqual(document.comparison!.differences[0], {
      offset: DATA_PAGE,
      end: DATA_PAGE + 4096,
      groups: [[0, 2], [1]],
      alone: 1,
    });
  });

  test('a damaged heap structure speaks against its replica', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    overwrite(pool.part('r0p0'), ZONE_MAGIC_AT, 'noise');
    const { status, stdout } = resilver(['pool', 'compare', pool.set]);
    assert.equal(status, 1);
    assert.match(stdout, /heap structure is damaged in replica 0 and sound in replica 1/);
    assert.match(stdout, /--heal-from 1\n$/);
  });

  test('where there is nothing to compare it says so', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    for (const name of ['r1p0', 'r1p1']) fs.unlinkSync(pool.part(name));
    const { status, stdout } = resilver(['pool', 'compare', pool.set]);
    assert.equal(status, 1);
    assert.match(stdout, /No data was compared/);
  });
});

suite('resilver pool info', () => {
  test('what pool it is, where its parts lie', () => {
    using scratch = scratchDirectory();
    const { set, part } = freshPool(scratch.path);
    fs.chmodSync(part('r1p1'), 0o600);
    const { status, stdout } = resilver(['pool', 'info', set]);
    assert.equal(status, 0);
    assert.match(stdout, /pool set {2}[0-9a-f]{8}-/);
    assert.match(stdout, /size +16 MiB \(16773120 bytes\)/);
    assert.ok(stdout.includes(`0600 ${process.getuid!()}:${process.getgid!()}  ${part('r1p1')}\n`));
  });

  test('a damaged set is described as far as it can be read', () => {
    using scratch = scratchDirectory();
    const { set, part } = freshPool(scratch.path);
    overwrite(part('r0p0'), 0, 'x');
    const one = resilver(['pool', 'info', set]);
    assert.equal(one.status, 1);
    assert.match(one.stdout, /layout +no name/);
    for (const name of ['r0p1', 'r1p0', 'r1p1']) fs.unlinkSync(part(name));
    const none = resilver(['pool', 'info', set]);
    assert.equal(none.status, 1);
    assert.match(none.stdout, /pool size unknown/);
    assert.doesNotMatch(none.stdout, /layout/);
  });
});

function setFile(directory: string): string {
  const set = path.join(directory, 'new.set');
  fs.writeFileSync(set, `PMEMPOOLSET\n8M ${directory}/a\nREPLICA\n8M ${directory}/b\n`);
  return set;
}

suite('resilver pool create', () => {
  test('makes a pool with the layout and mode that were asked for', () => {
    using scratch = scratchDirectory();
    const set = setFile(scratch.path);
    const { status, stdout } = resilver(['pool', 'create', '-l', 'mail', '-m', '600', set]);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^✓ Created .*: 2 replicas, a pool of 8 MiB\n {2}2 new files, 16 MiB in all/,
    );
    assert.equal(fs.statSync(path.join(scratch.path, 'b')).mode & 0o777, 0o600);
    assert.match(resilver(['pool', 'info', set]).stdout, /layout +mail/);
    assert.equal(resilver(['pool', 'compare', set]).status, 0);
  });

  test('what lies in the way is named and stays, but for --force', () => {
    using scratch = scratchDirectory();
    const set = setFile(scratch.path);
    fs.writeFileSync(path.join(scratch.path, 'b'), 'x'.repeat(8 * MIB));
    const { status, stderr } = resilver(['pool', 'create', set]);
    assert.equal(status, 1);
    assert.match(stderr, /^resilver: .*\/b holds something/);
    assert.deepEqual(fs.readdirSync(scratch.path).toSorted(), ['b', 'new.set']);
    assert.equal(resilver(['pool', 'create', '--force', '-q', set]).status, 0);
    assert.equal(resilver(['pool', 'check', '-q', set]).status, 0);
  });
});

suite('resilver pool rm', () => {
  test('removes the parts, only when told so, and the set file only with --all', () => {
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    fs.unlinkSync(pool.part('r0p1'));
    const unsure = resilver(['pool', 'rm', pool.set]);
    assert.equal(unsure.status, 2);
    assert.match(unsure.stderr, /needs --yes/);
    assert.equal(fs.readdirSync(scratch.path).length, 4);
    const { status, stdout } = resilver(['pool', 'rm', '--yes', pool.set]);
    assert.equal(status, 0);
    assert.match(stdout, /✓ Removed 3 part files of .*my\.set, 24 MiB\n/);
    assert.deepEqual(fs.readdirSync(scratch.path), ['my.set']);
    assert.equal(resilver(['pool', 'rm', '--all', '--yes', pool.set]).status, 0);
    assert.deepEqual(fs.readdirSync(scratch.path), []);
  });

  test('one part that a program has open keeps all of them', async (t) => {
    if (!requires(t, 'flock')) return;
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    await using holder = await holdLock(pool.part('r1p1'));
    const { status, stderr } = resilver(['pool', 'rm', '--yes', pool.set]);
    assert.equal(status, 1);
    assert.match(stderr, /^resilver: Cannot remove .*r1p1: a program has the pool open/);
    assert.equal(fs.readdirSync(scratch.path).length, 5);
    assert.ok(holder.running());
  });
});
