import { formatBytes } from '../../base/index.ts';
import type { Difference, Survey } from '../../pool/index.ts';
import { countBytes } from './count-bytes.ts';
import type { Terminal } from './terminal.ts';
import { enumerate, hex, painter, paragraph, plural } from './text.ts';

/** Every range in which replicas differ and should not: where, how much, who agrees with whom. */
export function describeDifferences(
  { differences }: Survey,
  { colour }: Pick<Terminal, 'colour'>,
): string {
  const paint = painter(colour);
  const rows = differences.map((difference) => ({
    range: `${hex(difference.range.offset)} – ${hex(difference.range.end)}`,
    size: formatBytes(difference.range.end - difference.range.offset),
    camps: describeCamps(difference),
  }));
  const [rangeWidth, sizeWidth] = [
    Math.max(...rows.map(({ range }) => range.length)),
    Math.max(...rows.map(({ size }) => size.length)),
  ];
  return rows
    .map(({ range, size, camps }) => {
      return `  ${range.padEnd(rangeWidth)}  ${size.padStart(sizeWidth)}  ${paint('damaged', camps)}\n`;
    })
    .join('');
}

function describeCamps({ groups, alone }: Difference): string {
  const camps = groups.map((group) => group.join(' = ')).join(' ≠ ');
  return alone === undefined ? `replica ${camps}` : `replica ${camps}, ${alone} is alone`;
}

/** Which replica the evidence speaks for, and the command that acts on it. */
export function describeEvidence(survey: Survey, { width }: Pick<Terminal, 'width'>): string {
  const { set } = survey;
  const unsound = unsoundHeaps(survey);
  const likely = likelyRight(survey, unsound);
  const advice =
    likely === undefined
      ? 'Nothing proves which replica is right. To make the others like replica R:'
      : `To make the others like replica ${likely}:`;
  const command = `resilver pool sync ${set.path} --heal-from ${likely ?? 'R'}`;
  const said = [...listEvidence(survey, unsound), advice];
  return `${said.map((text) => paragraph('  ', 2, text, width)).join('')}    ${command}\n`;
}

function unsoundHeaps({ findings }: Survey): ReadonlySet<number | undefined> {
  return new Set(findings.filter(({ code }) => code === 'heap').map(({ where }) => where.replica));
}

function listEvidence(survey: Survey, unsound: ReadonlySet<number | undefined>): readonly string[] {
  const { differences, set } = survey;
  const alone = new Set(differences.map((difference) => difference.alone));
  const sound = set.replicas.map(({ index }) => index).filter((index) => !unsound.has(index));
  const said: string[] = [];
  if (alone.size === 1 && !alone.has(undefined)) {
    said.push(`Replica ${[...alone][0]!} is alone in every range; all others agree`);
  } else if (alone.size > 1) {
    said.push('Not the same replica is alone in every range');
  }
  if (unsound.size === 0) {
    said.push('The heap structure is sound in every replica: it speaks for none of them');
  } else if (sound.length === 0) {
    said.push('The heap structure is damaged in every replica');
  } else {
    const bad = enumerate([...unsound].map(String));
    said.push(
      `The heap structure is damaged in replica ${bad} and sound in replica ${enumerate(sound.map(String))}`,
    );
  }
  return said;
}

/** The one replica that all evidence speaks for; undefined when it is silent or contradicts itself. */
export function likelyRight(
  { differences, set }: Survey,
  unsound: ReadonlySet<number | undefined>,
): number | undefined {
  const outliers = new Set(differences.map(({ alone }) => alone));
  const majority = outliers.size === 1 && !outliers.has(undefined);
  const candidates = set.replicas
    .map(({ index }) => index)
    .filter((index) => !unsound.has(index) && !outliers.has(index));
  const decided = majority || (unsound.size > 0 && candidates.length === 1);
  return decided ? candidates[0] : undefined;
}

export function describeCompared({ agreement, set }: Survey, width: number): string {
  const bytes = countBytes(agreement);
  const text = `${plural(set.replicas.length, 'replica')} read, ${formatBytes(bytes)} compared: equal wherever they must be`;
  return paragraph('', 0, text, width);
}
