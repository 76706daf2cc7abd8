import { isHealthy, openPoolSet, survey } from '../../pool/index.ts';
import { drawReplicas, drawTitle } from '../output/drawing.ts';
import { EXIT } from '../output/failure.ts';
import { describeFindings } from '../output/findings.ts';
import { describePool, gatherFacts, poolDocument } from '../output/pool-facts.ts';
import { findingsDocument, setDocument } from '../output/json.ts';
import { painter } from '../output/text.ts';
import type { Session } from './session.ts';

/**
 * `resilver pool info`: what the headers and descriptors say of the pool and its parts, as far as they can be read; a damaged set is no
 * reason to say nothing. Returns the exit code.
 */
export async function poolInfo(path: string, session: Session): Promise<number> {
  using pool = openPoolSet(path);
  const found = await survey(pool);
  const facts = gatherFacts(found);
  const { terminal } = session;
  session.say(`${drawTitle(found, terminal)}\n${drawReplicas(found, terminal)}\n`);
  const findings = describeFindings(found, terminal, `resilver pool check ${path} --json`);
  if (findings !== '') session.say(`${findings}\n`);
  session.say(describePool(facts, painter(terminal.colour)));
  session.document({
    schema: 1,
    command: 'pool info',
    outcome: isHealthy(found) ? 'healthy' : 'damaged',
    set: setDocument(found),
    findings: findingsDocument(found.findings),
    ...poolDocument(facts),
  });
  return isHealthy(found) ? EXIT.fine : EXIT.failed;
}
