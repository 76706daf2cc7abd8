import { failed, libc } from './libc.ts';

/** Source: Linux 6.18 include/uapi/linux/falloc.h. */
const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;

/**
 * Gives the blocks of a range back to the file system and reserves new ones, which read as zeros. The file keeps its size.
 * Not durable until `fsync`. @throws SystemError, EOPNOTSUPP where the file system has no holes
 */
export function exchangeBlocks(fd: number, offset: number, length: number, path: string): void {
  const modes = [FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_KEEP_SIZE];
  for (const mode of modes) {
    if (libc.fallocate(fd, mode, offset, length) !== 0) {
      throw failed(`Cannot exchange ${length} bytes at ${offset} of ${path}`, 'fallocate', path);
    }
  }
}
