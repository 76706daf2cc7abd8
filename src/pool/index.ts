/**
 * Pool sets as a library: `openPoolSet` → `survey` → `plan` → `apply`, then `survey` again.
 *
 *     using pool = openPoolSet('/etc/pools/my.set');
 *     const found = await survey(pool);
 *     const steps = plan(found);
 *     if (steps.refusals.length === 0) await apply(pool, steps);
 */
export { openPoolSet } from './open-pool-set.ts';
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
export * from './info/index.ts';
export * from './open/index.ts';
export * from './poolset/index.ts';
export * from './recovery/index.ts';
export * from './rm/index.ts';
export * from './survey/index.ts';
export * from './sync/index.ts';
