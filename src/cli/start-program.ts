import fs from 'node:fs';
import { isatty } from 'node:tty';

/** Where a command writes and reads. Tests give their own. */
export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** One line from standard input without its end, undefined when there is no more. */
  readonly readLine: () => string | undefined;
  /** Whether a person types there: what is typed then stands on the screen already. */
  readonly inputIsTerminal: boolean;
}

/** A command: arguments in, exit code out. */
export type Program = (args: readonly string[], io: CommandIo) => Promise<number>;

/**
 * Runs a program as this process: real streams and its exit code. Text is written at once and
 * whole, so that nothing is lost when the process ends.
 */
export async function startProgram(program: Program): Promise<void> {
  process.exitCode = await program(process.argv.slice(2), {
    out: (text) => writeWhole(1, text),
    err: (text) => writeWhole(2, text),
    readLine: readLineFromStdin,
    inputIsTerminal: isatty(0),
  });
}

function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += fs.writeSync(fd, bytes, done);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // A reader that has gone away, as `head` does, is no reason to fail.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

function readLineFromStdin(): string | undefined {
  const byte = Buffer.alloc(1);
  const line: number[] = [];
  for (;;) {
    const count = readByte(byte);
    if (count === 0) return line.length === 0 ? undefined : Buffer.from(line).toString();
    if (byte[0] === 0x0a) return Buffer.from(line).toString();
    line.push(byte[0]!);
  }
}

/** A terminal that another process has set to non-blocking says so instead of waiting for a key. */
function readByte(byte: Buffer): number {
  for (;;) {
    try {
      return fs.readSync(0, byte);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 20;

function pause(): void {
  Atomics.wait(NEVER_WOKEN, 0, 0, PAUSE_MS);
}
