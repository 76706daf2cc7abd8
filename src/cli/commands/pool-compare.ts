import { isHealthy, openPoolSet, survey, type Survey } from '../../pool/index.ts';
import { describeCompared, describeDifferences, describeEvidence } from '../output/comparison.ts';
import { drawReplicas, drawTitle } from '../output/drawing.ts';
import { EXIT } from '../output/failure.ts';
import { describeFinding, toneOf } from '../output/findings.ts';
import { comparisonDocument, findingsDocument, setDocument } from '../output/json.ts';
import { painter, plural, SYMBOLS } from '../output/text.ts';
import { Interruption } from './interruption.ts';
import type { Session } from './session.ts';

/** `resilver pool compare`: reads all replicas and prints every range where they differ and should not. Returns the exit code. */
export async function poolCompare(path: string, session: Session): Promise<number> {
  using pool = openPoolSet(path);
  const found = await compare(pool, session);
  session.say(describeComparison(found, session));
  const healthy = isHealthy(found);
  session.document({
    schema: 1,
    command: 'pool compare',
    outcome: healthy ? 'healthy' : found.differences.length > 0 ? 'different' : 'damaged',
    set: setDocument(found),
    findings: findingsDocument(found.findings),
    comparison: comparisonDocument(found),
  });
  return healthy ? EXIT.fine : EXIT.failed;
}

async function compare(pool: ReturnType<typeof openPoolSet>, session: Session): Promise<Survey> {
  using interruption = new Interruption();
  const { progress } = session;
  try {
    return await survey(pool, {
      compare: true,
      signal: interruption.signal,
      ...(progress === undefined ? {} : { onProgress: progress }),
    });
  } catch (error) {
    throw interruption.explain(error, 'before anything was changed');
  } finally {
    session.clearProgress();
  }
}

function describeComparison(found: Survey, { terminal }: Session): string {
  const paint = painter(terminal.colour);
  const others = found.findings
    .filter(({ code }) => code !== 'data-differs')
    .map((other) => describeFinding(other, toneOf(found, other), terminal));
  const blocks = [drawTitle(found, terminal), drawReplicas(found, terminal)];
  if (others.length > 0) blocks.push(others.join(''));
  if (found.agreement.length === 0) {
    blocks.push('No data was compared: no two replicas hold the same range in healthy parts.\n');
  } else if (found.differences.length === 0) {
    blocks.push(`${paint('good', SYMBOLS.good)} ${describeCompared(found, terminal.width)}`);
  } else {
    const count = plural(found.differences.length, 'range');
    const head = `${paint('bold', 'Differences')}: ${count}, in pool offsets\n`;
    blocks.push(`${head}${describeDifferences(found, terminal)}`);
    blocks.push(describeEvidence(found, terminal));
  }
  return blocks.join('\n');
}
