export { apply, UnrepairableError, type ApplyOptions, type ApplyReport } from './apply.ts';
export {
  copiesOf,
  plan,
  type Access,
  type CopyPiece,
  type PlanOptions,
  type SyncPlan,
  type SyncStep,
} from './plan.ts';
export type { Refusal } from './refusals.ts';
