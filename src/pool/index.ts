/**
 * Pool sets as a library: `openPoolSet` → `survey` → `plan` → `apply`, then `survey` again.
 *
 *     using pool = openPoolSet('/etc/pools/my.set');
 *     const found = await survey(pool);
 *     const steps = plan(found);
 *     if (steps.refusals.length === 0) await apply(pool, steps);
 */
import { KernelBadBlocks } from './badblocks/index.ts';
import { FileMedia } from './media/file/file-media.ts';
import type { Media } from './media/media.ts';
import { openPoolSetOn, type OpenPoolSet } from './survey/index.ts';
import { openTransformOn, type OpenTransform } from './transform/index.ts';

/**
 * Reads, parses and locks the pool set file at `path`; parts are opened and locked by `survey`. Dispose it to let go.
 * On real files, the default, the kernel is asked for bad blocks.
 * @throws NotAPoolSetError, PoolSetFileError, SystemError as `openPoolSetOn` does
 */
export function openPoolSet(path: string, media?: Media): OpenPoolSet {
  return media === undefined
    ? openPoolSetOn(new FileMedia(), path, [new KernelBadBlocks()])
    : openPoolSetOn(media, path);
}

/**
 * Opens a transformation: `openTransform` → `surveyTransform` → `planTransform` → `applyTransform`. Dispose it to let go.
 * @throws TransformOpenError, TransformRecordError as `openTransformOn` does
 */
export function openTransform(source: string, destination: string, media?: Media): OpenTransform {
  return media === undefined
    ? openTransformOn(new FileMedia(), source, destination, [new KernelBadBlocks()])
    : openTransformOn(media, source, destination);
}

export { FileMedia } from './media/file/file-media.ts';
export type * from './media/media.ts';
export {
  checkSet,
  type Assignment,
  type Evidence,
  type Finding,
  type FindingCode,
  type Health,
  type PartHealth,
  type PartState,
  type Severity,
  type Sources,
  type Where,
} from './check/index.ts';
export * from './badblocks/index.ts';
export * from './consistency/index.ts';
export * from './create/index.ts';
export * from './feature/index.ts';
export * from './info/index.ts';
export * from './open/index.ts';
export * from './poolset/index.ts';
export * from './recovery/index.ts';
export * from './rm/index.ts';
export * from './survey/index.ts';
export * from './sync/index.ts';
export * from './transform/index.ts';
