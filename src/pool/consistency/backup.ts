import path from 'node:path';
import { SystemError } from '../../base/index.ts';
import type { Media } from '../media/media.ts';
import { PoolSetFileError, type Part, type PoolSet } from '../poolset/index.ts';
import { NotAPoolSetError, openPoolSetOn } from '../survey/index.ts';
import type { CheckedPool } from './checked-pool.ts';

/** Where the copy of one part goes. */
export interface BackupCopy {
  readonly part: Part;
  readonly path: string;
  readonly exists: boolean;
}

export type BackupRefusal =
  | { readonly why: 'source-has-replicas' }
  | { readonly why: 'target-has-replicas' }
  | { readonly why: 'target-set-invalid'; readonly errno: string }
  | { readonly why: 'part-count-differs' }
  | { readonly why: 'part-size-differs'; readonly part: number }
  | { readonly why: 'target-size-differs'; readonly path: string; readonly isPart: boolean }
  /** The backup would overwrite what it is made from. */
  | { readonly why: 'target-is-source' };

export type BackupPlan =
  | { readonly kind: 'refused'; readonly refusal: BackupRefusal }
  | { readonly kind: 'copies'; readonly copies: readonly BackupCopy[] };

/**
 * Says how the pool would be copied to `target`: a file for a file, a set of one replica for a set. Writes nothing.
 * @throws SystemError when the places cannot be looked at
 */
export function planBackup(media: Media, pool: CheckedPool, target: string): BackupPlan {
  const { set, isSet } = pool.any;
  if (!isSet) return planCopies(media, set, [target], false);
  if (set.replicas.length > 1) return refuse({ why: 'source-has-replicas' });
  const paths = targetsOf(media, set, target);
  return Array.isArray(paths)
    ? planCopies(media, set, paths as readonly string[], true)
    : refuse(paths as BackupRefusal);
}

function refuse(refusal: BackupRefusal): BackupPlan {
  return { kind: 'refused', refusal };
}

function targetsOf(media: Media, set: PoolSet, target: string): readonly string[] | BackupRefusal {
  try {
    using other = openPoolSetOn(media, target);
    if (other.set.replicas.length > 1) return { why: 'target-has-replicas' };
    const parts = other.set.replicas[0]!.parts;
    const own = set.replicas[0]!.parts;
    if (parts.length !== own.length) return { why: 'part-count-differs' };
    const odd = parts.find((part, index) => part.fileSize !== own[index]!.fileSize);
    if (odd !== undefined) return { why: 'part-size-differs', part: odd.index };
    return parts.map((part) => part.path);
  } catch (error) {
    const errno = reasonOf(error);
    if (errno === undefined) throw error;
    return { why: 'target-set-invalid', errno };
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof SystemError) return error.errno;
  if (error instanceof PoolSetFileError) return error.problems[0]?.errno ?? 'EINVAL';
  return error instanceof NotAPoolSetError ? 'EINVAL' : undefined;
}

function planCopies(
  media: Media,
  set: PoolSet,
  paths: readonly string[],
  isPart: boolean,
): BackupPlan {
  const own = new Set(
    set.replicas[0]!.parts.map((part) => media.stat(part.path)?.identity ?? part.path),
  );
  const copies: BackupCopy[] = [];
  for (const [index, part] of set.replicas[0]!.parts.entries()) {
    const target = paths[index]!;
    const found = media.stat(target);
    if (found !== undefined && own.has(found.identity)) return refuse({ why: 'target-is-source' });
    if (found !== undefined && (found.kind !== 'file' || found.size !== part.fileSize)) {
      return refuse({ why: 'target-size-differs', path: target, isPart });
    }
    copies.push({ part, path: target, exists: found !== undefined });
  }
  return { kind: 'copies', copies };
}

/**
 * Copies one part, completely and durably, with the mode and owner of the original.
 * @throws SystemError; a file that this call made is removed again
 */
export async function makeBackupCopy(
  media: Media,
  pool: CheckedPool,
  copy: BackupCopy,
): Promise<void> {
  const source = pool.any.pool.file(copy.part);
  const target = copy.exists ? media.open(copy.path, 'write') : media.create(copy.path, 0o600);
  try {
    target.allocate(copy.part.fileSize);
    await media.copy({ file: source, offset: 0 }, { file: target, offset: 0 }, copy.part.fileSize, {
      targetIsZero: !copy.exists,
    });
    const { mode, uid, gid } = copy.exists
      ? target.stat()
      : { ...target.stat(), mode: source.stat().mode };
    target.setAccess({ mode, uid, gid });
    target.sync();
    media.syncDirectory(path.dirname(copy.path));
  } catch (error) {
    target.close();
    if (!copy.exists) media.unlink(copy.path);
    throw error;
  }
  target.close();
}
