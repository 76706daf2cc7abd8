import { failed, lastErrno, libc } from './libc.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Exclusive, non-blocking `flock`, as PMDK takes it; released when the descriptor closes.
 * False when another open file description holds a lock. @throws SystemError on any other failure
 */
export function tryLock(fd: number, path: string): boolean {
  if (libc.flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
  if (lastErrno() === 'EAGAIN' || lastErrno() === 'EWOULDBLOCK') return false;
  throw failed(`Cannot lock ${path}`, 'flock', path);
}
