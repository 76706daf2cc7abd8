import { alignDown } from '../../base/index.ts';
import { probeExtent } from '../../linux/index.ts';
import { OpenFile } from '../media/file/open-file.ts';
import type { BadBlockAnswer, BadBlockSource, FindOptions, MediaFile } from '../media/media.ts';
import { PAGE, type Part } from '../poolset/index.ts';

/** Reads every byte of a part from the device and takes what it does not give. Serves every disk, and takes its time. */
export class ProbedBadBlocks implements BadBlockSource {
  readonly name = 'probe';

  async find(part: Part, file: MediaFile, options: FindOptions = {}): Promise<BadBlockAnswer> {
    if (!(file instanceof OpenFile)) {
      return { kind: 'unsupported', reason: `${part.path} cannot be probed` };
    }
    const length = alignDown(part.fileSize, PAGE);
    let done = 0;
    const { unreadable, direct } = await probeExtent(
      { fd: file.fd, path: file.path, offset: 0 },
      length,
      {
        signal: options.signal,
        onBytes(count) {
          done += count;
          options.onProgress?.({ phase: 'probe', done, total: length });
        },
      },
    );
    if (direct || !unreadable.isEmpty) return { kind: 'asked', ranges: unreadable };
    const reason = `${part.path} can only be read through the page cache, which may hide bad blocks`;
    return { kind: 'unsupported', reason };
  }
}
