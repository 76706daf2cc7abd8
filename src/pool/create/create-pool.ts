import { dirname } from 'node:path';
import { equalBytes, systemRandom, type Random } from '../../base/index.ts';
import { POOL_HDR_SIZE, zoneHeader, zoneOffsets, type PoolUuid } from '../layout/index.ts';
import type { Media, MediaFile } from '../media/media.ts';
import {
  allParts,
  createPoolSet,
  MIN_POOL,
  split,
  type Part,
  type PoolSet,
  type Replica,
} from '../poolset/index.ts';
import {
  poolSizeOf,
  refuseDirectories,
  refusePlaces,
  refuseSet,
  type DirectoryPlace,
} from './create-refusals.ts';
import {
  freshHeader,
  freshPoolContent,
  HEAP_OFFSET,
  newPoolFeatures,
  randomSetUuids,
} from './pool-content.ts';
import { TargetPart } from './target-part.ts';

const DEFAULT_MODE = 0o664;

export interface CreateOptions {
  /** Layout name, at most 1023 bytes of UTF-8; empty unless given. */
  readonly layout?: string;
  /** Permission bits of new files, 0o664 unless given. Files that exist keep theirs. */
  readonly mode?: number;
  /** Whether the pool keeps a shutdown state (SHUTDOWN_STATE); true unless given. */
  readonly shutdownState?: boolean;
  /** Remove what lies at the places of the parts first, once nothing speaks against making the pool. */
  readonly replace?: boolean;
  readonly random?: Random;
}

export interface CreateReport {
  /** The set with its parts; a directory-based set has got its first ones. */
  readonly set: PoolSet;
  /** Net bytes of the pool. */
  readonly poolSize: number;
  readonly poolsetUuid: PoolUuid;
  /** Paths of the files that were made; the other parts existed. */
  readonly created: readonly string[];
}

/**
 * Makes a pmemobj pool of `set`. Everything that speaks against it is found before the first change. Files that exist are used when
 * they have the right size and a first page of zeros; others are made and reserved in full. When it returns,
 * everything is on stable storage.
 *
 * The order, so that nothing looks like a pool before it is one:
 * 1. Files are made, filled and durable, then their names.
 * 2. Headers, from the last part to the first of the first replica, each durable before the next.
 *
 * On failure the files made by this call are removed and the headers it wrote to other files are zeroed.
 *
 * @throws CreateRefusedError when nothing was changed: its `code` says why
 * @throws SystemError when the operating system refuses
 */
export function createPool(media: Media, set: PoolSet, options: CreateOptions = {}): CreateReport {
  const { layout = '', replace = false } = options;
  const whole = withFirstParts(replace ? withoutFoundParts(set) : set);
  refuse(refuseSet(whole, layout));
  const targets = allParts(whole).map((part) => new TargetPart(media, part));
  const leftovers = partsNotIn(whole, set).map((part) => new TargetPart(media, part));
  try {
    const places = [...targets, ...leftovers].map((target) => target.look(replace));
    refuse(refusePlaces(places, replace));
    refuse(refuseDirectories(newPlaces(media, targets, replace)));
    if (replace) removeOldParts(media, [...targets, ...leftovers]);
    return fill(media, whole, targets, options);
  } catch (error) {
    // The first header was the last to be written: it goes first.
    for (const target of targets) target.undo();
    throw error;
  } finally {
    for (const target of [...targets, ...leftovers]) target.close();
  }
}

function refuse(refusal: Error | undefined): void {
  if (refusal !== undefined) throw refusal;
}

/** What was found in directories belongs to the old pool. Parts that the set file names stay. */
function withoutFoundParts(set: PoolSet): PoolSet {
  const replicas = set.replicas.map(({ directories, parts }) => ({
    directories,
    parts: directories.length > 0 ? [] : parts,
  }));
  return createPoolSet({ path: set.path, options: set.options, replicas });
}

function partsNotIn(whole: PoolSet, set: PoolSet): readonly Part[] {
  const paths = new Set(allParts(whole).map(({ path }) => path));
  return allParts(set).filter(({ path }) => !paths.has(path));
}

/** A directory-based set without parts gets one part of the least pool size for each replica, in its first directory. */
function withFirstParts(set: PoolSet): PoolSet {
  const replicas = set.replicas.map((replica: Replica) => {
    const [first] = replica.directories;
    if (first === undefined || replica.parts.length > 0) return replica;
    const path = `${first.path}/000000.pmem`;
    const part = { path, fileSize: MIN_POOL, kind: 'file', line: undefined } as const;
    return { directories: replica.directories, parts: [part] };
  });
  return createPoolSet({ path: set.path, options: set.options, replicas });
}

function newPlaces(
  media: Media,
  targets: readonly TargetPart[],
  replace: boolean,
): readonly DirectoryPlace[] {
  const absent = targets.filter((target) => replace || !target.exists);
  const byDirectory = Map.groupBy(absent, ({ part }) => dirname(part.path));
  return [...byDirectory].map(([path, group]) => {
    const isDirectory = media.stat(path)?.kind === 'directory';
    const space = isDirectory ? media.space(path) : undefined;
    const freed = replace ? group.reduce((sum, target) => sum + target.oldSize, 0) : 0;
    return {
      path,
      space: space === undefined ? undefined : { ...space, free: space.free + freed },
      writable: isDirectory && media.canModifyDirectory(path),
      parts: group.map(({ part }) => part),
    };
  });
}

function removeOldParts(media: Media, targets: readonly TargetPart[]): void {
  for (const target of targets) target.removeOld();
  const directories = new Set(targets.map(({ part }) => dirname(part.path)));
  for (const directory of directories) media.syncDirectory(directory);
}

function fill(
  media: Media,
  set: PoolSet,
  targets: readonly TargetPart[],
  options: CreateOptions,
): CreateReport {
  const { layout = '', mode = DEFAULT_MODE, shutdownState = true } = options;
  const poolSize = poolSizeOf(set);
  for (const target of targets) target.make();
  const files = new Map(targets.map((target) => [target.part, target.file]));
  const content = freshPoolContent(layout, poolSize);
  for (const replica of set.replicas) {
    writePool(replica, POOL_HDR_SIZE, content, files);
    clearZones(replica, poolSize, files);
  }
  for (const target of targets) {
    target.setMode(mode);
    target.file.sync();
  }
  const created = targets.filter((target) => target.created).map(({ part }) => part.path);
  for (const directory of new Set(created.map((path) => dirname(path)))) {
    media.syncDirectory(directory);
  }
  const uuids = randomSetUuids(set, options.random ?? systemRandom);
  const features = newPoolFeatures(set.options.singleHeader, shutdownState);
  for (const target of targets.toReversed()) {
    if (!target.part.hasHeader) continue;
    const crtime = target.file.stat().ctimeSeconds;
    target.writeHeader(freshHeader(set, target.part, { uuids, features, crtime }));
  }
  return { set, poolSize, poolsetUuid: uuids.poolset, created };
}

function writePool(
  replica: Replica,
  poolOffset: number,
  data: Uint8Array,
  files: ReadonlyMap<Part, MediaFile>,
): void {
  for (const piece of split(replica, { offset: poolOffset, end: poolOffset + data.length })) {
    const from = piece.poolOffset - poolOffset;
    files.get(piece.part)!.write(piece.fileOffset, data.subarray(from, from + piece.length));
  }
}

/**
 * A zone whose header is zero counts as untouched; what else lies in it does not matter. Only files that existed, with something behind
 * their first page, can have other bytes there, and libpmemobj would take them for chunks.
 */
function clearZones(replica: Replica, poolSize: number, files: ReadonlyMap<Part, MediaFile>): void {
  const zeros = new Uint8Array(zoneHeader.size);
  for (const poolOffset of zoneOffsets(HEAP_OFFSET, poolSize - HEAP_OFFSET)) {
    for (const piece of split(replica, { offset: poolOffset, end: poolOffset + zeros.length })) {
      const file = files.get(piece.part)!;
      const blank = zeros.subarray(0, piece.length);
      if (!equalBytes(file.read(piece.fileOffset, piece.length), blank)) {
        file.write(piece.fileOffset, blank);
      }
    }
  }
}
