import {
  applyFeature,
  FeatureRefusedError,
  FileMedia,
  openAnyPool,
  partName,
  planFeature,
  queryFeature,
  surveyFeature,
  type FeatureName,
} from '../../pool/index.ts';
import { EXIT } from '../output/failure.ts';
import { painter, plural, printable, SYMBOLS } from '../output/text.ts';
import type { Session } from './session.ts';

export type FeatureAction = 'enable' | 'disable' | 'query';

/**
 * `resilver pool feature`: asks for, or switches, one feature of a pool set or pool file. Returns the exit code.
 * @throws FeatureRefusedError with the reason when nothing may be done
 */
export function poolFeature(
  path: string,
  { action, name }: { readonly action: FeatureAction; readonly name: FeatureName },
  session: Session,
): number {
  using target = openAnyPool(new FileMedia(), path);
  const facts = surveyFeature(target);
  if (action === 'query') {
    const answer = queryFeature(facts, name);
    if (answer.kind === 'refused') throw new FeatureRefusedError(path, answer.refusals);
    session.say(`${name} is ${answer.enabled ? 'on' : 'off'}\n`);
    session.document({ ...head(path, name), outcome: 'queried', enabled: answer.enabled });
    return EXIT.fine;
  }
  const enable = action === 'enable';
  const plan = planFeature(facts, name, enable);
  const changed = applyFeature(target, plan);
  const state = enable ? 'on' : 'off';
  const text =
    plan.steps.length === 0
      ? `${name} is ${state} already; nothing was changed`
      : `${name} of ${printable(path)} is ${state}: ${plural(changed, 'header')} written`;
  session.say(`${painter(session.terminal.colour)('good', SYMBOLS.good)} ${text}\n`);
  session.document({
    ...head(path, name),
    outcome: plan.steps.length === 0 ? 'unchanged' : 'switched',
    enabled: enable,
    headers: plan.steps.map(({ part }) => ({ part: partName(part), path: part.path })),
  });
  return EXIT.fine;
}

function head(path: string, feature: FeatureName) {
  return { schema: 1, command: 'pool feature', path, feature } as const;
}
