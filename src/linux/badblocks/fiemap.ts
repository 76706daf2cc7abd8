import type { Range } from '../../base/index.ts';
import { failed, libc } from '../libc.ts';

/** Source: Linux 6.18 include/uapi/linux/fiemap.h and fs.h. */
const FS_IOC_FIEMAP = 0xc020660b;
const FIEMAP_FLAG_SYNC = 1;
const FIEMAP_EXTENT_LAST = 0x1;
const FIEMAP_EXTENT_UNKNOWN = 0x2;
const FIEMAP_EXTENT_ENCODED = 0x8;
const FIEMAP_EXTENT_NOT_ALIGNED = 0x100;
const UNMAPPABLE = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_NOT_ALIGNED;
const HEADER_SIZE = 32;
const EXTENT_SIZE = 56;
const EXTENTS_PER_CALL = 512;

/** A run of a file and where it lies on the device, bytes. */
export interface MappedExtent {
  readonly logical: Range;
  readonly physicalOffset: number;
}

/**
 * Where the bytes of a file lie on the block device under its file system. Holes and extents without a plain place
 * on the device (compressed, inline) are left out. @throws SystemError, EOPNOTSUPP where the file system cannot say
 */
export function fileExtents(fd: number, path: string): readonly MappedExtent[] {
  const extents: MappedExtent[] = [];
  let start = 0n;
  for (;;) {
    const batch = readBatch(fd, path, start);
    for (const { logical, physical, length, flags } of batch) {
      start = logical + length;
      if ((flags & UNMAPPABLE) === 0) {
        const offset = Number(logical);
        extents.push({
          logical: { offset, end: offset + Number(length) },
          physicalOffset: Number(physical),
        });
      }
      if ((flags & FIEMAP_EXTENT_LAST) !== 0) return extents;
    }
    if (batch.length === 0) return extents;
  }
}

interface RawExtent {
  readonly logical: bigint;
  readonly physical: bigint;
  readonly length: bigint;
  readonly flags: number;
}

function readBatch(fd: number, path: string, start: bigint): readonly RawExtent[] {
  const buffer = new Uint8Array(HEADER_SIZE + EXTENTS_PER_CALL * EXTENT_SIZE);
  const view = new DataView(buffer.buffer);
  view.setBigUint64(0, start, true);
  view.setBigUint64(8, 0xffff_ffff_ffff_ffffn - start, true);
  view.setUint32(16, FIEMAP_FLAG_SYNC, true);
  view.setUint32(24, EXTENTS_PER_CALL, true);
  if (libc.ioctl(fd, FS_IOC_FIEMAP, buffer) !== 0) {
    throw failed(`Cannot find the blocks of ${path}`, 'ioctl', path);
  }
  return Array.from({ length: view.getUint32(20, true) }, (_, index) => {
    const at = HEADER_SIZE + index * EXTENT_SIZE;
    return {
      logical: view.getBigUint64(at, true),
      physical: view.getBigUint64(at + 8, true),
      length: view.getBigUint64(at + 16, true),
      flags: view.getUint32(at + 40, true),
    };
  });
}
