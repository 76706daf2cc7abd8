/** The real process, killed at moments spread over its whole run: the next run finishes it, and no byte is lost. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { walkVerify } from '../support/pmdk.ts';
import { makePool, MIB, scratchDirectory } from '../support/pool-fixture.ts';
import { requires } from '../support/requirements.ts';

const OURS = path.resolve(import.meta.dirname, '../../bin/pmempool');
const KILLS = process.env['RESILVER_FUZZ_RUNS'] === undefined ? 8 : 60;
const OLD = ['24M r0p0', '24M r0p1'];
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  'adding a replica': [...OLD, 'REPLICA', '30M r1p0', '30M r1p1'],
  'to SINGLEHDR': ['OPTION SINGLEHDR', ...OLD],
};

suite('pmempool transform, killed', () => {
  for (const [name, lines] of Object.entries(TARGETS)) {
    test(name, async (t) => {
      if (!requires(t, 'pmempool', 'libpmemobj')) return;
      using scratch = scratchDirectory();
      const directory = path.join(scratch.path, 'pool');
      const shape = {
        replicas: [[24 * MIB, 24 * MIB]],
        fill: { records: 500, blobs: 'full' },
      } as const;
      const { summary, set } = makePool(directory, shape);
      const destination = path.join(directory, 'after.set');
      const text = lines.map((line) => line.replace(/^(\d+M) /, `$1 ${directory}/`)).join('\n');
      fs.writeFileSync(destination, `PMEMPOOLSET\n${text}\n`);
      const saved = path.join(scratch.path, 'saved');
      fs.cpSync(directory, saved, { recursive: true });
      const started = performance.now();
      assert.equal(finish(set, destination).status, 0);
      const duration = performance.now() - started;
      const killed = { before: 0, after: 0 };
      for (let kill = 0; kill < KILLS; kill++) {
        fs.rmSync(directory, { recursive: true });
        fs.cpSync(saved, directory, { recursive: true });
        await runAndKill(set, destination, (duration * (kill + 1)) / KILLS);
        const whole = walkVerify(destination);
        const again = whole.ok ? { status: 0, stderr: '' } : finish(set, destination);
        assert.equal(again.status, 0, `kill ${kill}: ${again.stderr}`);
        assert.deepEqual(walkVerify(destination), { summary, ok: true, stderr: '' });
        if (whole.ok) killed.after++;
        else killed.before++;
      }
      assert.ok(killed.before > 0, 'the process was killed while it worked');
      t.diagnostic(`${Math.round(duration)} ms, ${JSON.stringify(killed)}`);
    });
  }
});

function finish(source: string, destination: string) {
  return spawnSync(OURS, ['transform', source, destination], { encoding: 'utf8' });
}

async function runAndKill(source: string, destination: string, afterMs: number): Promise<void> {
  const child = spawn(OURS, ['transform', source, destination], {
    detached: true,
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  await setTimeout(afterMs);
  try {
    // The group: whatever stands between the command and the program must not outlive it.
    process.kill(-child.pid!, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
  await exited;
}
