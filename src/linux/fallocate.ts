import { failed, lastErrno, libc } from './libc.ts';

/**
 * Reserves blocks for `length` bytes from `offset`; new bytes read as zeros and the file grows to cover them. Idempotent.
 * False when the file system cannot reserve. @throws SystemError, for example ENOSPC
 */
export function reserve(fd: number, offset: number, length: number, path: string): boolean {
  if (libc.fallocate(fd, 0, offset, length) === 0) return true;
  const errno = lastErrno();
  if (errno === 'EOPNOTSUPP' || errno === 'ENOTSUP' || errno === 'ENOSYS') return false;
  throw failed(`Cannot reserve ${length} bytes for ${path}`, 'fallocate', path);
}
