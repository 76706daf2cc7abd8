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
    }
  }
}

function readLineFromStdin(): string | undefined {
  const byte = Buffer.alloc(1);
  const line: number[] = [];
  for (;;) {
    const count = fs.readSync(0, byte);
    if (count === 0) return line.length === 0 ? undefined : Buffer.from(line).toString();
    if (byte[0] === 0x0a) return Buffer.from(line).toString();
    line.push(byte[0]!);
  }
}
