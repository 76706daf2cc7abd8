import { Argument, Option, type Command } from 'commander';
import { UsageError } from '../../base/index.ts';
import type { FeatureAction } from './pool-feature.ts';
import type { PoolTransformOptions } from './pool-transform.ts';
import type { OutputOptions, Session } from './session.ts';

type Finish = (exitCode: number) => void;
type OpenSession = (options: OutputOptions) => Session;

const QUIET_OPTION = ['-q, --quiet', 'print nothing but why something was not done'] as const;
const JSON_OPTION = ['--json', 'print one JSON document and nothing else'] as const;

export function defineTransform(pool: Command, open: OpenSession, finish: Finish): void {
  pool
    .command('transform')
    .summary('add or remove replicas, or the headers of later parts')
    .description(
      'Makes of the set that SOURCE describes the one that DESTINATION describes, with all its data. New files are complete before anything that exists changes; a run that was killed is finished by the same command.',
    )
    .argument('<source>', 'pool set file as it is')
    .argument('<destination>', 'pool set file as it is to be')
    .option('-d, --dry-run', 'show what would be done and change nothing')
    .option('--reflink', 'share blocks with the source: fast, but no second copy')
    .option(...QUIET_OPTION)
    .option(...JSON_OPTION)
    .action(
      async (
        source: string,
        destination: string,
        options: PoolTransformOptions & OutputOptions,
      ): Promise<void> => {
        const { poolTransform } = await import('./pool-transform.ts');
        finish(await poolTransform({ source, destination }, options, open(options)));
      },
    );
}

interface FeatureOptions extends OutputOptions {
  readonly enable?: true;
  readonly disable?: true;
}

export function defineFeature(pool: Command, open: OpenSession, finish: Finish): void {
  pool
    .command('feature')
    .summary('ask for a feature of a pool, or switch it')
    .description(
      'Without an option says whether the pool has the feature. All headers of all parts are written; a run that was killed is finished by the same command.',
    )
    .addArgument(new Argument('<name>', 'SINGLEHDR, CKSUM_2K, SHUTDOWN_STATE or CHECK_BAD_BLOCKS'))
    .argument('<pool>', 'path of the pool set file, or of a pool in one file')
    .addOption(new Option('-e, --enable', 'switch it on').conflicts('disable'))
    .option('-d, --disable', 'switch it off')
    .option(...QUIET_OPTION)
    .option(...JSON_OPTION)
    .action(async (text: string, path: string, options: FeatureOptions): Promise<void> => {
      const { poolFeature } = await import('./pool-feature.ts');
      const { FEATURES, parseFeatureName } = await import('../../pool/index.ts');
      const name = parseFeatureName(text);
      if (name === undefined) {
        throw new UsageError(`${text} is no feature: ${FEATURES.join(', ')}`, { argument: 'name' });
      }
      finish(poolFeature(path, { action: actionOf(options), name }, open(options)));
    });
}

function actionOf({ enable, disable }: FeatureOptions): FeatureAction {
  if (enable === true) return 'enable';
  return disable === true ? 'disable' : 'query';
}
