import { isAllZero, SystemError } from '../../base/index.ts';
import { hasValidChecksum, POOL_HDR_SIZE, poolTypeOf } from '../layout/index.ts';
import type { Media } from '../media/media.ts';
import { allParts, type PoolSet } from '../poolset/index.ts';
import { startsLikePoolSet } from '../open/index.ts';
import { openPoolSetOn } from '../survey/index.ts';

/** What a path that is to be removed turned out to be. */
export type RemovalTarget =
  | { readonly kind: 'missing' }
  /** A pool, or a part with a header, sound or not. */
  | { readonly kind: 'file' }
  /** A file without anything of a pool in its first page. The later parts of a SINGLEHDR set are such, too. */
  | { readonly kind: 'stranger' }
  /** A directory, a pipe or the like, which holds no pool. */
  | { readonly kind: 'no-file' }
  /** The parts of the set, in order, each once as often as it is listed. */
  | { readonly kind: 'set'; readonly parts: readonly string[]; readonly set: PoolSet };

/**
 * Says what removing `path` would mean. Removes nothing.
 * @throws PoolSetFileError when it is a set file that cannot be parsed: its parts are unknown, so nothing may be removed
 * @throws SystemError when it cannot be looked at
 */
export function findRemovalTarget(media: Media, path: string): RemovalTarget {
  const found = media.stat(path);
  if (found === undefined) return { kind: 'missing' };
  if (found.kind === 'dax') return { kind: 'file' };
  if (found.kind !== 'file') return { kind: 'no-file' };
  if (!startsLikePoolSet(media, path)) {
    return { kind: startsLikePool(media, path) ? 'file' : 'stranger' };
  }
  // The lock of the set file goes at once: the file itself may be next.
  using pool = openPoolSetOn(media, path);
  const { set } = pool;
  return { kind: 'set', parts: allParts(set).map((part) => part.path), set };
}

const SIGNATURE_SIZE = 8;

/** By its signature, by a sound header of any kind, or by zeros: what a lost header leaves, and a file that waits for a pool. */
function startsLikePool(media: Media, path: string): boolean {
  using file = media.open(path, 'read');
  const head = file.read(0, Math.min(file.stat().size, POOL_HDR_SIZE));
  const signature = head.subarray(0, SIGNATURE_SIZE);
  if (isAllZero(head) || poolTypeOf({ signature }) !== undefined) return true;
  return head.length === POOL_HDR_SIZE && hasValidChecksum(head);
}

/**
 * Removes one file; a link is removed, not what it leads to. A device is not removed: it loses its header. Without `force`, a file whose lock another process holds stays:
 * a program has the pool open, and its data would be gone with the program.
 * @throws SystemError ENOENT when nothing is there, EAGAIN when it is locked, or as the system says
 */
export function removeFile(media: Media, path: string, force: boolean): void {
  const found = media.stat(path);
  if (found === undefined) {
    const facts = { errno: 'ENOENT', syscall: 'unlink', path };
    throw new SystemError(`Cannot remove ${path}`, facts);
  }
  if (!force && isLockedPool(media, path)) {
    const facts = { errno: 'EAGAIN', syscall: 'flock', path };
    throw new SystemError(`Cannot remove ${path}: a program has the pool open`, facts);
  }
  if (found.kind === 'dax') eraseHeader(media, path);
  else media.unlink(path);
}

function eraseHeader(media: Media, path: string): void {
  using device = media.open(path, 'write');
  device.write(0, new Uint8Array(POOL_HDR_SIZE));
  device.sync();
}

/** Whether the caller may write the file; a file that is not there cannot be told. */
export function isWritable(media: Media, path: string): boolean {
  try {
    media.open(path, 'write').close();
    return true;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

function isLockedPool(media: Media, path: string): boolean {
  if (media.stat(path)?.kind !== 'file') return false;
  try {
    using file = media.open(path, 'read');
    return !file.tryLock();
  } catch (error) {
    // What may not be read may still be removed: that is the directory's matter.
    if (error instanceof SystemError) return false;
    throw error;
  }
}
