export {
  applyTransform,
  TransformRefusedError,
  type TransformOptions,
  type TransformReport,
} from './apply-transform.ts';
export { openTransformOn, TransformOpenError, type OpenTransform } from './open-transform.ts';
export {
  planTransform,
  type NewPart,
  type TransformPlan,
  type TransformPlanOptions,
} from './plan-transform.ts';
export { surveyTransform, type DestinationPart, type TransformFacts } from './survey-transform.ts';
export { TransformInterferenceError } from './switch-over.ts';
export {
  TransformRecordError,
  type SwitchStep,
  type TransformOperation,
  type TransformRecord,
} from './transform-record.ts';
