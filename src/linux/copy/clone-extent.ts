import { lastErrno, libc } from '../libc.ts';
import type { FileExtent } from './extent-pipeline.ts';

/** Source: Linux 6.18 include/uapi/linux/fs.h, `FICLONERANGE` and `struct file_clone_range`. */
const FICLONERANGE = 0x4020940d;

/**
 * Makes the target share the source's blocks. False where the file system cannot, and nothing has changed then.
 * A shared block is one copy, not two: only for callers whose user asked for it.
 */
export function cloneExtent(source: FileExtent, target: FileExtent, length: number): boolean {
  const request = new DataView(new ArrayBuffer(32));
  request.setBigInt64(0, BigInt(source.fd), true);
  request.setBigUint64(8, BigInt(source.offset), true);
  request.setBigUint64(16, BigInt(length), true);
  request.setBigUint64(24, BigInt(target.offset), true);
  const argument = new Uint8Array(request.buffer);
  if (libc.ioctl(target.fd, FICLONERANGE, argument) === 0) return true;
  const errno = lastErrno();
  return errno === 'EINTR' ? cloneExtent(source, target, length) : false;
}
