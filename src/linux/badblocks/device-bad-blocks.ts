import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, RangeSet, toSystemError } from '../../base/index.ts';

/** Unit of the kernel's lists, bytes. */
const SECTOR = 512;

export type DeviceAnswer =
  | { readonly kind: 'list'; readonly ranges: RangeSet }
  | { readonly kind: 'unsupported'; readonly reason: string };

/**
 * The kernel's list of bad blocks of the block device under an open file, in bytes of the file system's own device: for a
 * partition, from the partition's start. `sysfs` is where that file system is mounted.
 * Source: Linux 6.18 Documentation/ABI/stable/sysfs-block, `badblocks`. @throws SystemError when the list cannot be read
 */
export function deviceBadBlocks(fd: number, filePath: string, sysfs = '/sys'): DeviceAnswer {
  const { dev } = fs.fstatSync(fd, { bigint: true });
  const device = path.join(sysfs, 'dev/block', `${major(dev)}:${minor(dev)}`);
  if (!fs.existsSync(device)) {
    const reason = `${filePath} does not lie on a block device`;
    return { kind: 'unsupported', reason };
  }
  const own = readList(path.join(device, 'badblocks'));
  if (own !== undefined) return { kind: 'list', ranges: own };
  if (!fs.existsSync(path.join(device, 'partition'))) return noList(filePath);
  const disk = readList(path.join(fs.realpathSync(device), '..', 'badblocks'));
  return disk === undefined ? noList(filePath) : { kind: 'list', ranges: clip(disk, device) };
}

function noList(filePath: string): DeviceAnswer {
  const reason = `the kernel keeps no list of bad blocks for the device under ${filePath}`;
  return { kind: 'unsupported', reason };
}

/** Lines of first sector and count. Undefined when the device has no list. */
function readList(file: string): RangeSet | undefined {
  try {
    const pairs = fs.readFileSync(file, 'utf8').trim().split('\n');
    return RangeSet.from(
      pairs.filter(Boolean).map((line) => {
        const [sector, count] = line.split(' ').map(Number) as [number, number];
        return { offset: sector * SECTOR, end: (sector + count) * SECTOR };
      }),
    );
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw toSystemError(error, `Cannot read ${file}`, 'read', file);
  }
}

/** The part of a disk's list that lies in one partition, from the partition's start. */
function clip(disk: RangeSet, partition: string): RangeSet {
  const offset = SECTOR * Number(fs.readFileSync(path.join(partition, 'start'), 'utf8'));
  const size = SECTOR * Number(fs.readFileSync(path.join(partition, 'size'), 'utf8'));
  return disk.intersect(RangeSet.of({ offset, end: offset + size })).shift(-offset);
}

/** Source: glibc 2.36 sysdeps/unix/sysv/linux/sys/sysmacros.h. */
function major(dev: bigint): bigint {
  return ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
}

function minor(dev: bigint): bigint {
  return (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
}
