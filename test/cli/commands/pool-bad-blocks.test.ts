import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { scratchDirectory } from '../../support/pool-fixture.ts';

const BIN = path.join(import.meta.dirname, '../../../bin');
const MIB = 1024 * 1024;
const BAD = { offset: 5 * MIB, length: 8192 };

function run(program: string, directory: string, ...args: readonly string[]) {
  const done = spawnSync(path.join(BIN, program), args, { cwd: directory, encoding: 'utf8' });
  return { exit: done.status, out: done.stdout, err: done.stderr };
}

/** A pool of two replicas with something at `BAD`; returns the path of the part whose copy of it is zeroed. */
function damagedPool(directory: string): string {
  const [good, damaged] = ['r0p0', 'r1p0'].map((name) => path.join(directory, name)) as [
    string,
    string,
  ];
  fs.writeFileSync(
    path.join(directory, 'my.set'),
    `PMEMPOOLSET\n8M ${good}\nREPLICA\n8M ${damaged}\n`,
  );
  assert.equal(run('pmempool', directory, 'create', 'obj', 'my.set').exit, 0);
  for (const [file, byte] of [
    [good, 0x5a],
    [damaged, 0],
  ] as const) {
    const fd = fs.openSync(file, 'r+');
    fs.writeSync(fd, Buffer.alloc(BAD.length, byte), 0, BAD.length, BAD.offset);
    fs.closeSync(fd);
  }
  return damaged;
}

suite('resilver pool sync and bad blocks', () => {
  test('heals what a list says, and leaves no recovery file', () => {
    using scratch = scratchDirectory();
    const damaged = damagedPool(scratch.path);
    fs.writeFileSync(path.join(scratch.path, 'list'), `${BAD.offset} ${BAD.length}\n0 0\n`);
    const args = ['pool', 'sync', '--bad-blocks-from', 'r1p0=list', 'my.set'];
    const planned = run('resilver', scratch.path, ...args, '--dry-run');
    assert.match(planned.out, /Record the bad blocks in 2 recovery files/);
    assert.equal(fs.readFileSync(damaged)[BAD.offset], 0, 'a dry run changes nothing');
    assert.equal(run('resilver', scratch.path, ...args).exit, 0);
    assert.equal(fs.readFileSync(damaged)[BAD.offset], 0x5a);
    assert.deepEqual(
      fs.readdirSync(scratch.path).filter((name) => name.includes('badblocks')),
      [],
    );
  });

  test('a list that was cut is refused', () => {
    using scratch = scratchDirectory();
    damagedPool(scratch.path);
    fs.writeFileSync(path.join(scratch.path, 'list'), `${BAD.offset} ${BAD.length}\n`);
    const args = ['pool', 'sync', '--bad-blocks-from', 'r1p0=list', 'my.set'];
    const refused = run('resilver', scratch.path, ...args);
    assert.equal(refused.exit, 2);
    assert.match(refused.err, /list of bad blocks list: it does not end with the line 0 0/);
  });

  test('a value without a part is refused', () => {
    using scratch = scratchDirectory();
    const refused = run(
      'resilver',
      scratch.path,
      'pool',
      'sync',
      '--bad-blocks-from',
      'x',
      'my.set',
    );
    assert.equal(refused.exit, 2);
    assert.match(refused.err, /r0p1=\/path\/to\/list/);
  });

  test('probing a sound disk finds nothing', () => {
    using scratch = scratchDirectory();
    damagedPool(scratch.path);
    const probed = run('resilver', scratch.path, 'pool', 'sync', '--probe', 'my.set');
    assert.equal(probed.exit, 0);
    assert.match(probed.out, /nothing to repair|Healthy/);
  });
});
