import { formatBytes } from '../../base/index.ts';
import { partName, type Replica, type Survey, type SyncPlan } from '../../pool/index.ts';
import { countBytes } from './count-bytes.ts';
import { repairedParts } from './repaired-parts.ts';
import { enumerate, plural } from './text.ts';

/** Why the repair takes its bytes from where it takes them; one paragraph for each string. */
export function describeSources(steps: SyncPlan): readonly string[] {
  const { survey } = steps;
  if (survey.sources?.combined === true) return describeCombination(steps);
  const replicas = sourceReplicas(steps);
  if (replicas.length === 0) return [];
  if (replicas.length > 1 || !isWhole(survey, replicas[0]!)) {
    const from = enumerate(replicas.map(String));
    return [`What lies in bad blocks of one replica comes from others: replicas ${from}`];
  }
  return [`Replica ${replicas[0]!}: ${reasonFor(survey, replicas[0]!)}`, ...comparedWith(survey)];
}

function sourceReplicas({ survey, steps }: SyncPlan): readonly number[] {
  const assigned = (survey.sources?.assignments ?? []).flatMap(({ pieces }) =>
    pieces.map(({ replica }) => replica),
  );
  const copied = steps.flatMap((step) =>
    'copies' in step ? step.copies.map(({ source }) => source.replica) : [],
  );
  return [...new Set([...assigned, ...copied])].toSorted((a, b) => a - b);
}

function reasonFor(survey: Survey, replica: number): string {
  const { healFrom } = survey.options;
  if (healFrom === replica) return `chosen by --heal-from ${replica}`;
  const whole = survey.set.replicas.filter(({ index }) => isWhole(survey, index));
  if (whole.length === 1) return 'the only replica of which every part is healthy';
  if (whole[0]?.index === replica) {
    return `the first of ${plural(whole.length, 'replica')} of which every part is healthy`;
  }
  return 'every part is healthy and its heap structure is sound, which is not so in a replica before it';
}

function isWhole({ health }: Survey, replica: number): boolean {
  return health.parts[replica]!.every(({ state, bad }) => state === 'healthy' && bad.isEmpty);
}

/** What comparing the damaged parts with their source brought to light. */
function comparedWith({ repairs }: Survey): readonly string[] {
  if (repairs.length === 0) return [];
  const compared = countBytes(repairs);
  const differing = repairs.reduce((sum, comparison) => sum + comparison.differing.byteCount, 0);
  const found =
    differing === 0 ? 'all equal, no data need be written' : `${formatBytes(differing)} differ`;
  return [`Of damaged parts ${formatBytes(compared)} were compared with it: ${found}`];
}

function describeCombination({ survey, accepted }: SyncPlan): readonly string[] {
  const pieces = (survey.sources?.assignments ?? []).map((assignment) => {
    const from = [...new Set(assignment.pieces.map(({ replica }) => replica))];
    const givers = from.flatMap((replica) =>
      givingParts(survey.set.replicas[replica]!, assignment.pieces, replica),
    );
    return `${partName(assignment.target)} from ${enumerate(givers)}`;
  });
  const first = `No replica is whole, together they hold everything: ${pieces.join('; ')}`;
  if (accepted.length > 0) {
    return [first, `Accepted with --combine, although ${accepted.join('; ')}`];
  }
  const equal = countBytes(survey.agreement);
  const overlap = equal === 0 ? '' : `, and ${formatBytes(equal)} that two of them hold agree`;
  return [
    first,
    `The replicas were in step: the pool was closed, no log waits for recovery${overlap}`,
  ];
}

function givingParts(
  { parts }: Replica,
  pieces: readonly { readonly range: { offset: number; end: number }; readonly replica: number }[],
  replica: number,
): readonly string[] {
  const ranges = pieces.filter((piece) => piece.replica === replica).map(({ range }) => range);
  return parts
    .filter(({ poolOffset, poolLength }) =>
      ranges.some(({ offset, end }) => offset < poolOffset + poolLength && end > poolOffset),
    )
    .map(partName);
}

/** For the line above the plan. */
export function targetNames(steps: SyncPlan): string {
  return enumerate(repairedParts(steps).map(({ name }) => name));
}
