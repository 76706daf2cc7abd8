import { ResilverError, SystemError } from '../../base/index.ts';
import type { BadBlockSource, Media, MediaFile } from '../media/media.ts';
import type { PartEvidence } from '../check/index.ts';
import {
  isPoolSetFile,
  parsePoolSet,
  partName,
  PoolSetFileError,
  type Part,
  type PathLookup,
  type PoolSet,
} from '../poolset/index.ts';
import { errnoOf } from '../../base/index.ts';

/** The file is no pool set file: it does not begin with `PMEMPOOLSET`. */
export class NotAPoolSetError extends ResilverError {
  constructor(path: string) {
    super('not-a-pool-set', `${path} is not a pool set file: it does not begin with PMEMPOOLSET`, {
      data: { path },
    });
  }
}

/** No directory of the set holds a part file: nothing says how many parts there were. */
export class NoPartsError extends ResilverError {
  constructor(path: string) {
    const text = `The directories of ${path} hold no part files: the pool was not made yet, or all of it is lost`;
    super('no-parts', text, { data: { path } });
  }
}

/**
 * A pool set that this process works on. Holds the lock of the set file from the start, and that of every part once it has
 * been opened; all are released by `Symbol.dispose`, not before: between looking and writing nobody may open the pool.
 */
export class OpenPoolSet implements Disposable {
  readonly set: PoolSet;
  readonly media: Media;
  /** Who is asked for bad blocks unless a survey says otherwise. */
  readonly badBlockSources: readonly BadBlockSource[];
  readonly #setFile: MediaFile;
  readonly #files = new Map<string, MediaFile>();

  constructor(
    set: PoolSet,
    media: Media,
    setFile: MediaFile,
    badBlockSources: readonly BadBlockSource[] = [],
  ) {
    this.set = set;
    this.media = media;
    this.badBlockSources = badBlockSources;
    this.#setFile = setFile;
  }

  /** The open, locked file of a part. @throws TypeError when the part is not open */
  file(part: Part): MediaFile {
    const file = this.#files.get(partName(part));
    if (file === undefined) throw new TypeError(`${partName(part)} is not open`);
    return file;
  }

  isOpen(part: Part): boolean {
    return this.#files.has(partName(part));
  }

  /** Hands over the new, locked file that has taken the part's name. */
  adopt(part: Part, file: MediaFile): void {
    this.#release(part);
    this.#files.set(partName(part), file);
  }

  /** Opens and locks a part unless it already is. Never throws for what is wrong with the part: that is evidence. */
  openPart(part: Part): Exclude<PartEvidence, { kind: 'present' }> | { kind: 'present' } {
    try {
      const found = this.media.stat(part.path);
      if (found === undefined) {
        this.#release(part);
        return { kind: 'missing' };
      }
      if (found.kind !== 'file') return { kind: 'present' };
      if (this.#files.get(partName(part))?.stat().identity === found.identity) {
        return { kind: 'present' };
      }
      this.#release(part);
      return this.#openAndLock(part);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno === 'ENOENT') return { kind: 'missing' };
      const syscall = error instanceof SystemError ? error.syscall : 'open';
      return { kind: 'refused', errno, syscall };
    }
  }

  #openAndLock(part: Part): { kind: 'present' } | { kind: 'locked' } {
    const file = this.media.open(part.path, 'read');
    if (!file.tryLock()) {
      file.close();
      return { kind: 'locked' };
    }
    this.#files.set(partName(part), file);
    return { kind: 'present' };
  }

  #release(part: Part): void {
    this.#files.get(partName(part))?.close();
    this.#files.delete(partName(part));
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#setFile.close();
  }
}

/**
 * Reads, locks and parses a pool set file. Parts are not opened yet.
 * @throws NotAPoolSetError when it is another kind of file
 * @throws PoolSetFileError with all problems of its content
 * @throws SystemError when it cannot be read; EAGAIN when another process holds its lock
 */
export function openPoolSetOn(
  media: Media,
  path: string,
  badBlockSources: readonly BadBlockSource[] = [],
): OpenPoolSet {
  const setFile = media.open(path, 'read');
  try {
    if (!setFile.tryLock()) {
      const facts = { errno: 'EAGAIN', syscall: 'flock', path };
      throw new SystemError(`Cannot lock ${path}: another process works on this pool set`, facts);
    }
    const content = readAll(setFile, path);
    if (!isPoolSetFile(content.subarray(0, 11))) throw new NotAPoolSetError(path);
    const parsed = parsePoolSet(content, path, pathLookup(media));
    if (!parsed.ok) throw new PoolSetFileError(path, parsed.problems);
    return new OpenPoolSet(parsed.set, media, setFile, badBlockSources);
  } catch (error) {
    setFile.close();
    throw error;
  }
}

function readAll(file: MediaFile, path: string): Uint8Array {
  const { kind, size } = file.stat();
  if (kind === 'directory') {
    throw new SystemError(`Cannot read ${path}`, { errno: 'EISDIR', syscall: 'read', path });
  }
  if (kind !== 'file') throw new NotAPoolSetError(path);
  // A pool of many gigabytes named by mistake must not be read whole to learn that it is no set file.
  const head = file.read(0, Math.min(size, 11));
  return isPoolSetFile(head) ? file.read(0, size) : head;
}

/** What the parser asks about the paths that a set file names. */
export function pathLookup(media: Media): PathLookup {
  return {
    kind(path) {
      try {
        const found = media.stat(path);
        if (found === undefined) return { kind: 'missing' };
        if (found.kind === 'dax') return { kind: 'dax', size: found.size, alignment: 4096 };
        if (found.kind === 'directory') return { kind: 'directory', identity: found.identity };
        return found.kind === 'file' ? { kind: 'file', size: found.size } : { kind: 'other' };
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === undefined) throw error;
        return { kind: 'error', errno };
      }
    },
    list: (directory) => media.list(directory),
  };
}
