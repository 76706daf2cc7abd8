import { copiesOf, partName, type SyncPlan, type SyncStep } from '../../pool/index.ts';

/** What a plan does to one part, over all its steps. */
export interface RepairedPart {
  readonly name: string;
  readonly path: string;
  /** A new file took the part's name. Otherwise the existing one was changed in place. */
  readonly anew: boolean;
  /** Bytes copied into the part. */
  readonly bytes: number;
  /** Bytes of the part that were compared with a source beforehand. */
  readonly compared: number;
  /** Its header was written. */
  readonly header: boolean;
}

/** The parts that a plan repairs, in the order of the set file. */
export function repairedParts({ steps, survey }: SyncPlan): readonly RepairedPart[] {
  const repairing = steps.filter(isRepair);
  const byPart = Map.groupBy(repairing, ({ part }) => part);
  return [...byPart]
    .toSorted(([a], [b]) => a.replica - b.replica || a.index - b.index)
    .map(([part, own]) => {
      const inPart = survey.repairs
        .filter(({ replicas }) => replicas[1] === part.replica)
        .map(({ range }) => ({
          offset: Math.max(range.offset, part.poolOffset),
          end: Math.min(range.end, part.poolOffset + part.poolLength),
        }));
      return {
        name: partName(part),
        path: part.path,
        anew: own.some(({ kind }) => kind === 'replace-part'),
        bytes: own.flatMap(copiesOf).reduce((sum, { length }) => sum + length, 0),
        compared: inPart.reduce((sum, { offset, end }) => sum + Math.max(0, end - offset), 0),
        header: own.some((step) =>
          step.kind === 'replace-part' ? step.header !== undefined : step.kind === 'write-header',
        ),
      };
    });
}

type Repair = Extract<SyncStep, { kind: 'replace-part' | 'patch-data' | 'write-header' }>;

function isRepair(step: SyncStep): step is Repair {
  return ['replace-part', 'patch-data', 'write-header'].includes(step.kind);
}
