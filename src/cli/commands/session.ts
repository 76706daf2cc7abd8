import { ProgressBar } from '../output/progress-bar.ts';
import { renderJson, type JsonObject } from '../output/render-json.ts';
import { boundWidth, type Terminal } from '../output/terminal.ts';
import { wrap } from '../output/text.ts';
import type { CommandIo } from '../start-program.ts';

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Where the output of one command goes: to a person, to a program, or nowhere. */
export class Session {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly #io: CommandIo;
  readonly #quiet: boolean;
  #bar: ProgressBar | undefined;

  constructor(io: CommandIo, terminal: Terminal, { json, quiet }: OutputOptions) {
    this.terminal = terminal;
    this.json = json === true;
    this.#io = io;
    this.#quiet = quiet === true;
  }

  /** For people, on standard output; nothing with `--json` or `--quiet`. */
  say(text: string): void {
    if (!this.json && !this.#quiet) this.#io.out(text);
  }

  /** For people, on standard error, also with `--quiet`: why something was not done. */
  complain(text: string): void {
    this.clearProgress();
    if (!this.json) this.#io.err(text);
  }

  /** The one document of a `--json` run. */
  document(document: JsonObject): void {
    if (this.json) this.#io.out(renderJson(document));
  }

  /** Undefined where nobody would see it. */
  get progress(): ProgressBar['update'] | undefined {
    if (this.json || this.#quiet || !this.terminal.live) return undefined;
    this.#bar ??= new ProgressBar({
      write: this.#io.err,
      width: () => boundWidth(process.stderr.columns),
    });
    return this.#bar.update;
  }

  clearProgress(): void {
    this.#bar?.clear();
  }

  /** Asks a yes-or-no question. Undefined when there is nobody to answer it. */
  ask(question: string): boolean | undefined {
    if (this.json || !this.terminal.interactive) return undefined;
    this.#io.err(`${wrap(question, this.terminal.width - 8).join('\n')} [y/N] `);
    const answer = this.#io.readLine() ?? '';
    return /^y(es)?$/i.test(answer.trim());
  }
}
