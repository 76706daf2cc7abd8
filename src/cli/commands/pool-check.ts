import { isHealthy, openPoolSet, plan, survey } from '../../pool/index.ts';
import { drawReplicas, drawTitle } from '../output/drawing.ts';
import { EXIT } from '../output/failure.ts';
import { describeFindings } from '../output/findings.ts';
import { findingsDocument, planDocument, setDocument, sourcesDocument } from '../output/json.ts';
import { painter, paragraph, SYMBOLS } from '../output/text.ts';
import type { Session } from './session.ts';

/** `resilver pool check`: looks at headers, links, descriptors and heap structure, and changes nothing. Returns the exit code. */
export async function poolCheck(path: string, session: Session): Promise<number> {
  using pool = openPoolSet(path);
  const found = await survey(pool);
  const healthy = isHealthy(found);
  const { terminal } = session;
  const paint = painter(terminal.colour);
  session.say(`${drawTitle(found, terminal)}\n${drawReplicas(found, terminal)}\n`);
  const findings = describeFindings(found, terminal, `resilver pool check ${path} --json`);
  if (findings !== '') session.say(`${findings}\n`);
  const steps = plan(found);
  if (healthy) {
    const warned = findings === '' ? '' : ', but read the warnings above';
    const text = `Healthy${warned}. Data was not compared: resilver pool compare does that`;
    session.say(paragraph(`${paint('good', SYMBOLS.good)} `, 2, text, terminal.width));
  } else if (steps.refusals.length === 0) {
    session.say(`It can be repaired: resilver pool sync ${path}\n`);
  } else {
    const reasons = steps.refusals.map(({ message }) =>
      paragraph('  - ', 4, message, terminal.width),
    );
    session.say(`It cannot be repaired as it is:\n${reasons.join('')}`);
  }
  session.document({
    schema: 1,
    command: 'pool check',
    outcome: healthy ? 'healthy' : 'damaged',
    set: setDocument(found),
    findings: findingsDocument(found.findings),
    sources: sourcesDocument(found),
    plan: planDocument(steps),
  });
  return healthy ? EXIT.fine : EXIT.failed;
}
