import type { CommandIo } from '../../start-program.ts';

const YES: ReadonlySet<string> = new Set(['', 'y', 'Y', 'yes', 'Yes']);
const NO: ReadonlySet<string> = new Set(['n', 'N', 'no', 'No']);

export type Answer = 'yes' | 'no' | 'no-input';

/**
 * Asks until the answer is one of the words that the reference takes. An empty line means yes; the end of the input means no. Input
 * that is not typed is repeated, so that a log of the output can be understood.
 */
export function ask(io: CommandIo, question: string): Answer {
  for (;;) {
    io.out(`${question} [Y/n] `);
    const line = io.readLine();
    if (line === undefined) {
      io.err('error: input is empty\n');
      io.out('?\n');
      return 'no-input';
    }
    if (!YES.has(line) && !NO.has(line)) continue;
    const answer = YES.has(line) ? 'yes' : 'no';
    if (!io.inputIsTerminal) io.out(`${answer[0]}\n`);
    return answer;
  }
}
