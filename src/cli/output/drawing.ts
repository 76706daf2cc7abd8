import { formatBytes } from '../../base/index.ts';
import { partName, type Replica, type Survey } from '../../pool/index.ts';
import { markParts, type PartMark } from './part-marks.ts';
import type { Terminal } from './terminal.ts';
import { painter, plural, printable, SYMBOLS, type Paint, type Tone } from './text.ts';

type Canvas = Pick<Terminal, 'width' | 'colour'>;

interface Cell {
  readonly text: string;
  readonly tone: Tone;
}

const SEPARATOR = '│ ';
/** More blocks of columns than this, and the words of the cells no longer help. */
const BLOCKS_MAX = 3;
/** Signs in a group of the compact drawing. */
const GROUP = 10;

/** The set in one line: its path, its replicas, the size of its pool. */
export function drawTitle({ set, health }: Survey, { colour }: Canvas): string {
  const size =
    health.poolSize === undefined
      ? 'pool size unknown'
      : `a pool of ${formatBytes(health.poolSize)}`;
  const kind = set.options.singleHeader ? ', SINGLEHDR' : '';
  const name = painter(colour)('bold', printable(set.path));
  return `${name}: ${plural(set.replicas.length, 'replica')}, ${size}${kind}\n`;
}

/**
 * Replicas × parts: a row for each replica, a cell for each part with its size and what is wrong with it. Too wide
 * for the terminal it is cut into blocks of columns; with very many parts only signs are left, ten to a group.
 */
export function drawReplicas(survey: Survey, canvas: Canvas): string {
  const { replicas } = survey.set;
  const marks = markParts(survey);
  const rows = replicas.map((replica) => cellsOf(replica, marks));
  const labels = replicas.map(({ index }) => `replica ${index}`);
  const margin = Math.max(...labels.map(({ length }) => length)) + 2;
  const blocks = cutIntoBlocks(columnWidths(rows), canvas.width - margin);
  if (blocks.length > BLOCKS_MAX) return drawCompact(rows, labels, { ...canvas, margin });
  const paint = painter(canvas.colour);
  return blocks
    .map((columns) => {
      const heads = columns.map(({ index, width }) => `  ${`part ${index}`.padEnd(width)}`);
      const head = `${' '.repeat(margin)}${heads.join(' ').trimEnd()}`;
      const lines = rows
        .map((cells, row) => ({ cells, label: labels[row]!.padEnd(margin) }))
        .filter(({ cells }) => columns[0]!.index < cells.length)
        .map(({ cells, label }) => `${label}${drawCells(cells, columns, paint)}`);
      return `${[paint('dim', head), ...lines].join('\n')}\n`;
    })
    .join('\n');
}

function cellsOf(replica: Replica, marks: ReadonlyMap<string, PartMark>): readonly Cell[] {
  return replica.parts.map((part) => {
    const { tone, words } = marks.get(partName(part))!;
    return { tone, text: [SYMBOLS[tone], formatBytes(part.fileSize), ...shorten(words)].join(' ') };
  });
}

/** The rest is in the findings below. */
function shorten(words: readonly string[]): readonly string[] {
  const [first, ...others] = words;
  if (first === undefined) return [];
  return others.length === 0 ? [first] : [`${first} +${others.length}`];
}

interface Column {
  readonly index: number;
  readonly width: number;
}

function columnWidths(rows: readonly (readonly Cell[])[]): readonly Column[] {
  const count = Math.max(...rows.map(({ length }) => length));
  return Array.from({ length: count }, (_, index) => {
    const texts = [`part ${index}`, ...rows.map((cells) => cells[index]?.text ?? '')];
    return { index, width: Math.max(...texts.map(({ length }) => length)) };
  });
}

function cutIntoBlocks(columns: readonly Column[], room: number): readonly (readonly Column[])[] {
  const blocks: Column[][] = [[]];
  let used = 0;
  for (const column of columns) {
    const width = SEPARATOR.length + column.width + 1;
    if (used > 0 && used + width > room) {
      blocks.push([]);
      used = 0;
    }
    blocks.at(-1)!.push(column);
    used += width;
  }
  return blocks;
}

function drawCells(cells: readonly Cell[], columns: readonly Column[], paint: Paint): string {
  return columns
    .map(({ index, width }) => {
      const cell = cells[index];
      if (cell === undefined) return '';
      const gap = ' '.repeat(width - cell.text.length + 1);
      return `${paint('dim', SEPARATOR)}${paint(cell.tone, cell.text)}${gap}`;
    })
    .join('')
    .trimEnd();
}

function drawCompact(
  rows: readonly (readonly Cell[])[],
  labels: readonly string[],
  { width, colour, margin }: Canvas & { readonly margin: number },
): string {
  const paint = painter(colour);
  const groupsPerLine = Math.max(1, Math.floor((width - margin) / (GROUP + 1)));
  const perLine = groupsPerLine * GROUP;
  const lines = rows.flatMap((cells, row) =>
    Array.from({ length: Math.ceil(cells.length / perLine) }, (_, line) => {
      const label = (line === 0 ? labels[row]! : '').padEnd(margin);
      const signs = cells.slice(line * perLine, (line + 1) * perLine).map(({ tone }, index) => {
        const gap = index > 0 && index % GROUP === 0 ? ' ' : '';
        return `${gap}${paint(tone, SYMBOLS[tone])}`;
      });
      return `${label}${signs.join('')}`;
    }),
  );
  const used = new Set(rows.flat().map(({ tone }) => tone));
  const legend = Object.entries(LEGEND)
    .filter(([tone]) => used.has(tone as Tone))
    .map(([tone, word]) => `${SYMBOLS[tone as Tone]} ${word}`);
  return `${lines.join('\n')}\n${paint('dim', `${' '.repeat(margin)}${legend.join('  ')}`)}\n`;
}

const LEGEND: Readonly<Record<Tone, string>> = {
  good: 'healthy',
  lost: 'lost',
  damaged: 'damaged',
  blocked: 'not to be touched',
  warning: 'see below',
};
