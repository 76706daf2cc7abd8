import fs from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '../..');

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);

/** Paths of all files below a folder of the project, relative to its root. Empty when the folder does not exist. */
export function filesBelow(folder: string, ...endings: readonly string[]): readonly string[] {
  const absolute = path.join(ROOT, folder);
  if (!fs.existsSync(absolute)) return [];
  return fs.readdirSync(absolute, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : filesBelow(name, ...endings);
    return endings.some((ending) => name.endsWith(ending)) ? [name] : [];
  });
}

export function readText(name: string): string {
  return fs.readFileSync(path.join(ROOT, name), 'utf8');
}

/** One import or re-export, static or dynamic. */
export interface Import {
  /** Importing file, relative to the root. */
  readonly from: string;
  /** As written, for example `../base/index.ts` or `node:fs`. */
  readonly specifier: string;
  /** The imported file of this project, relative to the root; undefined for packages. */
  readonly to: string | undefined;
  readonly typeOnly: boolean;
}

const IMPORT =
  /(?:^|\n)(?:import|export)\b(?<type>\s+type\b)?(?:[^'";]*?\bfrom\s*)?\s*'(?<specifier>[^']+)'/g;
/** Dynamic imports and files that worker threads run. */
const REFERENCE = /(?:\bimport\(|new URL\()\s*'(?<specifier>[^']+)'/g;

export function importsOf(file: string): readonly Import[] {
  const text = readText(file);
  return [...text.matchAll(IMPORT), ...text.matchAll(REFERENCE)].map(({ groups }) => {
    const { specifier = '', type } = groups ?? {};
    const to = specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : undefined;
    return { from: file, specifier, to, typeOnly: type !== undefined };
  });
}
