import { RangeSet, SystemError } from '../../base/index.ts';
import { deviceBadBlocks, fileExtents } from '../../linux/index.ts';
import { OpenFile } from '../media/file/open-file.ts';
import type { BadBlockAnswer, BadBlockSource, MediaFile } from '../media/media.ts';
import type { Part } from '../poolset/index.ts';

/**
 * The list that the kernel keeps for the block device under a file, mapped to the file through its extents. Persistent
 * memory has one, and any other device whose driver keeps one.
 */
export class KernelBadBlocks implements BadBlockSource {
  readonly name = 'kernel';
  readonly #sysfs: string;

  /** `sysfs` is where that file system is mounted. */
  constructor(sysfs = '/sys') {
    this.#sysfs = sysfs;
  }

  async find(part: Part, file: MediaFile): Promise<BadBlockAnswer> {
    if (!(file instanceof OpenFile)) {
      return { kind: 'unsupported', reason: `${part.path} is not on a block device` };
    }
    try {
      const device = deviceBadBlocks(file.fd, file.path, this.#sysfs);
      if (device.kind === 'unsupported') return device;
      if (device.ranges.isEmpty) return { kind: 'asked', ranges: RangeSet.empty };
      return { kind: 'asked', ranges: toFileRanges(file, device.ranges) };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return { kind: 'failed', reason: error.message };
    }
  }
}

/** Every extent that a bad range touches gives its share: a long range may lie under many. */
function toFileRanges(file: OpenFile, device: RangeSet): RangeSet {
  const hits = fileExtents(file.fd, file.path).flatMap(({ logical, physicalOffset }) => {
    const length = logical.end - logical.offset;
    const here = RangeSet.of({ offset: physicalOffset, end: physicalOffset + length });
    return device.intersect(here).shift(logical.offset - physicalOffset).ranges;
  });
  return RangeSet.from(hits);
}
