import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

/** Cases in which we differ from the reference on purpose. */
export interface KnownDifference {
  /** Over case ids; `*` stays within one of the three names of an id. */
  readonly glob: string;
  readonly reason: string;
}

/** One entry a line, glob and reason; an indented line goes on with the reason above it. */
export function parseKnownDifferences(text: string): readonly KnownDifference[] {
  const entries: { glob: string; reason: string }[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const last = entries.at(-1);
    if (/^\s/.test(line) && last !== undefined) {
      last.reason = `${last.reason} ${line.trim()}`.trim();
      continue;
    }
    const [, glob, reason] = /^(\S+)\s*(.*)$/.exec(line)!;
    entries.push({ glob: glob!, reason: reason! });
  }
  return entries;
}

export function readKnownDifferences(): readonly KnownDifference[] {
  const path = join(import.meta.dirname, 'known-differences.txt');
  return parseKnownDifferences(readFileSync(path, 'utf8'));
}

/** The entry that covers a case. */
export function differenceOf(
  id: string,
  known: readonly KnownDifference[],
): KnownDifference | undefined {
  return known.find(({ glob }) => matchesGlob(id, glob));
}
