import {
  assignSources,
  trustedRanges,
  wholeReplica,
  type Health,
  type Sources,
} from '../check/index.ts';
import type { PoolSet } from '../poolset/index.ts';
import type { ComparisonJob } from './compare-replicas.ts';

/** What only reading data can tell. Pure. */
export interface Questions {
  readonly sources: Sources | undefined;
  /** A damaged part against the replicas that it would be repaired from: what is to be rewritten? */
  readonly repairs: readonly ComparisonJob[];
  /** Two replicas against each other where both are trusted: are they in step? */
  readonly agreement: readonly ComparisonJob[];
}

export function askQuestions(
  set: PoolSet,
  health: Health,
  options: { readonly compare: boolean; readonly healFrom: number | undefined },
): Questions {
  const { poolSize } = health;
  const fatal = health.findings.some(({ severity }) => severity === 'fatal');
  if (poolSize === undefined || fatal) return { sources: undefined, repairs: [], agreement: [] };
  const sources = assignSources(set, health, poolSize, options.healFrom);
  const repairs = sources.assignments
    .filter(({ target }) => health.parts[target.replica]![target.index]!.state === 'damaged')
    .flatMap(({ target, pieces }) =>
      pieces.map(({ range, replica }) => ({ replicas: [replica, target.replica] as const, range })),
    );
  const wanted = options.compare || options.healFrom !== undefined || sources.combined;
  return {
    sources,
    repairs,
    agreement: wanted ? agreementJobs(set, health, poolSize, options) : [],
  };
}

/**
 * Every replica against the one that leads. Where no replica is whole, every pair: only both together may
 * show that two of them agree.
 */
function agreementJobs(
  set: PoolSet,
  health: Health,
  poolSize: number,
  options: { readonly healFrom: number | undefined },
): readonly ComparisonJob[] {
  const leader = wholeReplica(set, health, options.healFrom);
  const pairs = set.replicas.flatMap(({ index: a }) =>
    set.replicas.filter(({ index: b }) => b > a).map(({ index: b }) => [a, b] as const),
  );
  return pairs
    .filter((pair) => leader === undefined || pair.includes(leader))
    .map(([a, b]) => (b === leader ? ([b, a] as const) : ([a, b] as const)))
    .flatMap((replicas) => {
      const [a, b] = replicas.map((index) => trustedRanges(set, health, index, poolSize));
      return a!.intersect(b!).ranges.map((range) => ({ replicas, range }));
    });
}
