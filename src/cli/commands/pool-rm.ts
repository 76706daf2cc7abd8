import { formatBytes, SystemError, UsageError } from '../../base/index.ts';
import {
  allParts,
  openPoolSet,
  removeFile,
  type OpenPoolSet,
  type Part,
} from '../../pool/index.ts';
import { EXIT } from '../output/failure.ts';
import { painter, plural, printable, SYMBOLS } from '../output/text.ts';
import type { Session } from './session.ts';

export interface PoolRmOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/**
 * `resilver pool rm`: removes the part files of a set. Parts that a program has open, or that are no files, keep it from beginning; those
 * that are missing do not. Returns the exit code.
 */
export function poolRm(path: string, options: PoolRmOptions, session: Session): number {
  using pool = openPoolSet(path);
  const parts = findParts(pool);
  const bytes = parts.reduce((sum, part) => sum + (pool.media.stat(part.path)?.size ?? 0), 0);
  const what = `${plural(parts.length, 'part file')} of ${path}, ${formatBytes(bytes)}`;
  if (options.yes !== true) {
    const answer = session.ask(`Remove ${what}? Their data is lost.`);
    if (answer === undefined) {
      throw new UsageError('pool rm needs --yes where nobody can be asked', { option: '--yes' });
    }
    if (!answer) {
      session.complain('Nothing was changed.\n');
      return EXIT.failed;
    }
  }
  const removed = parts.map((part) => part.path);
  if (options.all === true) removed.push(path);
  // Its lock is held here: the one that `removeFile` would try is ours.
  for (const file of removed) removeFile(pool.media, file, true);
  const { terminal } = session;
  const also = options.all === true ? ', and the set file' : '';
  session.say(
    `${painter(terminal.colour)('good', SYMBOLS.good)} Removed ${printable(what)}${also}\n`,
  );
  session.document({ schema: 1, command: 'pool rm', outcome: 'removed', removed });
  return EXIT.fine;
}

/** The parts that exist, locked. @throws SystemError when one must not be removed; nothing was removed */
function findParts(pool: OpenPoolSet): readonly Part[] {
  return allParts(pool.set).filter((part) => {
    const found = pool.openPart(part);
    if (found.kind === 'missing') return false;
    if (found.kind === 'present' && pool.isOpen(part)) return true;
    const { path } = part;
    if (found.kind === 'locked') {
      const facts = { errno: 'EAGAIN', syscall: 'flock', path };
      throw new SystemError(`Cannot remove ${path}: a program has the pool open`, facts);
    }
    const errno = found.kind === 'refused' ? found.errno : 'EINVAL';
    throw new SystemError(`Cannot remove ${path}: it cannot be opened as a file`, {
      errno,
      syscall: 'open',
      path,
    });
  });
}
