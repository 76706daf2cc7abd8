import fs from 'node:fs';
import type { FileExtent } from './extent-pipeline.ts';

/** What O_DIRECT may demand of offsets and lengths. */
export const DIRECT_ALIGNMENT = 4096;

/** Source: Linux 6.18 include/uapi/asm-generic/fcntl.h, O_ACCMODE. */
const ACCESS_MODE = 3;

/**
 * A second descriptor of an open file that goes past the page cache; the caller closes it. Undefined where the file system
 * has no such thing.
 */
export function openDirect({ fd }: FileExtent, mode: 'read' | 'write'): number | undefined {
  if (mode === 'write' && !isWritable(fd)) return undefined;
  const flags = mode === 'read' ? fs.constants.O_RDONLY : fs.constants.O_WRONLY;
  try {
    // Through the descriptor, not the path: the name may have been given to another file since.
    return fs.openSync(`/proc/self/fd/${fd}`, flags | fs.constants.O_DIRECT);
  } catch {
    return undefined;
  }
}

/** Opening a descriptor anew asks the file's mode, not how the descriptor was opened: root could write to what it only reads. */
function isWritable(fd: number): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
  return flags !== null && (parseInt(flags[1]!, 8) & ACCESS_MODE) !== fs.constants.O_RDONLY;
}
