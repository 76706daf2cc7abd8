import { INCOMPAT_SDS, shutdownState } from '../layout/index.ts';
import { partName } from '../poolset/index.ts';
import type { Survey } from '../survey/index.ts';
import type { Refusal } from './refusals.ts';

export interface CombinationDoubts {
  readonly reasons: readonly string[];
  readonly refusal: Refusal | undefined;
}

/**
 * When no replica is whole, the pool can only be put together from several. That gives back the pool that was lost if the
 * replicas were in step, and a pool that never existed if they were not. What proves it:
 * 1. the shutdown state of a replica says that the pool was closed, and none says that it was not;
 * 2. no log in the lanes waits for recovery;
 * 3. wherever two replicas can both be read, they hold the same bytes, but for those that may differ.
 * Every statement that the evidence does not make is a reason to ask the user first.
 */
export function combinationDoubts(survey: Survey): CombinationDoubts {
  if (survey.sources?.combined !== true) return { reasons: [], refusal: undefined };
  const reasons = [...shutdownDoubts(survey), ...laneDoubts(survey), ...agreementDoubts(survey)];
  if (reasons.length === 0) return { reasons, refusal: undefined };
  const message = `No replica is whole. ${describeCombination(survey)}, but it is not certain that the replicas were in step: ${reasons.join('; ')}. Use --combine to do it all the same`;
  return { reasons, refusal: { code: 'doubtful-combination', message, data: { reasons } } };
}

function shutdownDoubts({ health }: Survey): readonly string[] {
  const states = health.parts.flatMap(([first], replica) => {
    const header = first?.header;
    if (header === undefined || (header.incompat & INCOMPAT_SDS) === 0) return [];
    return [{ replica, dirty: shutdownState.decode(header.sds).dirty !== 0 }];
  });
  const open = states.filter(({ dirty }) => dirty);
  if (open.length > 0) {
    return open.map(({ replica }) => `replica ${replica} was not closed when it was last used`);
  }
  return states.length > 0 ? [] : ['no replica records that the pool was closed'];
}

function laneDoubts({ lanesIdle }: Survey): readonly string[] {
  const pending = [...lanesIdle.entries()].filter(([, idle]) => idle === false);
  if (pending.length > 0) {
    return pending.map(([replica]) => `a log in replica ${replica} waits for recovery`);
  }
  return lanesIdle.includes(true) ? [] : ['the logs cannot be read in any replica'];
}

function agreementDoubts({ differences, agreement }: Survey): readonly string[] {
  const differing = differences.map(
    ({ range, groups }) =>
      `replicas ${groups.flat().join(' and ')} differ at pool range 0x${range.offset.toString(16)} to 0x${range.end.toString(16)}`,
  );
  const unreadable = agreement.some(({ unreadable: [a, b] }) => !a.isEmpty || !b.isEmpty);
  return unreadable ? [...differing, 'a range cannot be read'] : differing;
}

function describeCombination({ sources }: Survey): string {
  const parts = (sources?.assignments ?? []).map(({ target, pieces }) => {
    const from = [...new Set(pieces.map(({ replica }) => replica))].join(' and ');
    return `${partName(target)} from replica ${from}`;
  });
  return `Together they hold everything: ${parts.join(', ')}`;
}
