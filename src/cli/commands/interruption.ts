import { InterruptedError } from '../output/failure.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * While it lasts, the first Ctrl-C or `kill` asks the work to stop by way of `signal`, so that it cleans up behind itself. A second
 * one ends the process at once, as if this were not here: a repair bears that too.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #handlers = SIGNALS.map((name) => ({ name, handle: () => this.#stop(name) }));

  constructor() {
    this.#listen();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What to report when work ended with `error`: the interruption, if there was one, and where it struck. */
  explain(error: unknown, where: string): unknown {
    const { aborted, reason } = this.signal;
    if (!aborted || !(reason instanceof InterruptedError)) return error;
    return new InterruptedError(reason.signal, `Interrupted ${where}`);
  }

  /** Runs `work` as if this were not here: for what would keep the handlers from being called, such as waiting for a key. */
  suspend<T>(work: () => T): T {
    this[Symbol.dispose]();
    try {
      return work();
    } finally {
      this.#listen();
    }
  }

  #listen(): void {
    for (const { name, handle } of this.#handlers) process.on(name, handle);
  }

  #stop(name: (typeof SIGNALS)[number]): void {
    this[Symbol.dispose]();
    this.#controller.abort(new InterruptedError(name, 'Interrupted'));
  }

  [Symbol.dispose](): void {
    for (const { name, handle } of this.#handlers) process.off(name, handle);
  }
}
