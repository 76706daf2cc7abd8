import { formatBytes } from '../../base/index.ts';
import {
  apply,
  isHealthy,
  openPoolSet,
  plan,
  survey,
  type ApplyReport,
  type OpenPoolSet,
  type Survey,
  type SurveyOptions,
  type SyncPlan,
} from '../../pool/index.ts';
import { drawReplicas, drawTitle } from '../output/drawing.ts';
import { EXIT } from '../output/failure.ts';
import { describeEvidence } from '../output/comparison.ts';
import { describeFindings } from '../output/findings.ts';
import {
  comparisonDocument,
  findingsDocument,
  planDocument,
  reportDocument,
  setDocument,
  sourcesDocument,
  verificationDocument,
} from '../output/json.ts';
import { describePlan } from '../output/plan.ts';
import type { JsonObject } from '../output/render-json.ts';
import { describeSources } from '../output/sources.ts';
import { describeRepair } from '../output/summary.ts';
import { painter, paragraph, plural, printable, SYMBOLS } from '../output/text.ts';
import { badBlockOptions } from './bad-blocks.ts';
import { Interruption } from './interruption.ts';
import type { Session } from './session.ts';

export interface PoolSyncOptions {
  readonly dryRun?: boolean;
  readonly verify?: boolean;
  readonly compare?: boolean;
  readonly healFrom?: number;
  readonly combine?: boolean;
  readonly reflink?: boolean;
  readonly badBlocks?: boolean;
  readonly probe?: boolean;
  /** `rRpP=FILE`, any number. */
  readonly badBlocksFrom?: readonly string[];
  readonly yes?: boolean;
}

/** How a run ended; the field `outcome` of its JSON document. */
export type SyncOutcome =
  'healthy' | 'damaged' | 'refused' | 'declined' | 'planned' | 'repaired' | 'not-repaired';

/** `resilver pool sync`: survey, show, plan, apply, survey again. Returns the exit code. */
export async function poolSync(
  path: string,
  options: PoolSyncOptions,
  session: Session,
): Promise<number> {
  using interruption = new Interruption();
  using pool = openPoolSet(path);
  const run = new SyncRun(pool, options, { session, interruption });
  const found = await run.look(surveyOptions(options), 'before anything was changed');
  run.show(found);
  const steps = plan(found, options.combine === true ? { combine: true } : {});
  if (steps.refusals.length > 0) return run.refuse(steps);
  if (steps.steps.length === 0) return run.leaveAlone(steps);
  run.showPlan(steps);
  if (options.dryRun === true) return run.endDryRun(steps);
  if (!run.mayGoOn(steps)) return run.decline(steps);
  // Awaited here: leaving this function lets go of the pool.
  return await run.repair(steps);
}

function surveyOptions(options: PoolSyncOptions): SurveyOptions {
  const { compare, healFrom } = options;
  return {
    ...badBlockOptions(options),
    ...(compare === true ? { compare } : {}),
    ...(healFrom === undefined ? {} : { healFrom }),
  };
}

interface Surroundings {
  readonly session: Session;
  readonly interruption: Interruption;
}

/** One run of the command; its methods are the stations on the way. */
class SyncRun {
  readonly #pool: OpenPoolSet;
  readonly #options: PoolSyncOptions;
  readonly #session: Session;
  readonly #interruption: Interruption;

  constructor(
    pool: OpenPoolSet,
    options: PoolSyncOptions,
    { session, interruption }: Surroundings,
  ) {
    this.#pool = pool;
    this.#options = options;
    this.#session = session;
    this.#interruption = interruption;
  }

  async look(options: SurveyOptions, where: string): Promise<Survey> {
    const { progress } = this.#session;
    try {
      return await survey(this.#pool, {
        ...options,
        signal: this.#interruption.signal,
        ...(progress === undefined ? {} : { onProgress: progress }),
      });
    } catch (error) {
      throw this.#interruption.explain(error, where);
    } finally {
      this.#session.clearProgress();
    }
  }

  show(found: Survey): void {
    const { terminal } = this.#session;
    const more = `resilver pool compare ${found.set.path} lists all`;
    const findings = describeFindings(found, terminal, more);
    this.#session.say(`${drawTitle(found, terminal)}\n${drawReplicas(found, terminal)}`);
    if (findings !== '') this.#session.say(`\n${findings}`);
  }

  refuse(steps: SyncPlan): number {
    const { width } = this.#session.terminal;
    const { path } = this.#pool.set;
    const reasons = steps.refusals.map(({ message }) => paragraph('  - ', 4, message, width));
    const hints = [...new Set(steps.refusals.flatMap(({ code }) => HINTS[code]?.(path) ?? []))];
    this.#session.complain(
      `resilver: Cannot repair ${printable(path)}; nothing was changed\n${reasons.join('')}${hints.map((hint) => paragraph('  ', 2, hint, width)).join('')}`,
    );
    return this.end(steps, 'refused');
  }

  leaveAlone(steps: SyncPlan): number {
    const { survey: found } = steps;
    const { terminal } = this.#session;
    const paint = painter(terminal.colour);
    if (isHealthy(found)) {
      const seen = found.agreement.length > 0 ? ', all data read and equal' : '';
      const warned = found.findings.length > 0 ? ', but read the warnings above' : '';
      const mark = `\n${paint('good', SYMBOLS.good)} `;
      this.#session.say(
        paragraph(mark, 2, `Healthy: nothing to repair${seen}${warned}`, terminal.width),
      );
      return this.end(steps, 'healthy');
    }
    const { path } = found.set;
    const text =
      found.differences.length > 0
        ? `The replicas of ${path} differ, and no replica was named as the one that is right`
        : `${path} has damage that no repair of this command mends`;
    this.#session.complain(paragraph('\nresilver: ', 10, text, terminal.width));
    this.#sayEvidence(found);
    return this.end(steps, 'damaged');
  }

  #sayEvidence(found: Survey): void {
    const { terminal } = this.#session;
    if (found.differences.length > 0) this.#session.say(describeEvidence(found, terminal));
  }

  showPlan(steps: SyncPlan): void {
    const { terminal } = this.#session;
    const bold = (text: string): string => painter(terminal.colour)('bold', text);
    const sources = describeSources(steps).map((text) => paragraph('  ', 2, text, terminal.width));
    if (sources.length > 0) this.#session.say(`\n${bold('Source')}\n${sources.join('')}`);
    const size = steps.bytesToCopy === 0 ? '' : `, ${formatBytes(steps.bytesToCopy)} to copy`;
    const head = `${bold('Plan')}: ${plural(steps.steps.length, 'step')}${size}`;
    this.#session.say(`\n${head}\n${describePlan(steps, terminal)}\n`);
  }

  endDryRun(steps: SyncPlan): number {
    const text = 'Dry run: nothing was changed. Without --dry-run exactly these steps are taken';
    this.#session.say(paragraph('', 0, text, this.#session.terminal.width));
    return this.end(steps, 'planned');
  }

  /** Only where bytes that look healthy are given up is a person asked. */
  mayGoOn({ accepted, survey: { set } }: SyncPlan): boolean {
    const { healFrom, yes } = this.#options;
    if (yes === true || (healFrom === undefined && accepted.length === 0)) return true;
    const question =
      healFrom === undefined
        ? `Put ${set.path} together from replicas that may not have been in step?`
        : `Overwrite what differs from replica ${healFrom}? The bytes that are there now are lost.`;
    return this.#interruption.suspend(() => this.#session.ask(question)) ?? true;
  }

  decline(steps: SyncPlan): number {
    this.#session.complain('Nothing was changed.\n');
    return this.end(steps, 'declined');
  }

  async repair(steps: SyncPlan): Promise<number> {
    const report = await this.#apply(steps);
    const { verify, compare, healFrom } = this.#options;
    // Differences that were seen and accepted must not vanish from sight because headers are fine.
    const differed = steps.survey.differences.length > 0;
    const wanted = verify === true || compare === true || healFrom !== undefined || differed;
    const after = await this.look(
      { compare: wanted },
      'after the repair and before it was verified; the same command verifies it',
    );
    return this.#conclude(steps, report, after);
  }

  async #apply(steps: SyncPlan): Promise<ApplyReport> {
    const { progress } = this.#session;
    let begun = 0;
    try {
      return await apply(this.#pool, steps, {
        reflink: this.#options.reflink === true,
        signal: this.#interruption.signal,
        onStep: () => begun++,
        ...(progress === undefined ? {} : { onProgress: progress }),
      });
    } catch (error) {
      const at = `in step ${begun} of ${steps.steps.length}`;
      const where = `${at}; no unfinished part looks healthy, and the same command finishes the job`;
      throw this.#interruption.explain(error, where);
    } finally {
      this.#session.clearProgress();
    }
  }

  #conclude(steps: SyncPlan, report: ApplyReport, after: Survey): number {
    const { terminal } = this.#session;
    const healthy = isHealthy(after);
    const reflink = this.#options.reflink === true;
    this.#session.say(describeRepair({ plan: steps, report, after, reflink, healthy }, terminal));
    if (after.findings.length > 0) {
      const more = `resilver pool compare ${after.set.path} lists all`;
      this.#session.say(`\n${describeFindings(after, terminal, more)}`);
    }
    if (report.ownerNotSet.length > 0) {
      const text = `Cannot set the owner of ${report.ownerNotSet.join(', ')}: Operation not permitted. Only the user who ran this repair can open it; run chown as root`;
      this.#session.complain(paragraph('resilver: ', 10, text, terminal.width));
    }
    const fine = healthy && report.ownerNotSet.length === 0;
    if (!healthy) {
      const text = `${after.set.path} is not healthy after the repair`;
      this.#session.complain(paragraph('resilver: ', 10, text, terminal.width));
      this.#sayEvidence(after);
    }
    return this.end(steps, fine ? 'repaired' : 'not-repaired', {
      repair: reportDocument(steps, report, reflink),
      verification: verificationDocument(after, healthy),
    });
  }

  /** Prints the document of a `--json` run and says how the process ends. */
  end(steps: SyncPlan, outcome: SyncOutcome, more: JsonObject = {}): number {
    const found = steps.survey;
    this.#session.document({
      schema: 1,
      command: 'pool sync',
      outcome,
      dryRun: this.#options.dryRun === true,
      set: setDocument(found),
      findings: findingsDocument(found.findings),
      comparison: comparisonDocument(found),
      sources: sourcesDocument(found),
      plan: planDocument(steps),
      repair: null,
      verification: null,
      ...more,
    });
    return outcome === 'healthy' || outcome === 'repaired' ? EXIT.fine : EXIT.failed;
  }
}

/** What somebody can do about a refusal, where the refusal itself does not say it. */
const HINTS: Readonly<Record<string, (path: string) => readonly string[]>> = {
  'part-locked': () => ['Close the programs that use the pool, then run the same command again'],
  'recovery-file-present': (path) => [`To finish it: resilver pool sync --bad-blocks ${path}`],
};
