import { spawnSync } from 'node:child_process';

/** One timed run of a command. */
export interface Run {
  readonly wallSeconds: number;
  /** Largest process of the tree, MiB. */
  readonly peakMib: number;
}

/**
 * Runs a command under GNU time and expects success. Wall time is taken outside, so it includes the start of the process, as a
 * user feels it. @throws Error with the command's output when it fails
 */
export function measure(command: readonly string[], expectedExit = 0): Run {
  const started = process.hrtime.bigint();
  const result = spawnSync('/usr/bin/time', ['-f', 'peak=%M', ...command], { encoding: 'utf8' });
  const wallSeconds = Number(process.hrtime.bigint() - started) / 1e9;
  const report = /peak=(\d+)\s*$/.exec(result.stderr ?? '');
  if (result.status !== expectedExit || report === null) {
    const output = `${result.stdout}${result.stderr}${result.error?.message ?? ''}`;
    throw new Error(`${command.join(' ')} ended with ${result.status}: ${output}`);
  }
  return { wallSeconds, peakMib: Number(report[1]) / 1024 };
}

/** Runs a helper command, untimed. @throws Error when it fails */
export function must(command: string, ...args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: ${result.stderr}${result.error?.message ?? ''}`);
  }
  return result.stdout;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One kind of work done by two contenders on the same files. */
export interface Duel {
  readonly name: string;
  readonly rounds: number;
  /** Brings the files into the state that the work starts from; untimed. */
  readonly prepare: () => void;
  readonly ours: () => Run;
  readonly peer: () => Run;
  /** Checks the result of either; throws when it is wrong. */
  readonly verify: () => void;
}

export interface DuelResult {
  readonly name: string;
  readonly ours: readonly Run[];
  readonly peer: readonly Run[];
  /** Median over the rounds of ours ÷ peer within the round. */
  readonly ratio: number;
}

/** Alternates who goes first; the first round warms caches and memory and is thrown away. */
export function duel({ name, rounds, prepare, ours, peer, verify }: Duel): DuelResult {
  const results = { ours: [] as Run[], peer: [] as Run[] };
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const);
    for (const who of order) {
      prepare();
      must('sync');
      const run = who === 'ours' ? ours() : peer();
      verify();
      if (round > 0) results[who].push(run);
    }
  }
  const ratios = results.ours.map((run, i) => run.wallSeconds / results.peer[i]!.wallSeconds);
  return { name, ...results, ratio: median(ratios) };
}

/** One row of the table: medians and spread in seconds, ratio, goal, peaks in MiB. */
export function printResult(result: DuelResult, goal: string): void {
  const { name, ours, peer, ratio } = result;
  const cells = [name, spread(peer), spread(ours), ratio.toFixed(2), goal, peak(peer), peak(ours)];
  console.log(`| ${cells.join(' | ')} |`);
}

function spread(runs: readonly Run[]): string {
  const walls = runs.map(({ wallSeconds }) => wallSeconds);
  return `${median(walls).toFixed(3)} (${Math.min(...walls).toFixed(3)}–${Math.max(...walls).toFixed(3)})`;
}

function peak(runs: readonly Run[]): string {
  return Math.max(...runs.map(({ peakMib }) => peakMib)).toFixed(0);
}
