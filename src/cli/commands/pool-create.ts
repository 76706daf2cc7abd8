import { formatBytes } from '../../base/index.ts';
import { allParts, createPool, openPoolSet, type CreateReport } from '../../pool/index.ts';
import { EXIT } from '../output/failure.ts';
import { poolSetDocument } from '../output/json.ts';
import { painter, paragraph, plural, printable, SYMBOLS } from '../output/text.ts';
import type { Session } from './session.ts';

export interface PoolCreateOptions {
  readonly layout?: string;
  /** Permission bits. */
  readonly mode?: number;
  readonly shutdownState?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** `resilver pool create`: makes an empty pmemobj pool of a set file. Returns the exit code. */
export function poolCreate(path: string, options: PoolCreateOptions, session: Session): number {
  using pool = openPoolSet(path);
  const { set } = pool;
  const { layout, mode, shutdownState, force, yes } = options;
  if (force === true && yes !== true) {
    const question = `Remove what lies where the ${plural(allParts(set).length, 'part')} of ${path} go? Their data is lost.`;
    if (session.ask(question) === false) {
      session.complain('Nothing was changed.\n');
      return EXIT.failed;
    }
  }
  const report = createPool(pool.media, set, {
    ...(layout === undefined ? {} : { layout }),
    ...(mode === undefined ? {} : { mode }),
    ...(shutdownState === undefined ? {} : { shutdownState }),
    replace: force === true,
  });
  session.say(describeCreation(report, session));
  session.document({
    schema: 1,
    command: 'pool create',
    outcome: 'created',
    set: { ...poolSetDocument(report.set), poolSize: report.poolSize },
    created: report.created,
  });
  return EXIT.fine;
}

function describeCreation({ set, poolSize, created }: CreateReport, { terminal }: Session): string {
  const paint = painter(terminal.colour);
  const parts = allParts(set);
  const made = parts.reduce((sum, { fileSize }) => sum + fileSize, 0);
  const existing = parts.length - created.length;
  const files = [
    plural(created.length, 'new file'),
    ...(existing > 0 ? [`${plural(existing, 'file')} that existed`] : []),
  ].join(', ');
  const head = `Created ${printable(set.path)}: ${plural(set.replicas.length, 'replica')}, a pool of ${formatBytes(poolSize)}`;
  const detail = `${files}, ${formatBytes(made)} in all, reserved in full and durable`;
  return `${paint('good', SYMBOLS.good)} ${head}\n${paragraph('  ', 2, detail, terminal.width)}`;
}
