import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formatBytes, formatDuration, MIB } from '../../base/index.ts';
import { Interruption } from '../commands/interruption.ts';
import { poolCheck } from '../commands/pool-check.ts';
import { poolCompare } from '../commands/pool-compare.ts';
import { poolCreate } from '../commands/pool-create.ts';
import { poolSync, type PoolSyncOptions } from '../commands/pool-sync.ts';
import { Session } from '../commands/session.ts';
import { describeError, exitCodeOf } from '../output/failure.ts';
import { detectTerminal, type Terminal } from '../output/terminal.ts';
import { painter, paragraph, SYMBOLS } from '../output/text.ts';
import type { CommandIo } from '../start-program.ts';
import { TourPool } from './tour-pool.ts';

/**
 * Shows on real files what the program does: makes a pool set, damages it in three ways, has the commands find and repair it, and
 * checks by digests of its own that every byte is back. Returns the exit code: 1 when anything was not as promised.
 */
export async function runPoolTour(
  io: CommandIo,
  terminal: Terminal = detectTerminal(),
): Promise<number> {
  const started = performance.now();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'resilver-tour-'));
  const cameFrom = process.cwd();
  const leave = (): void => {
    process.chdir(cameFrom);
    fs.rmSync(directory, { recursive: true });
  };
  // So that the commands can be shown, and their output read, without long paths.
  process.chdir(directory);
  using interruption = new Interruption();
  try {
    const tour = new Tour(new TourPool(directory), io, terminal);
    const chapters = [() => tour.make(), () => tour.loseAndRepair(), () => tour.divergeAndRepair()];
    for (const chapter of chapters) {
      interruption.signal.throwIfAborted();
      await chapter();
    }
    leave();
    tour.end(performance.now() - started);
    return 0;
  } catch (error) {
    if (interruption.signal.aborted) leave();
    else io.err(`The files are kept in ${directory}.\n`);
    if (error instanceof BrokenPromise) {
      io.err(`resilver: ${error.message}\n`);
      return 1;
    }
    io.err(describeError(error));
    return exitCodeOf(error);
  }
}

/** A command did not do what this run says of it. */
class BrokenPromise extends Error {}

class Tour {
  readonly #pool: TourPool;
  readonly #io: CommandIo;
  readonly #terminal: Terminal;
  #before: ReadonlyMap<string, string> = new Map();

  constructor(pool: TourPool, io: CommandIo, terminal: Terminal) {
    this.#pool = pool;
    this.#io = io;
    this.#terminal = terminal;
  }

  async make(): Promise<void> {
    this.#title('A pool set: two replicas, each of two parts');
    this.#tell(`In ${this.#pool.directory}, which is removed at the end.`);
    this.#typed('create');
    this.#expect(poolCreate(this.#pool.setPath, {}, this.#session()), 0, 'create');
    // Real bytes that every machine has, and many of them.
    const bytes = this.#pool.fill(process.execPath);
    this.#before = this.#pool.digests();
    this.#tell(
      `Both replicas were filled alike with the first ${formatBytes(bytes)} of this Node, where objects would lie. No PMDK program has a hand in this run.`,
    );
  }

  async loseAndRepair(): Promise<void> {
    this.#title('Two kinds of damage, one in each replica');
    this.#pool.removePart('r0p1');
    this.#pool.overwriteHeader('r1p0');
    this.#tell('r0p1 was deleted, and the header of r1p0 overwritten. No replica is whole now.');
    const left = this.#pool.digests();
    this.#expect(await this.#sync({ dryRun: true }, { quiet: true }), 1, 'sync --dry-run');
    this.#promise(isSame(left, this.#pool.digests()), 'a dry run changes nothing');
    this.#typed('sync', '--verify');
    this.#expect(await this.#sync({ verify: true }), 0, 'sync');
    this.#promiseAllIsBack();
  }

  async divergeAndRepair(): Promise<void> {
    const { setPath } = this.#pool;
    this.#title('A third kind: every header is fine, one byte is not');
    const offset = this.#pool.flipByte('r1p1');
    this.#tell(`Byte ${offset} of r1p1 was inverted. Headers say nothing about that:`);
    this.#typed('check');
    this.#expect(await poolCheck(setPath, this.#session()), 0, 'check');
    this.#tell('Reading both replicas does:');
    this.#typed('compare');
    this.#expect(await poolCompare(setPath, this.#session()), 1, 'compare');
    this.#tell(
      'Of two replicas neither has a majority. We know that replica 0 is right, and say so:',
    );
    this.#typed('sync', '--heal-from 0');
    this.#expect(await this.#sync({ healFrom: 0, yes: true }), 0, 'sync --heal-from');
    this.#promiseAllIsBack();
  }

  end(elapsedMs: number): void {
    const next = [
      ['npm start -- pool sync --dry-run YOUR.set', 'what would be repaired; changes nothing'],
      ['npm start -- pool compare YOUR.set', 'do the replicas hold the same?'],
      ['npm start -- pool --help', 'everything else'],
    ] as const;
    const width = Math.max(...next.map(([command]) => command.length));
    const lines = next.map(([command, what]) => `  ${command.padEnd(width)}  ${what}\n`);
    this.#io.out(
      `\n${this.#bold('Done')} in ${formatDuration(elapsedMs)}; the scratch directory is gone. Next:\n${lines.join('')}`,
    );
  }

  #promiseAllIsBack(): void {
    this.#promise(isSame(this.#before, this.#pool.digests()), 'every byte of data is back');
    const bytes = formatBytes(4 * 16 * MIB);
    const text = `SHA-256 of the data of all four parts (${bytes}) is what it was before the damage.`;
    const mark = painter(this.#terminal.colour)('good', SYMBOLS.good);
    this.#io.out(`\n${paragraph(`${mark} `, 2, text, this.#terminal.width)}`);
  }

  #sync(options: PoolSyncOptions, output: { readonly quiet?: boolean } = {}): Promise<number> {
    return poolSync(this.#pool.setPath, options, this.#session(output));
  }

  #session(output: { readonly quiet?: boolean } = {}): Session {
    return new Session(this.#io, this.#terminal, output);
  }

  #expect(exitCode: number, wanted: number, command: string): void {
    this.#promise(exitCode === wanted, `pool ${command} exits ${wanted}, not ${exitCode}`);
  }

  #promise(kept: boolean, what: string): void {
    if (!kept)
      throw new BrokenPromise(`This run promised that ${what}, and that did not come true`);
  }

  #title(text: string): void {
    const { width } = this.#terminal;
    this.#io.out(
      `\n${this.#bold(`── ${text} ${'─'.repeat(Math.max(0, width - text.length - 4))}`)}\n`,
    );
  }

  #tell(text: string): void {
    this.#io.out(`\n${paragraph('', 0, text, this.#terminal.width)}`);
  }

  #typed(command: string, options = ''): void {
    const words = ['$ resilver pool', command, options, this.#pool.setPath];
    this.#io.out(`\n${this.#bold(words.filter((word) => word !== '').join(' '))}\n`);
  }

  #bold(text: string): string {
    return painter(this.#terminal.colour)('bold', text);
  }
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, digest]) => b.get(name) === digest);
}
