import { ResilverError, type ErrorData } from '../../base/index.ts';
import type { MediaStat } from '../media/media.ts';
import { allParts, MIN_PART, MIN_POOL, type Part, type PoolSet } from '../poolset/index.ts';
import { LAYOUT_NAME_MAX } from './pool-content.ts';

export type CreateRefusalCode =
  | 'layout-name-too-long'
  | 'no-headers-option'
  | 'directories-need-single-header'
  | 'part-too-small'
  | 'pool-too-small'
  | 'reservation-too-small'
  | 'part-repeated'
  | 'part-not-a-file'
  | 'part-size-differs'
  | 'part-locked'
  | 'part-not-empty'
  | 'directory-missing'
  | 'directory-read-only'
  | 'no-space';

/** The pool was not made, and nothing was changed. Exit code 1. */
export class CreateRefusedError extends ResilverError {
  declare readonly code: CreateRefusalCode;

  constructor(code: CreateRefusalCode, message: string, data: ErrorData) {
    super(code, message, { data });
  }
}

/** What is at the place of a part before the pool is made. */
export interface PartPlace {
  readonly part: Part;
  /** Undefined when nothing is there. */
  readonly stat: MediaStat | undefined;
  /** Another process holds the lock of the file. */
  readonly locked: boolean;
  /** The first 4096 bytes of the file are zero, as far as it has them. */
  readonly blank: boolean;
}

/** A directory that will get new part files. */
export interface DirectoryPlace {
  readonly path: string;
  /** Undefined when there is no such directory. */
  readonly space: { readonly free: number; readonly fileSystem: string } | undefined;
  readonly writable: boolean;
  /** Parts to be made there, in order. */
  readonly parts: readonly Part[];
}

/** Least net size of all replicas, which is the size of the pool. */
export function poolSizeOf(set: PoolSet): number {
  return Math.min(...set.replicas.map(({ capacity }) => capacity));
}

/** What forbids making a pool of this set whatever lies on the media, in the order in which the reference finds it. */
export function refuseSet(set: PoolSet, layout: string): CreateRefusedError | undefined {
  if (Buffer.byteLength(layout) > LAYOUT_NAME_MAX) {
    const message = `The layout name is longer than ${LAYOUT_NAME_MAX} bytes`;
    return new CreateRefusedError('layout-name-too-long', message, { max: LAYOUT_NAME_MAX });
  }
  if (set.options.noHeaders) {
    const message = 'Sets with the option NOHDRS were for remote replicas and cannot be made';
    return new CreateRefusedError('no-headers-option', message, {});
  }
  if (set.directoryBased && !set.options.singleHeader) {
    const message = 'A set of directories needs the option SINGLEHDR';
    return new CreateRefusedError('directories-need-single-header', message, {});
  }
  return refuseSizes(set);
}

function refuseSizes(set: PoolSet): CreateRefusedError | undefined {
  const reserved = Math.min(...set.replicas.map(reservationOf));
  if (reserved < MIN_POOL) {
    return tooSmall('reservation-too-small', 'The least replica', reserved, MIN_POOL);
  }
  for (const { fileSize, path } of allParts(set)) {
    if (fileSize < MIN_PART) return tooSmall('part-too-small', path, fileSize, MIN_PART);
  }
  const net = poolSizeOf(set);
  return net < MIN_POOL
    ? tooSmall('pool-too-small', 'The pool without its headers', net, MIN_POOL)
    : undefined;
}

function reservationOf({ directories, capacity }: PoolSet['replicas'][number]): number {
  return directories.length > 0
    ? directories.reduce((sum, { reservation }) => sum + reservation, 0)
    : capacity;
}

function tooSmall(
  code: CreateRefusalCode,
  what: string,
  size: number,
  min: number,
): CreateRefusedError {
  return new CreateRefusedError(code, `${what} has ${size} bytes, at least ${min} are needed`, {
    size,
    min,
  });
}

/** What lies at the places of the parts and must not be touched. With `replace`, only what is in use or no file. */
export function refusePlaces(
  places: readonly PartPlace[],
  replace: boolean,
): CreateRefusedError | undefined {
  const seen = new Set<string>();
  for (const { part, stat, locked, blank } of places) {
    const { path, fileSize } = part;
    const names = [path, ...(stat === undefined ? [] : [stat.identity])];
    if (names.some((name) => seen.has(name))) {
      return refuse('part-repeated', `${path} is named for two parts`, { path });
    }
    for (const name of names) seen.add(name);
    if (stat === undefined) continue;
    if (stat.kind !== 'file' && stat.kind !== 'dax') {
      return refuse('part-not-a-file', `${path} is no regular file`, { path, kind: stat.kind });
    }
    if (locked) return refuse('part-locked', `Another process uses ${path}`, { path });
    if (replace) continue;
    if (stat.size < MIN_PART) return tooSmall('part-too-small', path, stat.size, MIN_PART);
    if (stat.size !== fileSize) {
      const message = `${path} has ${stat.size} bytes, the set file says ${fileSize}`;
      return refuse('part-size-differs', message, { path, size: stat.size, expected: fileSize });
    }
    if (!blank) {
      return refuse('part-not-empty', `${path} holds something: its first page is not zero`, {
        path,
      });
    }
  }
  return undefined;
}

/** Where the new files would not fit or could not be named. Space is added up per file system. */
export function refuseDirectories(
  directories: readonly DirectoryPlace[],
): CreateRefusedError | undefined {
  const left = new Map<string, number>();
  for (const { path: directory, space, writable, parts } of directories) {
    for (const { path, fileSize } of parts) {
      if (space === undefined) {
        const message = `Cannot create ${path}: there is no directory ${directory}`;
        return refuse('directory-missing', message, { path, directory });
      }
      if (!writable) {
        const message = `Cannot create ${path}: ${directory} may not be written`;
        return refuse('directory-read-only', message, { path, directory });
      }
      const free = left.get(space.fileSystem) ?? space.free;
      if (fileSize > free) {
        const message = `No space for ${path}: it needs ${fileSize} bytes, ${free} are free`;
        return refuse('no-space', message, { path, size: fileSize, free });
      }
      left.set(space.fileSystem, free - fileSize);
    }
  }
  return undefined;
}

function refuse(code: CreateRefusalCode, message: string, data: ErrorData): CreateRefusedError {
  return new CreateRefusedError(code, message, data);
}
