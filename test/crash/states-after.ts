import type { Change } from '../../src/pool/media/memory/change.ts';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { powerLoss } from '../../src/pool/media/memory/power-loss.ts';
import { differingFiles } from '../support/memory-image.ts';

/** A state in which a run that was cut off may leave the media. */
export interface CrashState {
  /** For messages: what happened, after how many changes. */
  readonly label: string;
  readonly changes: number;
  readonly kind: 'killed' | 'power loss';
  readonly image: DiskImage;
}

/**
 * Every state that a run with this log can leave behind: for each prefix what a killed process leaves, what is left when nothing
 * unsynced reached the disk, and for each seed a random part of it. States without news are left out.
 */
export function* statesAfter(
  initial: DiskImage,
  log: readonly Change[],
  seeds: number,
): Generator<CrashState> {
  const killed = initial.clone();
  let durable: DiskImage | undefined;
  for (let changes = 0; changes <= log.length; changes++) {
    const last = log[changes - 1];
    if (last !== undefined) killed.apply(last);
    const after = `after change ${changes} of ${log.length} (${last?.kind ?? 'none'})`;
    // A call that only makes durable leaves a killed process with nothing new.
    if (last === undefined || !/sync/.test(last.kind)) {
      yield { label: `killed ${after}`, changes, kind: 'killed', image: killed.clone() };
    }
    const prefix = log.slice(0, changes);
    const none = powerLoss(initial, prefix, 'none');
    if (durable === undefined || differingFiles(durable, none).length > 0) {
      yield { label: `power lost ${after}`, changes, kind: 'power loss', image: none };
      durable = none;
    }
    for (let seed = 0; seed < seeds; seed++) {
      const image = powerLoss(initial, prefix, { seed: changes * 1000 + seed });
      const label = `power lost ${after}, seed ${changes * 1000 + seed}`;
      yield { label, changes, kind: 'power loss', image };
    }
  }
}

/** Numbers of changes after which states are worth the slow look of the reference: first and last of every kind. */
export function landmarks(log: readonly Change[]): ReadonlySet<number> {
  const kinds = new Set(log.map(({ kind }) => kind));
  const marks = [...kinds].flatMap((kind) => [
    log.findIndex((change) => change.kind === kind) + 1,
    log.findLastIndex((change) => change.kind === kind) + 1,
  ]);
  return new Set([0, ...marks, log.length]);
}
