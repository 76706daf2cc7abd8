import type { ClassStatistics, HeapStatistics, ZoneStatistics } from '../../../pool/index.ts';
import { field } from './info-field.ts';

/** Names of chunk types, by number. */
const CHUNK_NAMES = ['unknown', 'footer', 'free', 'used', 'run', 'run_data'];

/** The part of the reference's statistics that speaks of the heap, as lines. */
export function describeStatistics({ zoneCount, zones }: HeapStatistics): readonly string[] {
  return [
    'Statistics:',
    '',
    'Heap:',
    field('Number of zones', String(zoneCount)),
    field('Number of used zones', share(zones.length, zoneCount)),
    ...zones.flatMap(describeZone),
  ];
}

function describeZone({ zone, chunks, classes }: ZoneStatistics): readonly string[] {
  const count = sum(chunks.map((chunk) => chunk.count));
  const span = sum(chunks.map((chunk) => chunk.span));
  const bytes = sum(classes.map(({ unitSize, unitCount }) => unitSize * unitCount));
  const used = sum(classes.map(({ unitSize, usedCount }) => unitSize * usedCount));
  return [
    '',
    ` Zone ${zone}:`,
    field('Number of chunks', String(count), 1),
    ...chunks.map((chunk) =>
      field(CHUNK_NAMES[chunk.type] ?? 'unknown', share(chunk.count, count), 2),
    ),
    '',
    field('Total chunks size', String(span), 1),
    ...chunks.map((chunk) =>
      field(CHUNK_NAMES[chunk.type] ?? 'unknown', share(chunk.span, span), 2),
    ),
    '',
    " Zone's allocation classes:",
    ...classes.flatMap(describeClass),
    '',
    field('Total bytes', String(bytes), 1),
    field('Total used bytes', share(used, bytes), 1),
  ];
}

function describeClass({ unitSize, unitCount, usedCount }: ClassStatistics): readonly string[] {
  return [
    '',
    field('Unit size', String(unitSize), 2),
    field('Units', String(unitCount), 2),
    field('Used units', share(usedCount, unitCount), 2),
    field('Bytes', String(unitSize * unitCount), 2),
    field('Used bytes', share(unitSize * usedCount, unitSize * unitCount), 2),
  ];
}

function share(part: number, whole: number): string {
  return `${part} [${percent(part, whole)} %]`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}

/** All and nothing without decimals, as the reference has it. */
function percent(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0';
  return part === whole ? '100' : ((100 * part) / whole).toFixed(6);
}
