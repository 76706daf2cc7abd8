import { ResilverError } from '../../base/index.ts';
import type { AnyPool } from '../open/index.ts';
import type { Refusal } from '../sync/index.ts';
import { isSwitch, type FeaturePlan } from './plan-feature.ts';

/** The feature may not be switched, or cannot be told; nothing was changed. Carries every reason. */
export class FeatureRefusedError extends ResilverError {
  readonly refusals: readonly Refusal[];

  constructor(path: string, refusals: readonly Refusal[]) {
    super('feature-refused', `Cannot use features of ${path}: ${refusals[0]?.message ?? ''}`, {
      data: {
        path,
        refusals: refusals.map(({ code, message, data }) => ({ code, message, data })),
      },
    });
    this.refusals = refusals;
  }
}

/**
 * Writes the headers, each durably before the next. Idempotent. Killed anywhere, it is finished by surveying, planning and applying again; until
 * then no program opens the pool, because its headers do not agree.
 * @returns the number of headers that were changed
 * @throws FeatureRefusedError when the plan was refused; nothing was changed
 * @throws SystemError when a call failed
 */
export function applyFeature({ pool, set }: AnyPool, { refusals, steps }: FeaturePlan): number {
  if (refusals.length > 0) throw new FeatureRefusedError(set.path, refusals);
  for (const step of steps) {
    using file = pool.media.open(step.part.path, 'write');
    if (isSwitch(step)) file.write(0, step.after);
    // Also when it was written before: whoever did it may have died before it was durable.
    file.sync();
  }
  return steps.filter(isSwitch).length;
}
