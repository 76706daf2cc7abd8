/** One report of a long operation. `done` never falls and never exceeds `total`; both are bytes. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: Progress) => void;
