import type { CurrentShutdownState, PoolType } from '../layout/index.ts';

/** What a consistency check is allowed to do. */
export interface ConsistencyOptions {
  readonly repair: boolean;
  /** Also repairs that need a new header checksum. */
  readonly advanced: boolean;
}

/** A copy of a header, which repairs change in place. */
export interface CheckedHeader {
  readonly replica: number;
  readonly part: number;
  /** 4096 bytes. */
  readonly bytes: Uint8Array;
}

export interface ConsistencyInput {
  /** By replica, the headers that it has: one a part, or the first alone. At least one each. */
  readonly headers: readonly (readonly CheckedHeader[])[];
  /** False for one file by itself, which may be a part whose neighbours are out of sight. */
  readonly isSet: boolean;
  /** What the hardware says now, by replica. */
  readonly current: readonly CurrentShutdownState[];
}

export type LinkField = 'nextPartUuid' | 'prevPartUuid' | 'nextReplUuid' | 'prevReplUuid';

/** What was seen or done. */
export type ConsistencyMessage =
  | { readonly what: 'checking-shutdown-state' }
  | { readonly what: 'shutdown-state-correct' }
  | { readonly what: 'power-lost' }
  | { readonly what: 'shutdown-state-dirty' }
  | { readonly what: 'resetting-shutdown-state' }
  | { readonly what: 'checking-header' }
  | { readonly what: 'header-correct' }
  | { readonly what: 'header-zero' }
  | { readonly what: 'header-checksum' }
  | { readonly what: 'header-signature' }
  | { readonly what: 'pool-type-unknown' }
  | { readonly what: 'repair-unsupported' }
  | { readonly what: 'various-pool-sets' }
  | { readonly what: 'uuid-ambiguous' }
  | { readonly what: 'link-invalid'; readonly field: LinkField }
  | { readonly what: 'setting-link'; readonly field: LinkField; readonly uuid: string }
  | { readonly what: 'checksum-outdated' }
  | { readonly what: 'setting-checksum'; readonly checksum: bigint }
  | { readonly what: 'needs-advanced' }
  | { readonly what: 'reverting' };

/**
 * A step of a check, for whoever watches. `info` is progress, `error` a verdict, `question` wants an answer: whether to put
 * right what the message says.
 */
export type ConsistencyEvent = ConsistencyMessage & {
  readonly level: 'info' | 'error' | 'question';
  readonly replica?: number;
  readonly part?: number;
};

export type ConsistencyVerdict =
  'consistent' | 'not-consistent' | 'repaired' | 'cannot-repair' | 'sync-required';

export interface ConsistencyResult {
  readonly verdict: ConsistencyVerdict;
  /** Headers to be written for the verdict to become true; empty unless it is `repaired` or `sync-required`. */
  readonly changed: readonly CheckedHeader[];
}

/** A check yields events and is resumed with the answer to a question; other events ignore it. */
export type Check<T> = Generator<ConsistencyEvent, T, boolean>;

/** How a step ended: with a verdict for the whole pool, or with leave to go on. */
export type StepEnd = ConsistencyVerdict | 'continue';

/** What the steps share. */
export interface CheckContext {
  readonly input: ConsistencyInput;
  readonly options: ConsistencyOptions;
  readonly poolType: PoolType | undefined;
}
