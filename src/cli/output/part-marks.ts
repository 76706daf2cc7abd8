import {
  allParts,
  partName,
  split,
  type Finding,
  type FindingCode,
  type Part,
  type PartState,
  type PoolSet,
  type Survey,
} from '../../pool/index.ts';
import type { Tone } from './text.ts';

/** What a drawing says about one part. */
export interface PartMark {
  readonly tone: Tone;
  /** What is wrong, in a few words each; empty for a part that is as it should be. */
  readonly words: readonly string[];
}

/** Complete, so that a new finding cannot be forgotten here. */
const WORDS: Readonly<Record<FindingCode, string>> = {
  'part-missing': 'missing',
  'part-size': 'wrong size',
  'part-locked': 'in use',
  'part-refused': 'cannot be opened',
  'part-not-a-file': 'not a file',
  'part-device-dax': 'device DAX',
  'part-listed-twice': 'listed twice',
  'header-unreadable': 'header unreadable',
  'header-checksum': 'header damaged',
  'header-zero': 'header zeroed',
  'header-signature': 'header unknown',
  'header-singlehdr': 'SINGLEHDR bit',
  'header-format': 'header format',
  'format-unknown': 'format unknown',
  'format-disagrees': 'format doubtful',
  'poolset-uuid-in-replica': 'other pool',
  'replica-links-in-replica': 'wrong links',
  'parts-not-linked': 'wrong links',
  'poolset-uuid-between-replicas': 'other pool',
  'replica-links': 'wrong links',
  'replica-links-on-border': 'wrong links',
  'alien-replica': 'other pool',
  'parts-swapped': 'wrong order',
  'transform-pending': 'transform unfinished',
  'shutdown-state': 'power lost',
  descriptor: 'descriptor damaged',
  'pool-size-too-small': 'impossible size',
  'replica-too-small': 'too small',
  'pool-sizes-differ': 'other pool size',
  heap: 'heap damaged',
  'bad-blocks': 'bad blocks',
  'bad-blocks-unknown': 'bad blocks unknown',
  'bad-blocks-unsupported': 'bad blocks unknown',
  'recovery-file-present': 'repair unfinished',
  'recovery-file-invalid': 'recovery file',
  'recovery-files-incomplete': 'recovery file',
  'data-differs': 'data differs',
  'data-unreadable': 'unreadable',
};

const STATE_TONES: Readonly<Record<PartState, Tone>> = {
  healthy: 'good',
  damaged: 'damaged',
  lost: 'lost',
  blocked: 'blocked',
};

/** The mark of every part, by its name. */
export function markParts({ set, health, findings }: Survey): ReadonlyMap<string, PartMark> {
  const byPart = Map.groupBy(
    findings.flatMap((found) => partsOf(set, found).map((part) => ({ found, part }))),
    ({ part }) => partName(part),
  );
  return new Map(
    allParts(set).map((part) => {
      const { state } = health.parts[part.replica]![part.index]!;
      const found = (byPart.get(partName(part)) ?? []).map((entry) => entry.found);
      const words = [...new Set(found.map(({ code }) => WORDS[code]))];
      // A part may be distrusted for what is wrong elsewhere, as the later parts of a SINGLEHDR replica are.
      const said = words.length === 0 && state !== 'healthy' ? ['not trusted'] : words;
      return [partName(part), { tone: toneOf(state, found), words: said }] as const;
    }),
  );
}

function toneOf(state: PartState, found: readonly Finding[]): Tone {
  if (found.some(({ severity }) => severity === 'fatal')) return 'blocked';
  if (state !== 'healthy') return STATE_TONES[state];
  if (found.some(({ severity }) => severity === 'damage')) return 'damaged';
  return found.length > 0 ? 'warning' : 'good';
}

/** The parts that a finding speaks of; none when it concerns the set as a whole. */
function partsOf(set: PoolSet, found: Finding): readonly Part[] {
  const { replica, part, range } = found.where;
  const replicas = replicasOf(found).flatMap((index) => set.replicas[index] ?? []);
  const members = replica === undefined && replicas.length === 0 ? set.replicas : replicas;
  if (part !== undefined) return members.flatMap(({ parts }) => parts[part] ?? []);
  if (range !== undefined) {
    return members.flatMap((member) => {
      const end = Math.min(range.end, member.capacity);
      if (range.offset >= end) return [];
      return split(member, { offset: range.offset, end }).map((piece) => piece.part);
    });
  }
  return replica === undefined ? [] : members.flatMap(({ parts }) => parts);
}

/** Without a suspect, all that were seen to differ from one another. */
function replicasOf({ where, data }: Finding): readonly number[] {
  if (where.replica !== undefined) return [where.replica];
  const { groups } = data;
  return Array.isArray(groups) ? (groups.flat() as number[]) : [];
}
