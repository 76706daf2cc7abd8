import { SystemError } from '../../../base/index.ts';
import type { ChangeKind } from './change.ts';

/** A call that changes nothing but may fail. */
export type LookKind = 'stat' | 'list' | 'open' | 'read' | 'lock' | 'compare';
export type CallKind = ChangeKind | LookKind;

/** The process has been killed at this call. Nothing that the caller does after it reaches the media. */
export class Killed extends Error {
  constructor(call: number) {
    super(`Killed before change ${call}`);
    this.name = 'Killed';
  }
}

/** Decides for every call of a medium whether it happens. Numbers count from 1. */
export class CallFaults {
  #changes = 0;
  #calls = 0;
  #killAt = Infinity;
  readonly #changeErrnos = new Map<number, string>();
  readonly #callErrnos = new Map<number, string>();
  readonly #kindErrnos = new Map<CallKind, string>();

  /** Changing calls begun so far, the failed ones among them. */
  get changes(): number {
    return this.#changes;
  }

  /** Calls begun so far, of every kind. */
  get calls(): number {
    return this.#calls;
  }

  get killed(): boolean {
    return this.#changes >= this.#killAt;
  }

  /** The nth changing call from now on and every call after it throws `Killed`. */
  killAtChange(nth: number): void {
    this.#killAt = this.#changes + nth;
  }

  /** The nth changing call from now on fails, once. */
  failChange(nth: number, errno: string): void {
    this.#changeErrnos.set(this.#changes + nth, errno);
  }

  /** The nth call of any kind from now on fails, once. */
  failCall(nth: number, errno: string): void {
    this.#callErrnos.set(this.#calls + nth, errno);
  }

  /** Every call of the kind fails from now on. */
  failKind(kind: CallKind, errno: string): void {
    this.#kindErrnos.set(kind, errno);
  }

  /** A call that looks is about to happen. @throws SystemError, Killed */
  beforeLook(kind: LookKind, path: string): void {
    if (this.killed) throw new Killed(this.#killAt);
    this.#calls++;
    this.#throwIfPlanned(
      this.#callErrnos.get(this.#calls) ?? this.#kindErrnos.get(kind),
      kind,
      path,
    );
  }

  /** A call that changes is about to happen. @throws SystemError, Killed */
  beforeChange(kind: ChangeKind, path: string): void {
    this.#changes++;
    if (this.killed) throw new Killed(this.#killAt);
    this.#calls++;
    const planned = this.#changeErrnos.get(this.#changes) ?? this.#callErrnos.get(this.#calls);
    this.#throwIfPlanned(planned ?? this.#kindErrnos.get(kind), kind, path);
  }

  #throwIfPlanned(errno: string | undefined, kind: CallKind, path: string): void {
    if (errno === undefined) return;
    throw new SystemError(`Cannot ${kind} ${path}`, { errno, syscall: kind, path });
  }
}
