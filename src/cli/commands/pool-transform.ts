import { formatBytes } from '../../base/index.ts';
import {
  applyTransform,
  isHealthy,
  openPoolSet,
  openTransform,
  partName,
  planTransform,
  survey,
  surveyTransform,
  TransformOpenError,
  type OpenTransform,
  type SwitchStep,
  type TransformOperation,
  type TransformPlan,
  type TransformReport,
} from '../../pool/index.ts';
import { EXIT } from '../output/failure.ts';
import { painter, paragraph, printable, SYMBOLS } from '../output/text.ts';
import { Interruption } from './interruption.ts';
import type { Session } from './session.ts';

export interface PoolTransformOptions {
  readonly dryRun?: boolean;
  readonly reflink?: boolean;
}

const OPERATIONS: Readonly<Record<TransformOperation, string>> = {
  'add-replicas': 'Add replicas',
  'remove-replicas': 'Remove replicas',
  'to-singlehdr': 'Remove the headers of later parts (SINGLEHDR)',
  'from-singlehdr': 'Give later parts headers of their own',
};

interface SetPaths {
  readonly source: string;
  readonly destination: string;
}

/** `resilver pool transform`: survey, show, switch from the one set to the other, look at the result. Returns the exit code. */
export async function poolTransform(
  paths: SetPaths,
  options: PoolTransformOptions,
  session: Session,
): Promise<number> {
  using interruption = new Interruption();
  const done = await transform(paths, options, { session, interruption });
  if (done.report === undefined) return done.exit;
  using pool = openPoolSet(paths.destination);
  const after = await survey(pool);
  const healthy = isHealthy(after);
  const { ownerNotSet, bytesCopied, elapsedMs } = done.report;
  session.document({
    ...documentHead(paths, done.plan),
    outcome: healthy ? 'transformed' : 'not-transformed',
    report: { bytesCopied, elapsedMs: Math.round(elapsedMs), ownerNotSet },
    findings: after.findings.map(({ code, message }) => ({ code, message })),
  });
  if (!healthy || ownerNotSet.length > 0) {
    const reasons = [
      ...after.findings.map(({ message }) => message),
      ...ownerNotSet.map((part) => `The owner of ${part} could not be set: only you can open it`),
    ];
    session.complain(`resilver: ${printable(reasons.join('\n'))}\n`);
    return EXIT.failed;
  }
  const good = painter(session.terminal.colour)('good', SYMBOLS.good);
  session.say(`${good} ${printable(paths.destination)} is whole. Use it from now on.\n`);
  return EXIT.fine;
}

interface Done {
  readonly plan: TransformPlan;
  /** Undefined when nothing was done. */
  readonly report: TransformReport | undefined;
  readonly exit: number;
}

async function transform(
  paths: SetPaths,
  options: PoolTransformOptions,
  { session, interruption }: { readonly session: Session; readonly interruption: Interruption },
): Promise<Done> {
  using open = openBoth(paths);
  const { signal } = interruption;
  const plan = planTransform(await surveyTransform(open, { signal }));
  if (plan.record === undefined)
    return { plan, report: undefined, exit: refuse(paths, plan, session) };
  session.say(describeTransform(plan, session.terminal.width));
  if (options.dryRun === true) {
    session.say('Dry run: nothing was changed. Without --dry-run exactly these steps are taken.\n');
    session.document({ ...documentHead(paths, plan), outcome: 'planned' });
    return { plan, report: undefined, exit: EXIT.fine };
  }
  const { progress } = session;
  try {
    const report = await applyTransform(open, plan, {
      signal,
      ...(options.reflink === true ? { reflink: true } : {}),
      ...(progress === undefined ? {} : { onProgress: progress }),
    });
    return { plan, report, exit: EXIT.fine };
  } catch (error) {
    throw interruption.explain(error, 'before the switch; the source is what it was');
  } finally {
    session.clearProgress();
  }
}

/** Reports what is wrong with the set file itself: which of the two it is, its path tells. */
function openBoth({ source, destination }: SetPaths): OpenTransform {
  try {
    return openTransform(source, destination);
  } catch (error) {
    throw error instanceof TransformOpenError ? error.cause : error;
  }
}

function refuse(paths: SetPaths, plan: TransformPlan, session: Session): number {
  const { width } = session.terminal;
  const reasons = plan.refusals.map(({ message }) => paragraph('  - ', 4, message, width));
  const { source, destination } = paths;
  const mayBeDone = plan.refusals.some(({ code }) => code === 'source-check-failed');
  const hint = mayBeDone
    ? paragraph(
        '  ',
        2,
        `If an earlier run has finished, ${destination} is the set to use: resilver pool check ${destination}`,
        width,
      )
    : '';
  session.complain(
    `resilver: Cannot transform ${printable(source)} into ${printable(destination)}; nothing was changed\n${reasons.join('')}${hint}`,
  );
  session.document({ ...documentHead(paths, plan), outcome: 'refused' });
  return EXIT.failed;
}

function describeTransform(plan: TransformPlan, width: number): string {
  const { operation, kind, newParts, record, bytesToCopy } = plan;
  const size = bytesToCopy === 0 ? '' : `, ${formatBytes(bytesToCopy)} to copy`;
  const title = kind === 'resume' ? 'Finish an interrupted run' : OPERATIONS[operation!];
  const making = newParts.map(
    ({ part, place }) => `Make ${partName(part)}, ${formatBytes(part.fileSize)}  ${place.path}`,
  );
  const steps = [...making, ...record!.steps.map((step) => describeStep(step))];
  const lines = steps.map((text, index) => {
    const mark = `  ${String(index + 1).padStart(String(steps.length).length)}  `;
    return paragraph(mark, mark.length, text, width);
  });
  return `${title}${size}\n${lines.join('')}\n`;
}

function describeStep(step: SwitchStep): string {
  switch (step.kind) {
    case 'rewrite-header':
      return `Write the links of the new set to  ${step.path}`;
    case 'name-part':
      return `${step.replaces ? 'Put the new file in the place of' : 'Give the new file its name'}  ${step.path}`;
    case 'remove-part':
      return `Remove  ${step.path}`;
  }
}

function documentHead({ source, destination }: SetPaths, plan: TransformPlan) {
  const { operation, kind, refusals, newParts, record, bytesToCopy } = plan;
  return {
    schema: 1,
    command: 'pool transform',
    source,
    destination,
    operation: operation ?? null,
    resumed: kind === 'resume',
    refusals: refusals.map(({ code, message, data }) => ({ code, message, data })),
    bytesToCopy,
    steps: [
      ...newParts.map(({ place }) => ({ kind: 'build-part', path: place.path })),
      ...(record?.steps ?? []).map(({ kind: step, path }) => ({ kind: step, path })),
    ],
  };
}
