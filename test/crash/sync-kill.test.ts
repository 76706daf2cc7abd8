/**
 * `sync` as a user runs it, killed with SIGKILL at random moments and run again, over and over on the same pool. The replay tests prove
 * every moment of the recorded calls; this one proves that the real calls are those.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/base/index.ts';
import { isHealthy, openPoolSet, survey } from '../../src/pool/index.ts';
import { makePool, MIB, scratchDirectory, type PoolFixture } from '../support/pool-fixture.ts';
import { requires } from '../support/requirements.ts';
import { assertReferenceAcceptsFiles } from './reference.ts';

const ROUNDS = process.env['RESILVER_FUZZ_RUNS'] === undefined ? 30 : 500;
/** Rounds between two looks of the reference and the real library. */
const REFERENCE_EVERY = 5;
const PAGE = 4096;
const BIN = path.join(import.meta.dirname, '../../bin');

const COMMANDS: readonly (readonly [string, ...string[]])[] = [
  ['pmempool', 'sync'],
  ['resilver', 'pool', 'sync', '--yes', '--quiet'],
];

interface Damage {
  readonly name: string;
  readonly inflict: (pool: PoolFixture) => void;
}

const DAMAGES: readonly Damage[] = [
  { name: 'r0p0 lost', inflict: (pool) => fs.rmSync(partOf(pool, 0, 0)) },
  { name: 'r1p1 lost', inflict: (pool) => fs.rmSync(partOf(pool, 1, 1)) },
  {
    name: 'replica 1 lost',
    inflict: (pool) => {
      fs.rmSync(partOf(pool, 1, 0));
      fs.rmSync(partOf(pool, 1, 1));
    },
  },
  {
    name: 'header of r0p1 lost, with much of its data',
    inflict: (pool) =>
      scribble(partOf(pool, 0, 1), [
        [0, PAGE],
        [MIB, 6 * MIB],
      ]),
  },
  {
    name: 'header of r1p0 lost, with some of its data',
    inflict: (pool) =>
      scribble(partOf(pool, 1, 0), [
        [0, PAGE],
        [9 * MIB, 3 * PAGE],
      ]),
  },
];

test(`FF-PI-03: ${ROUNDS} syncs killed at random moments are each finished by the next run`, async (t) => {
  if (!requires(t, 'pmempool', 'libpmemobj')) return;
  const seed = Number(process.env['RESILVER_KILL_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`RESILVER_KILL_SEED=${seed}`);
  using scratch = scratchDirectory('resilver-kill-');
  const pool = makePool(scratch.path, {
    replicas: [
      [16 * MIB, 16 * MIB],
      [16 * MIB, 16 * MIB],
    ],
    fill: { records: 1000, blobs: 'full' },
  });
  await killOverAndOver(t, pool, chance(seed));
});

/** A whole number from 0 up to but without `bound`. */
type Below = (bound: number) => number;

function chance(seed: number): Below {
  const random = seededRandom(seed);
  // The first bytes of neighbouring seeds are alike.
  random(64);
  return (bound) => {
    const [a = 0, b = 0, c = 0] = random(3);
    return (a + 256 * b + 65_536 * c) % bound;
  };
}

async function killOverAndOver(t: TestContext, pool: PoolFixture, below: Below): Promise<void> {
  let right = equalize(pool);
  const fullMs = measureFullRun(pool);
  let [interrupted, finished] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const damage = DAMAGES[below(DAMAGES.length)]!;
    const command = below(COMMANDS.length);
    const label = `round ${round}, ${damage.name}, ${COMMANDS[command]![0]}`;
    damage.inflict(pool);
    await killedSync(pool, command, below(2) === 0, below(Math.ceil(fullMs)));
    if (await looksHealthy(pool)) {
      finished++;
      assertData(pool, right, `${label}: healthy after the kill`);
    } else if (leftovers(pool).length > 0) interrupted++;
    syncToTheEnd(pool, command);
    assert.ok(await looksHealthy(pool), label);
    assertData(pool, right, label);
    assert.deepEqual(leftovers(pool), [], label);
    if (round % REFERENCE_EVERY !== REFERENCE_EVERY - 1) continue;
    assertReferenceAcceptsFiles({ setPath: pool.set, summary: pool.summary });
    right = equalize(pool);
  }
  t.diagnostic(`${interrupted} killed while a part was being made, ${finished} after the repair`);
  assert.ok(interrupted > 0, 'some kills came in the middle');
}

/**
 * Replica 0 takes the bytes of replica 1 where libpmemobj, whenever it opens the pool, may leave them different: from then on
 * there is one right result. @returns the data of every part
 */
function equalize(pool: PoolFixture): readonly Buffer[] {
  for (const part of pool.parts[0]!) fs.rmSync(part);
  syncToTheEnd(pool, 0);
  return pool.parts.flat().map(dataOf);
}

/** Starts a sync and kills it: after `ms`, or that long after it has begun to make a new file, shortened to its time. */
async function killedSync(
  pool: PoolFixture,
  command: number,
  onceWriting: boolean,
  ms: number,
): Promise<void> {
  const child = start(pool, command);
  const ended = once(child, 'exit');
  if (onceWriting) {
    await firstLeftover(pool, child);
    await delay(ms / 10);
  } else {
    await delay(ms);
  }
  child.kill('SIGKILL');
  await ended;
}

/** Waits until an unfinished part is there, or the process is not any more. */
async function firstLeftover(pool: PoolFixture, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && leftovers(pool).length === 0) await delay(1);
}

function start(pool: PoolFixture, command: number): ChildProcess {
  const [program, ...options] = COMMANDS[command]!;
  return spawn(path.join(BIN, program), [...options, pool.set], { stdio: 'ignore' });
}

function syncToTheEnd(pool: PoolFixture, command: number): void {
  const [program, ...options] = COMMANDS[command]!;
  const run = spawnSync(path.join(BIN, program), [...options, pool.set], { encoding: 'utf8' });
  assert.equal(run.status, 0, `${program}: ${run.stdout}${run.stderr}`);
}

function measureFullRun(pool: PoolFixture): number {
  fs.rmSync(partOf(pool, 0, 0));
  const started = performance.now();
  syncToTheEnd(pool, 0);
  return performance.now() - started;
}

async function looksHealthy(pool: PoolFixture): Promise<boolean> {
  using open = openPoolSet(pool.set);
  // Without `await` the pool would be closed before the survey has looked.
  return isHealthy(await survey(open));
}

function leftovers(pool: PoolFixture): readonly string[] {
  return fs.readdirSync(pool.directory).filter((name) => name.endsWith('.resilver-new'));
}

/** Everything behind the header page, which says when it was made. */
function dataOf(part: string): Buffer {
  return fs.readFileSync(part).subarray(PAGE);
}

function assertData(pool: PoolFixture, right: readonly Buffer[], label: string): void {
  for (const [index, part] of pool.parts.flat().entries()) {
    assert.ok(dataOf(part).equals(right[index]!), `${label}: ${path.basename(part)} differs`);
  }
}

function partOf(pool: PoolFixture, replica: number, part: number): string {
  return pool.parts[replica]![part]!;
}

function scribble(part: string, ranges: readonly (readonly [number, number])[]): void {
  const fd = fs.openSync(part, 'r+');
  try {
    for (const [offset, length] of ranges) {
      fs.writeSync(fd, new Uint8Array(length).fill(0x5a), 0, length, offset);
    }
  } finally {
    fs.closeSync(fd);
  }
}
