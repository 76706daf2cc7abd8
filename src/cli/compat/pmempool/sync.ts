import { describeErrno, SystemError } from '../../../base/index.ts';
// The rooms that a sync needs, not the whole face of `pool`: loading the other verbs would cost a tenth of a small repair.
import { KernelBadBlocks } from '../../../pool/badblocks/index.ts';
import { FileMedia } from '../../../pool/media/file/file-media.ts';
import { PoolSetFileError } from '../../../pool/poolset/index.ts';
import {
  NoPartsError,
  NotAPoolSetError,
  openPoolSetOn,
  survey,
} from '../../../pool/survey/index.ts';
import { apply, plan } from '../../../pool/sync/index.ts';
import type { CommandIo } from '../../start-program.ts';
import { parseOptions, type OptionSpec } from './getopt.ts';
import { COMPATIBLE_VERSION } from './main.ts';
import {
  describeApplyFailure,
  describeOpenFailure,
  describeRefusal,
  OWNER_NOT_SET,
  type Failure,
} from './sync-texts.ts';

const USAGE = 'usage: pmempool sync [<options>] <poolset_file>\n';

const OPTIONS: readonly OptionSpec[] = [
  { long: 'bad-blocks', short: 'b' },
  { long: 'dry-run', short: 'd' },
  { long: 'verbose', short: 'v' },
  { long: 'help', short: 'h' },
];

const HELP = `${USAGE}${COMPATIBLE_VERSION}
Make the replicas of a pool set equal again

Common options:
  -b, --bad-blocks     heal bad blocks; makes or reads bad block recovery files
  -d, --dry-run        change nothing, only say whether it could be done
  -v, --verbose        say so when it is done
  -h, --help           display this help and exit
`;

/** `pmempool sync`: nothing on success unless asked, two lines on failure. Further operands are ignored. */
export async function sync(args: readonly string[], io: CommandIo): Promise<number> {
  const { options, operands, error } = parseOptions('sync', args, OPTIONS);
  if (options.has('help')) {
    io.out(HELP);
    return 0;
  }
  const [path] = operands;
  if (error !== undefined || path === undefined) {
    io.err(error ?? '');
    io.out(USAGE);
    return 1;
  }
  const failure = await synchronize(path, {
    fix: options.has('bad-blocks'),
    dryRun: options.has('dry-run'),
  });
  if (failure !== undefined) {
    const reason = describeErrno(failure.errno);
    io.err(`error: failed to synchronize: ${failure.text}\nerror: ${reason}\n`);
    return 1;
  }
  if (options.has('verbose')) io.out(`${path}: synchronized\n`);
  return 0;
}

async function synchronize(
  path: string,
  { fix, dryRun }: { readonly fix: boolean; readonly dryRun: boolean },
): Promise<Failure | undefined> {
  try {
    using pool = openPoolSetOn(new FileMedia(), path, [new KernelBadBlocks()]);
    const found = await survey(pool, fix ? { badBlocks: { fix } } : {});
    const steps = plan(found);
    const [refusal] = steps.refusals;
    if (refusal !== undefined) return describeRefusal(refusal, found);
    if (dryRun) return undefined;
    try {
      const { ownerNotSet } = await apply(pool, steps);
      return ownerNotSet.length > 0 ? OWNER_NOT_SET : undefined;
    } catch (error) {
      if (error instanceof SystemError) return describeApplyFailure(error);
      throw error;
    }
  } catch (error) {
    const known =
      error instanceof SystemError ||
      error instanceof NotAPoolSetError ||
      error instanceof NoPartsError ||
      error instanceof PoolSetFileError;
    if (!known) throw error;
    return describeOpenFailure(error);
  }
}
