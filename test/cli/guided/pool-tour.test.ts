import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { TourPool } from '../../../src/cli/guided/tour-pool.ts';
import { scratchDirectory } from '../../support/pool-fixture.ts';
import { freshPool, plainEnvironment, resilver, START } from '../run-resilver.ts';

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ReturnType<typeof resilver> {
  return resilver(args, { program: START, env: plainEnvironment(env) });
}

suite('npm start', () => {
  test('without arguments makes, damages, repairs and proves, and leaves nothing behind', () => {
    using scratch = scratchDirectory();
    const { status, stdout, stderr } = start([], { TMPDIR: scratch.path });
    assert.equal(stderr, '');
    assert.equal(status, 0);
    for (const line of [
      '$ resilver pool create my.set',
      '✓ Repaired and verified: r0p1 and r1p0',
      'Differences: 1 range, in pool offsets',
      '✓ Repaired and verified: r1p1',
    ]) {
      assert.ok(stdout.includes(line), line);
    }
    assert.equal(stdout.match(/✓ SHA-256 of the data of all four parts/g)?.length, 2);
    assert.deepEqual(fs.readdirSync(scratch.path), []);
  });

  test('what fails ends it with 1, says what it was, and the files stay', () => {
    using scratch = scratchDirectory();
    // No file may grow beyond 4 MiB; the signal for that is ignored, so that calls fail as on a full disk.
    const command = `ulimit -f 8192; trap '' XFSZ; exec '${process.execPath}' '${START}'`;
    const { status, stderr } = spawnSync('sh', ['-c', command], {
      env: plainEnvironment({ TMPDIR: scratch.path }),
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    const [kept] = fs.readdirSync(scratch.path);
    const [first, second] = stderr.split('\n');
    assert.equal(first, `The files are kept in ${path.join(scratch.path, kept!)}.`);
    assert.match(second!, /^resilver: .*File too large$/);
  });

  test('with arguments it is resilver, with paths as the user sees them', () => {
    using scratch = scratchDirectory();
    freshPool(scratch.path);
    const { status, stdout } = start(['pool', 'check', 'my.set'], {
      npm_lifecycle_event: 'start',
      INIT_CWD: scratch.path,
    });
    assert.equal(status, 0);
    assert.match(stdout, /^my\.set: 2 replicas/);
    assert.equal(start(['pool', 'sync']).status, 2);
  });
});

suite('the files of the guided run', () => {
  test('a digest notices a single byte', () => {
    using scratch = scratchDirectory();
    const cameFrom = process.cwd();
    process.chdir(scratch.path);
    try {
      const pool = new TourPool(scratch.path);
      assert.equal(resilver(['pool', 'create', '-q', 'my.set'], { cwd: scratch.path }).status, 0);
      assert.ok(pool.fill(process.execPath) > 20_000_000);
      const before = pool.digests();
      assert.equal(before.size, 4);
      assert.equal(before.get('r0p1'), before.get('r1p1'), 'both replicas are filled alike');
      pool.flipByte('r1p1');
      assert.notEqual(pool.digests().get('r1p1'), before.get('r1p1'));
      assert.equal(pool.digests().get('r0p1'), before.get('r0p1'));
    } finally {
      process.chdir(cameFrom);
    }
  });
});
