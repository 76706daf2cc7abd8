import { SystemError } from '../../base/index.ts';
import { POOL_HDR_SIZE } from '../layout/index.ts';
import type { BadBlockSource, Media } from '../media/media.ts';
import { isPoolSetFile, singleFileSet, type Part, type PoolSet } from '../poolset/index.ts';
import { OpenPoolSet, openPoolSetOn } from '../survey/index.ts';

/** A pool set, or one pool file by itself, which is then treated as a set of one replica with one part. */
export interface AnyPool extends Disposable {
  readonly isSet: boolean;
  readonly pool: OpenPoolSet;
  readonly set: PoolSet;
}

/**
 * Opens what is at `path` without opening the parts. `badBlockSources` are those that `askBadBlocks` asks.
 * @throws PoolSetFileError when it is a set file that cannot be parsed
 * @throws SystemError when it cannot be opened; EISDIR when it is a directory, EINVAL when it is no file either
 */
export function openAnyPool(
  media: Media,
  path: string,
  badBlockSources: readonly BadBlockSource[] = [],
): AnyPool {
  if (startsLikePoolSet(media, path)) {
    const pool = openPoolSetOn(media, path, badBlockSources);
    return { isSet: true, pool, set: pool.set, [Symbol.dispose]: () => pool[Symbol.dispose]() };
  }
  const file = media.open(path, 'read');
  const { kind, size } = file.stat();
  if (kind !== 'file') {
    file.close();
    const errno = kind === 'directory' ? 'EISDIR' : 'EINVAL';
    const facts = { errno, syscall: 'open', path };
    throw new SystemError(`Cannot use ${path}: it is not a regular file`, facts);
  }
  const set = singleFileSet(path, size);
  const pool = new OpenPoolSet(set, media, file, badBlockSources);
  return { isSet: false, pool, set, [Symbol.dispose]: () => pool[Symbol.dispose]() };
}

/** Whether the file at `path` begins like a pool set file. @throws SystemError when it cannot be read */
export function startsLikePoolSet(media: Media, path: string): boolean {
  using file = media.open(path, 'read');
  const { kind, size } = file.stat();
  return kind === 'file' && isPoolSetFile(file.read(0, Math.min(size, 11)));
}

/**
 * Opens and locks every part, in order.
 * @throws SystemError for the first part that is missing (ENOENT), locked (EAGAIN), of another size than the set file says
 * (EINVAL), or refused by the system
 */
export function openAllParts({ pool, set }: AnyPool): void {
  for (const replica of set.replicas) for (const part of replica.parts) openPart(pool, part);
}

/**
 * Opens and locks one part.
 * @throws SystemError as `openAllParts` does; with `any-size` a file of another size will do
 */
export function openPart(
  pool: OpenPoolSet,
  part: Part,
  demand: 'exact-size' | 'any-size' = 'exact-size',
): void {
  const found = pool.openPart(part);
  const { path } = part;
  const fail = (text: string, errno: string, syscall: string): never => {
    throw new SystemError(text, { errno, syscall, path });
  };
  switch (found.kind) {
    case 'missing':
      return fail(`Cannot open ${path}`, 'ENOENT', 'open');
    case 'locked':
      return fail(`Cannot lock ${path}`, 'EAGAIN', 'flock');
    case 'refused':
      return fail(`Cannot open ${path}`, found.errno, found.syscall);
    case 'present':
      break;
  }
  if (!pool.isOpen(part)) fail(`Cannot use ${path}: it is not a regular file`, 'EINVAL', 'open');
  const { size } = pool.file(part).stat();
  if (demand === 'exact-size' && size !== part.fileSize) {
    fail(`${path} has ${size} bytes, the set file says ${part.fileSize}`, 'EINVAL', 'stat');
  }
}

/** The first 4096 bytes of an open part. @throws SystemError EINVAL when the file is shorter */
export function readHeader(pool: OpenPoolSet, part: Part): Uint8Array {
  if (pool.file(part).stat().size < POOL_HDR_SIZE) {
    const facts = { errno: 'EINVAL', syscall: 'pread', path: part.path };
    throw new SystemError(`Cannot read a pool header from ${part.path}`, facts);
  }
  return pool.file(part).read(0, POOL_HDR_SIZE);
}
