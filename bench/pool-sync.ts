/**
 * The pool figures of the README: ours against the reference `pmempool sync`, same files, same run. Needs the Debian packages
 * pmdk-tools, libpmemobj-dev, gcc, time, and about 11 GiB of space. Contents are checked after every run. `RESILVER_BENCH_SMALL=1`
 * stops after the set of 1 GiB.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { duel, measure, median, must, printResult } from './support/measure.ts';

const ROUNDS = Number(process.env['RESILVER_BENCH_ROUNDS'] ?? 5);
const REFERENCE = process.env['RESILVER_REFERENCE_PMEMPOOL'] ?? '/usr/bin/pmempool';
/** The checkout, or `RESILVER_BENCH_BIN`: the `bin` folder of an installed package, which runs compiled sources. */
const BIN = process.env['RESILVER_BENCH_BIN'] ?? path.resolve(import.meta.dirname, '../bin');
const OURS = path.join(BIN, 'pmempool');
const RESILVER = path.join(BIN, 'resilver');
const scratch = fs.mkdtempSync(
  path.join(process.env['RESILVER_BENCH_DIR'] ?? os.tmpdir(), 'resilver-bench-'),
);

interface Pool {
  readonly set: string;
  readonly parts: readonly (readonly string[])[];
}

function build(program: string, ...libraries: readonly string[]): string {
  const binary = path.join(scratch, program);
  const source = path.join(import.meta.dirname, 'support', `${program}.c`);
  must('gcc', '-O2', '-Wall', '-o', binary, source, ...libraries);
  return binary;
}

/** Two replicas of four parts, made by the reference; filled with random objects, or as created. */
function makePool(name: string, partMib: number, fill: string | undefined): Pool {
  const directory = path.join(scratch, name);
  fs.mkdirSync(directory);
  const parts = [0, 1].map((replica) =>
    [0, 1, 2, 3].map((part) => path.join(directory, `r${replica}p${part}`)),
  );
  const lines = parts.map((replica) => replica.map((part) => `${partMib}M ${part}\n`).join(''));
  const set = path.join(directory, 'pool.set');
  fs.writeFileSync(set, `PMEMPOOLSET\n${lines.join('REPLICA\n')}`);
  must(REFERENCE, 'create', '--layout=bench', 'obj', set);
  if (fill !== undefined) must(fill, set, 'bench');
  return { set, parts };
}

/**
 * Repaired parts of replica 1 hold what replica 0 holds, but for the header page, and own all their blocks. Other parts
 * may differ in bytes that nobody uses.
 */
function verifyRepaired({ parts }: Pool, repaired: readonly number[]): () => void {
  return () => {
    for (const index of repaired) {
      const part = parts[1]![index]!;
      must('cmp', '-i', index === 0 ? '8192' : '4096', part, parts[0]![index]!);
      const { blocks, size } = fs.statSync(part);
      if (blocks * 512 < size) throw new Error(`${part} is not fully reserved`);
    }
  };
}

/** One row: `repaired` are the parts of replica 1 that `damage` makes a repair rebuild. */
function bench(
  name: string,
  pool: Pool,
  repaired: readonly number[],
  goal: string,
  damage: () => void,
): void {
  const result = duel({
    name,
    rounds: ROUNDS,
    prepare: damage,
    ours: () => measure([OURS, 'sync', pool.set]),
    peer: () => measure([REFERENCE, 'sync', pool.set]),
    verify: verifyRepaired(pool, repaired),
  });
  printResult(result, goal);
}

function removeAll(parts: readonly string[]): () => void {
  return () => parts.forEach((part) => fs.rmSync(part));
}

function damageHeader(part: string): () => void {
  return () => {
    const fd = fs.openSync(part, 'r+');
    fs.writeSync(fd, Buffer.alloc(4096, 0xa5), 0, 4096, 0);
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  };
}

function run(): void {
  const fill = build('fill', '-lpmemobj');
  const floor = build('memcmp2', '-lpthread');
  console.log(
    `${os.cpus().length} cores, ${ROUNDS} rounds, median (min–max) of wall seconds, start of the process included\n`,
  );
  console.log(
    '| work | reference s | ours s | ours ÷ reference | goal | reference MiB | ours MiB |',
  );
  console.log('|---|---|---|---|---|---|---|');

  const small = makePool('one-gib', 256, fill);
  const [, smallPart] = small.parts[1] as [string, string];
  bench('one deleted 256 MiB part of 1 GiB', small, [1], '≤ 0.40', removeAll([smallPart]));
  bench('header of a 256 MiB part damaged', small, [1], '≤ 0.15', damageHeader(smallPart));
  fs.rmSync(path.dirname(small.set), { recursive: true });
  if (process.env['RESILVER_BENCH_SMALL'] === '1') return;

  const large = makePool('four-gib', 1024, fill);
  const [, largePart] = large.parts[1] as [string, string];
  const all = [0, 1, 2, 3];
  bench('whole replica of 4 GiB deleted', large, all, '≤ 0.35', removeAll(large.parts[1]!));
  bench('header of a 1 GiB part damaged', large, [1], '≤ 0.15', damageHeader(largePart));
  bench('healthy set of 4 GiB', large, [], '≤ 0.20 s', () => {});
  printCompare(large, floor);
  fs.rmSync(path.dirname(large.set), { recursive: true });

  const fresh = makePool('four-gib-fresh', 1024, undefined);
  bench('replica of a fresh 4 GiB deleted', fresh, all, '≤ 0.15', removeAll(fresh.parts[1]!));
}

/** `--compare` against two threads of memcmp over mappings of the same files; the ratio is of speeds. */
function printCompare(pool: Pool, floor: string): void {
  const pairs = pool.parts[0]!.flatMap((part, index) => [part, pool.parts[1]![index]!]);
  const result = duel({
    name: 'compare two replicas of 4 GiB (peer: memcmp in two threads)',
    rounds: ROUNDS,
    prepare: () => {},
    ours: () => measure([RESILVER, 'pool', 'compare', '--quiet', pool.set]),
    peer: () => measure([floor, ...pairs]),
    verify: () => {},
  });
  printResult(result, 'speed ≥ 0.60');
  const speeds = result.ours.map(({ wallSeconds }, i) => result.peer[i]!.wallSeconds / wallSeconds);
  console.log(`\nspeed of compare ÷ speed of the floor: ${median(speeds).toFixed(2)}\n`);
}

try {
  run();
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
