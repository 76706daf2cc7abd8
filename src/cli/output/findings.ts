import type { Finding, Survey } from '../../pool/index.ts';
import type { Terminal } from './terminal.ts';
import { painter, paragraph, plural, SYMBOLS, type Tone } from './text.ts';

type Canvas = Pick<Terminal, 'width' | 'colour'>;

/** A pool that has diverged may differ in a great many places; whoever wants them all asks for the comparison. */
const SHOWN_MAX = 20;

/** The findings as sentences, one a line, worst signs as in the drawing. Empty when there are none. */
export function describeFindings(survey: Survey, canvas: Canvas, more: string): string {
  const { findings } = survey;
  const lines = findings
    .slice(0, SHOWN_MAX)
    .map((found) => describeFinding(found, toneOf(survey, found), canvas));
  const rest = findings.length - SHOWN_MAX;
  if (rest > 0) lines.push(`  … and ${plural(rest, 'more finding')}: ${more}\n`);
  return lines.join('');
}

export function describeFinding({ message }: Finding, tone: Tone, canvas: Canvas): string {
  const mark = `  ${painter(canvas.colour)(tone, SYMBOLS[tone])} `;
  return paragraph(mark, 4, message, canvas.width);
}

export function toneOf({ health }: Survey, { severity, where }: Finding): Tone {
  if (severity === 'fatal') return 'blocked';
  if (severity === 'warning') return 'warning';
  const { replica, part } = where;
  if (replica === undefined || part === undefined) return 'damaged';
  return health.parts[replica]?.[part]?.state === 'lost' ? 'lost' : 'damaged';
}
