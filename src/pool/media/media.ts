import type { Range, RangeSet } from '../../base/index.ts';

/** What a path is, following symbolic links. */
export type MediaKind = 'file' | 'directory' | 'dax' | 'other';

export interface MediaStat {
  readonly kind: MediaKind;
  /** Bytes; for device DAX the device's size. */
  readonly size: number;
  /** Permission bits only, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Identity of the file: two paths with equal identities are one file. */
  readonly identity: string;
  /** Seconds since 1970 of the last change of the inode. */
  readonly ctimeSeconds: bigint;
}

export interface CopyOptions {
  /** The target is known to read as zeros: leave blocks that are zero in the source unwritten. */
  readonly targetIsZero: boolean;
  /** Share blocks with the source where the file system can. A shared block is no second copy. */
  readonly reflink?: boolean;
  readonly onBytes?: (count: number) => void;
  readonly signal?: AbortSignal;
}

export interface CompareOptions {
  readonly onBytes?: (count: number) => void;
  readonly signal?: AbortSignal;
}

/** What comparing two ranges found. Offsets count from the start of the first file. */
export interface Comparison {
  /** Pages of 4096 bytes that differ. */
  readonly differing: RangeSet;
  /** Pages that could not be read in the first, and in the second file: an answer, not an exception. */
  readonly unreadable: readonly [RangeSet, RangeSet];
}

/** A run of bytes in an open file. */
export interface Extent {
  readonly file: MediaFile;
  readonly offset: number;
}

/**
 * An open part. Offsets count from the start of the file. Writes are durable only after `sync`.
 * A failed `sync` is final for that file. All methods throw `SystemError`.
 */
export interface MediaFile extends Disposable {
  readonly path: string;
  stat(): MediaStat;
  /** Reads exactly `length` bytes into a new buffer. @throws SystemError EIO also when the file ends early */
  read(offset: number, length: number): Uint8Array;
  /** Writes all of `data`. Idempotent. */
  write(offset: number, data: Uint8Array): void;
  /** Reserves blocks for the first `size` bytes and makes the file at least that long; new bytes read as zeros. */
  allocate(size: number): void;
  /** Exchanges the blocks of a range for new ones that read as zeros; the size stays. For blocks that refuse writes. */
  exchangeBlocks(offset: number, length: number): void;
  setAccess(access: { readonly mode: number; readonly uid: number; readonly gid: number }): void;
  /** Data and size are on stable storage when it returns. */
  sync(): void;
  /**
   * Exclusive, non-blocking `flock`, held until the file is closed. False when another process holds it.
   */
  tryLock(): boolean;
  close(): void;
}

/**
 * The only I/O of the pool room. Small calls are synchronous and happen in the order they are made;
 * only the bulk calls `copy` and `compare` run in parallel inside. Every change of the media goes through exactly one
 * call, so a medium that counts, fails or forgets calls can prove what a crash at any of them leaves behind.
 */
export interface Media {
  /** `undefined` when nothing is there, also behind a dangling link. @throws SystemError on any other failure */
  stat(path: string): MediaStat | undefined;
  /** The path with the links of its last component followed, whether or not the end exists. */
  resolve(path: string): string;
  /** Names in a directory, unordered. */
  list(path: string): readonly string[];
  /** Bytes that an unprivileged file could still take on the file system of the directory `path`, and that file system's identity. */
  space(path: string): { readonly free: number; readonly fileSystem: string };
  /** Whether the caller may create and remove names in the directory. */
  canModifyDirectory(path: string): boolean;
  open(path: string, mode: 'read' | 'write'): MediaFile;
  /** Creates a new file, open for writing. @throws SystemError EEXIST when anything is there */
  create(path: string, mode: number): MediaFile;
  /** Whole content of a small file. */
  readFile(path: string): Uint8Array;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** Makes creations, renames and removals in the directory durable. */
  syncDirectory(path: string): void;
  /** Copies `length` bytes. Complete but not durable when it resolves. Never shares blocks unless `reflink` is set. */
  copy(source: Extent, target: Extent, length: number, options: CopyOptions): Promise<void>;
  /** Compares `length` bytes page by page. */
  compare(a: Extent, b: Extent, length: number, options?: CompareOptions): Promise<Comparison>;
}

export type * from './bad-block-source.ts';
export type { Range };
