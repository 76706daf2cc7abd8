import { ResilverError } from '../../../base/index.ts';
import {
  applyFeature,
  FeatureRefusedError,
  FEATURES,
  FileMedia,
  openAnyPool,
  parseFeatureName,
  planFeature,
  queryFeature,
  surveyFeature,
  type FeatureName,
} from '../../../pool/index.ts';
import type { CommandIo } from '../../start-program.ts';
import { getopt, type OptionSpec } from './getopt.ts';
import { COMPATIBLE_VERSION } from './main.ts';

const USAGE = `Usage: pmempool feature [<args>] <file>\nfeature: ${FEATURES.join(', ')}\n`;

const OPTIONS: readonly OptionSpec[] = [
  { long: 'enable', short: 'e', argument: 'required' },
  { long: 'disable', short: 'd', argument: 'required' },
  { long: 'query', short: 'q', argument: 'required' },
  { long: 'verbose', short: 'v' },
  { long: 'help', short: 'h' },
];

const HELP = `${USAGE}${COMPATIBLE_VERSION}
Switch or query a feature of a pool

Options:
  -e, --enable <feature>   switch it on
  -d, --disable <feature>  switch it off
  -q, --query <feature>    print 1 if it is on, 0 if it is off
  -v, --verbose            accepted; changes nothing
  -h, --help               display this help and exit
`;

interface Action {
  readonly verb: string;
  readonly name: FeatureName;
}

/** `pmempool feature`: what cannot be done ends with exit code 1 and, as in the reference, without a word. */
export async function feature(args: readonly string[], io: CommandIo): Promise<number> {
  const actions: Action[] = [];
  const words = getopt('feature', args, OPTIONS);
  let next = words.next();
  for (; next.done !== true; next = words.next()) {
    const event = next.value;
    if (event.kind === 'error') return usage(io, event.message);
    if (event.name === 'help') {
      io.out(HELP);
      return 0;
    }
    if (event.name === 'verbose') continue;
    const name = parseFeatureName(event.value);
    if (name === undefined || actions.length > 0) return usage(io);
    actions.push({ verb: event.name, name });
  }
  const [path] = next.value;
  if (path === undefined) return usage(io);
  const [action] = actions;
  if (action === undefined) {
    io.err('error: Invalid option.\n');
    return 1;
  }
  return runAction(action, path, io);
}

function usage(io: CommandIo, complaint = ''): number {
  io.err(complaint);
  io.out(USAGE);
  return 1;
}

function runAction({ verb, name }: Action, path: string, io: CommandIo): number {
  try {
    using target = openAnyPool(new FileMedia(), path);
    const facts = surveyFeature(target);
    if (verb === 'query') {
      const answer = queryFeature(facts, name);
      if (answer.kind === 'refused') throw new FeatureRefusedError(path, answer.refusals);
      io.out(answer.enabled ? '1' : '0');
    } else {
      applyFeature(target, planFeature(facts, name, verb === 'enable'));
    }
    return 0;
  } catch (error) {
    if (error instanceof ResilverError && error.code !== 'invariant') return 1;
    throw error;
  }
}
