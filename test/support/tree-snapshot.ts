import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  statfsSync,
  symlinkSync,
  utimesSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { join, relative } from 'node:path';

const PAGE = 4096;
/** Source: statfs(2). */
const TMPFS_MAGIC = 0x0102_1994;

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
  return readTree(directory, () => undefined);
}

/** Makes `directory` exactly what the snapshot says; whatever else is in it goes. */
export function restoreSnapshot(directory: string, snapshot: TreeSnapshot): void {
  new ScratchTree(directory).restore(snapshot);
}

/** A time that no file of a test gets by being written. */
const UNTOUCHED = new Date('2001-01-01T00:00:00Z');

/**
 * A directory that is put into known states again and again. It remembers what it wrote: a file that still carries the time
 * stamp of then is neither read nor written again.
 */
export class ScratchTree {
  readonly directory: string;
  readonly #written = new Map<number, SparseFile>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** What the directory holds now. */
  snapshot(): TreeSnapshot {
    return readTree(this.directory, (stat) => this.#known(stat));
  }

  /** Makes the directory exactly what the snapshot says; whatever else is in it goes. */
  restore(snapshot: TreeSnapshot): void {
    mkdirSync(this.directory, { recursive: true });
    this.#removeAllBut(snapshot);
    for (const [name, entry] of snapshot) {
      const path = join(this.directory, name);
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) this.#write(path, entry);
      if (entry.kind !== 'link') chmodSync(path, entry.mode);
    }
    // A tmpfs does not notice writes through a mapping: there every file is read again.
    if (statfsSync(this.directory).type === TMPFS_MAGIC) this.#written.clear();
  }

  #known(stat: Stats): SparseFile | undefined {
    return stat.mtimeMs === UNTOUCHED.getTime() ? this.#written.get(stat.ino) : undefined;
  }

  #removeAllBut(snapshot: TreeSnapshot): void {
    visit(this.directory, (path) => {
      const entry = snapshot.get(relative(this.directory, path));
      if (entry !== undefined && this.#isStill(lstatSync(path), path, entry)) return;
      rmSync(path, { recursive: true });
    });
  }

  #isStill(stat: Stats, path: string, entry: SnapshotEntry): boolean {
    if (entry.kind === 'directory') return stat.isDirectory();
    if (entry.kind === 'link') return stat.isSymbolicLink() && readlinkSync(path) === entry.target;
    return this.#known(stat) === entry.content;
  }

  #write(path: string, entry: SnapshotEntry): void {
    if (entry.kind === 'directory') mkdirSync(path);
    else if (entry.kind === 'link') symlinkSync(entry.target, path);
    else {
      writeSparse(path, entry.content);
      utimesSync(path, UNTOUCHED, UNTOUCHED);
      this.#written.set(lstatSync(path).ino, entry.content);
    }
  }
}

function readTree(directory: string, known: (stat: Stats) => SparseFile | undefined): TreeSnapshot {
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
          : { kind: 'file', mode, content: known(stat) ?? readSparse(path) },
    );
  });
  return entries;
}

/** Digest of every file below `directory`, by relative path: size, mode and content. */
export function digestTree(directory: string): ReadonlyMap<string, string> {
  return new Map(
    [...takeSnapshot(directory)].map(([name, entry]) => [name, digestEntry(entry)] as const),
  );
}

/** Kind, mode, size and content of one entry in one line. */
export function digestEntry(entry: SnapshotEntry): string {
  if (entry.kind === 'directory') return `directory ${entry.mode.toString(8)}`;
  if (entry.kind === 'link') return `link ${entry.target}`;
  return `file ${entry.mode.toString(8)} ${entry.content.size} ${digestContent(entry.content)}`;
}

const digests = new WeakMap<SparseFile, string>();

function digestContent(content: SparseFile): string {
  let digest = digests.get(content);
  if (digest === undefined) {
    const hash = createHash('sha256');
    for (const { offset, bytes } of content.runs) hash.update(`${offset}:`).update(bytes);
    digest = hash.digest('hex');
    digests.set(content, digest);
  }
  return digest;
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
    if (entry.isDirectory() && existsSync(path)) visit(path, see);
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
