import { describeErrno, ResilverError, SystemError } from '../../../base/index.ts';
import {
  applyTransform,
  openTransform,
  planTransform,
  surveyTransform,
  TransformOpenError,
} from '../../../pool/index.ts';
import type { CommandIo } from '../../start-program.ts';
import { parseOptions, type OptionSpec } from './getopt.ts';
import { COMPATIBLE_VERSION } from './main.ts';
import { OWNER_NOT_SET, type Failure } from './sync-texts.ts';
import {
  describeTransformFailure,
  describeTransformOpenFailure,
  describeTransformRefusal,
} from './transform-texts.ts';

const USAGE = 'usage: pmempool transform [<options>] <poolset_file_src> <poolset_file_dst>\n';

const OPTIONS: readonly OptionSpec[] = [
  { long: 'dry-run', short: 'd' },
  { long: 'verbose', short: 'v' },
  { long: 'help', short: 'h' },
];

const HELP = `${USAGE}${COMPATIBLE_VERSION}
Add or remove replicas of a pool set, or the headers of its later parts

Common options:
  -d, --dry-run        change nothing, only say whether it could be done
  -v, --verbose        say so when it is done
  -h, --help           display this help and exit
`;

/** `pmempool transform`: nothing on success unless asked, two lines on failure. Further operands are ignored. */
export async function transform(args: readonly string[], io: CommandIo): Promise<number> {
  const { options, operands, error } = parseOptions('transform', args, OPTIONS);
  if (options.has('help')) {
    io.out(HELP);
    return 0;
  }
  const [source, destination] = operands;
  if (error !== undefined || source === undefined || destination === undefined) {
    io.err(error ?? '');
    io.out(USAGE);
    return 1;
  }
  const failure = await run(source, destination, options.has('dry-run'));
  if (failure !== undefined) {
    const subject = `failed to transform ${source} -> ${destination}`;
    io.err(`error: ${describeErrno(failure.errno)}\nerror: ${subject}: ${failure.text}\n`);
    return 1;
  }
  if (options.has('verbose')) io.out(`${source} -> ${destination}: transformed\n`);
  return 0;
}

async function run(
  source: string,
  destination: string,
  dryRun: boolean,
): Promise<Failure | undefined> {
  try {
    using open = openTransform(source, destination);
    const plan = planTransform(await surveyTransform(open));
    const [refusal] = plan.refusals;
    if (refusal !== undefined) return describeTransformRefusal(refusal);
    if (dryRun) return undefined;
    try {
      const { ownerNotSet } = await applyTransform(open, plan);
      return ownerNotSet.length > 0 ? OWNER_NOT_SET : undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return describeTransformFailure(error, plan.operation!);
    }
  } catch (error) {
    if (error instanceof TransformOpenError) return describeTransformOpenFailure(error);
    if (!(error instanceof ResilverError)) throw error;
    return { text: error.message, errno: error instanceof SystemError ? error.errno : 'EINVAL' };
  }
}
