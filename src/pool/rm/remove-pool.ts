import { SystemError } from '../../base/index.ts';
import type { Media } from '../media/media.ts';
import { allParts, type PoolSet } from '../poolset/index.ts';
import { startsLikePoolSet } from '../open/index.ts';
import { openPoolSetOn } from '../survey/index.ts';

/** What a path that is to be removed turned out to be. */
export type RemovalTarget =
  | { readonly kind: 'missing' }
  | { readonly kind: 'file' }
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
  if (found.kind !== 'file' || !startsLikePoolSet(media, path)) return { kind: 'file' };
  // The lock of the set file goes at once: the file itself may be next.
  using pool = openPoolSetOn(media, path);
  const { set } = pool;
  return { kind: 'set', parts: allParts(set).map((part) => part.path), set };
}

/**
 * Removes one file; a link is removed, not what it leads to. Without `force`, a file whose lock another process holds stays:
 * a program has the pool open, and its data would be gone with the program.
 * @throws SystemError ENOENT when nothing is there, EAGAIN when it is locked, or as the system says
 */
export function removeFile(media: Media, path: string, force: boolean): void {
  if (media.stat(path) === undefined) {
    const facts = { errno: 'ENOENT', syscall: 'unlink', path };
    throw new SystemError(`Cannot remove ${path}`, facts);
  }
  if (!force && isLockedPool(media, path)) {
    const facts = { errno: 'EAGAIN', syscall: 'flock', path };
    throw new SystemError(`Cannot remove ${path}: a program has the pool open`, facts);
  }
  media.unlink(path);
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
