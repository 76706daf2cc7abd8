export {
  apply,
  buildPart,
  UnrepairableError,
  type ApplyOptions,
  type ApplyReport,
  type BuildContext,
  type PartContent,
} from './apply.ts';
export { encodeHeader, type HeaderIdentity } from './headers.ts';
export {
  copiesOf,
  piecesBetween,
  plan,
  type Access,
  type CopyPiece,
  type PlanOptions,
  type SyncPlan,
  type SyncStep,
} from './plan.ts';
export { newFileRefusals, rewriteRefusals, type Refusal } from './refusals.ts';
