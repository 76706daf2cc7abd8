export { applyFeature, FeatureRefusedError } from './apply-feature.ts';
export { FEATURES, parseFeatureName, type FeatureName } from './feature.ts';
export {
  planFeature,
  queryFeature,
  type FeatureAnswer,
  type FeaturePlan,
  type HeaderSwitch,
} from './plan-feature.ts';
export { surveyFeature, type FeatureFacts, type FoundHeader } from './survey-feature.ts';
