import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { join, relative } from 'node:path';

const PAGE = 4096;

/** The pages of a file that are not zero, with everything between them left out. */
export interface SparseFile {
  readonly size: number;
  readonly runs: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
}

export type SnapshotEntry =
  | {
      readonly kind: 'file';
      readonly mode: number;
      readonly content: SparseFile;
    }
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string };

/** Everything below a directory, by path relative to it; parents before their children. */
export type TreeSnapshot = ReadonlyMap<string, SnapshotEntry>;

/** Reads a whole tree into memory. Pools of tests are mostly zeros, so this is small and quick to write back. */
export function takeSnapshot(directory: string): TreeSnapshot {
  const entries = new Map<string, SnapshotEntry>();
  visit(directory, (path) => {
    const stat = lstatSync(path);
    const mode = stat.mode & 0o7777;
    entries.set(
      relative(directory, path),
      stat.isDirectory()
        ? { kind: 'directory', mode }
        : stat.isSymbolicLink()
          ? { kind: 'link', target: readlinkSync(path) }
          : { kind: 'file', mode, content: readSparse(path) },
    );
  });
  return entries;
}

/** Makes `directory` exactly what the snapshot says; whatever else is in it goes. */
export function restoreSnapshot(directory: string, snapshot: TreeSnapshot): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [name, entry] of snapshot) {
    const path = join(directory, name);
    if (entry.kind === 'directory') mkdirSync(path);
    else if (entry.kind === 'link') symlinkSync(entry.target, path);
    else writeSparse(path, entry.content);
    if (entry.kind !== 'link') chmodSync(path, entry.mode);
  }
}

/** Digest of every file below `directory`, by relative path: size, mode and content. */
export function digestTree(directory: string): ReadonlyMap<string, string> {
  return new Map(
    [...takeSnapshot(directory)].map(([name, entry]) => [name, digestEntry(entry)] as const),
  );
}

function digestEntry(entry: SnapshotEntry): string {
  if (entry.kind === 'directory') return `directory ${entry.mode.toString(8)}`;
  if (entry.kind === 'link') return `link ${entry.target}`;
  const hash = createHash('sha256');
  for (const { offset, bytes } of entry.content.runs) hash.update(`${offset}:`).update(bytes);
  return `file ${entry.mode.toString(8)} ${entry.content.size} ${hash.digest('hex')}`;
}

/** The pages of a sparse file as one buffer. */
export function expand(content: SparseFile): Uint8Array {
  const bytes = new Uint8Array(content.size);
  for (const run of content.runs) bytes.set(run.bytes, run.offset);
  return bytes;
}

function visit(directory: string, see: (path: string) => void): void {
  for (const entry of readdirSync(directory, { withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(directory, entry.name);
    see(path);
    if (entry.isDirectory()) visit(path, see);
  }
}

function readSparse(path: string): SparseFile {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const data = Buffer.alloc(size);
    for (let at = 0; at < size;) {
      const count = readSync(fd, data, at, size - at, at);
      if (count === 0) break;
      at += count;
    }
    return { size, runs: nonZeroRuns(data) };
  } finally {
    closeSync(fd);
  }
}

const ZERO_PAGE = Buffer.alloc(PAGE);

function nonZeroRuns(data: Buffer): SparseFile['runs'] {
  const runs: { offset: number; bytes: Uint8Array }[] = [];
  let start = -1;
  for (let at = 0; at < data.length; at += PAGE) {
    const page = data.subarray(at, at + PAGE);
    const zero = page.equals(ZERO_PAGE.subarray(0, page.length));
    if (zero && start >= 0) runs.push({ offset: start, bytes: data.subarray(start, at).slice() });
    if (zero) start = -1;
    else if (start < 0) start = at;
  }
  if (start >= 0) runs.push({ offset: start, bytes: data.subarray(start).slice() });
  return runs;
}

function writeSparse(path: string, content: SparseFile): void {
  const fd = openSync(path, 'wx');
  try {
    ftruncateSync(fd, content.size);
    for (const { offset, bytes } of content.runs) writeSync(fd, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(fd);
  }
}
