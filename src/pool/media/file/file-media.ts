import fs from 'node:fs';
import path from 'node:path';
import { RangeSet, SystemError, toSystemError } from '../../../base/index.ts';
import { cloneExtent, compareExtents, copyExtent, type FileExtent } from '../../../linux/index.ts';
import type {
  CompareOptions,
  Comparison,
  CopyOptions,
  Extent,
  Media,
  MediaFile,
  MediaStat,
} from '../media.ts';
import { daxSize } from './device-dax.ts';
import { OpenFile, statOf } from './open-file.ts';

/** Linux resolves at most this many links in one path. Source: path_resolution(7). */
const MAX_LINKS = 40;

/** Real files through the operating system. */
export class FileMedia implements Media {
  stat(target: string): MediaStat | undefined {
    try {
      return statOf(fs.statSync(target, { bigint: true }), () => daxSize(target));
    } catch (error) {
      const wrapped = toSystemError(error, `Cannot look at ${target}`, 'stat', target);
      if (wrapped instanceof SystemError && wrapped.errno === 'ENOENT') return undefined;
      throw wrapped;
    }
  }

  resolve(target: string): string {
    let current = target;
    for (let links = 0; links < MAX_LINKS; links++) {
      const link = readLink(current);
      if (link === undefined) return current;
      // The directory may itself be reached by a link: `..` counts from where it really lies.
      current = path.resolve(fs.realpathSync(path.dirname(current)), link);
    }
    throw new SystemError(`Cannot follow ${target}`, {
      errno: 'ELOOP',
      syscall: 'readlink',
      path: target,
    });
  }

  list(directory: string): readonly string[] {
    return attempt('Cannot list', 'readdir', directory, () => fs.readdirSync(directory));
  }

  space(directory: string): { readonly free: number; readonly fileSystem: string } {
    return attempt('Cannot ask for the free space of', 'statfs', directory, () => {
      const facts = fs.statfsSync(directory);
      return {
        free: facts.bavail * facts.bsize,
        fileSystem: String(fs.statSync(directory).dev),
      };
    });
  }

  canModifyDirectory(directory: string): boolean {
    try {
      fs.accessSync(directory, fs.constants.W_OK | fs.constants.X_OK);
      return true;
    } catch {
      return false;
    }
  }

  open(target: string, mode: 'read' | 'write'): MediaFile {
    const flags = mode === 'read' ? fs.constants.O_RDONLY : fs.constants.O_RDWR;
    return attempt('Cannot open', 'open', target, () => {
      // O_NONBLOCK keeps a fifo that took a part's name from blocking us for ever.
      return new OpenFile(fs.openSync(target, flags | fs.constants.O_NONBLOCK), target);
    });
  }

  create(target: string, mode: number): MediaFile {
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
    return attempt('Cannot create', 'open', target, () => {
      return new OpenFile(
        fs.openSync(target, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode),
        target,
      );
    });
  }

  readFile(target: string): Uint8Array {
    return attempt('Cannot read', 'read', target, () => new Uint8Array(fs.readFileSync(target)));
  }

  rename(from: string, to: string): void {
    attempt(`Cannot give ${to} its new file`, 'rename', from, () => fs.renameSync(from, to));
  }

  unlink(target: string): void {
    attempt('Cannot remove', 'unlink', target, () => fs.unlinkSync(target));
  }

  syncDirectory(directory: string): void {
    attempt('Cannot make the names durable in', 'fsync', directory, () => {
      const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
      try {
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  async copy(source: Extent, target: Extent, length: number, options: CopyOptions): Promise<void> {
    const [from, to] = [fileExtent(source), fileExtent(target)];
    if (options.reflink === true && cloneExtent(from, to, length)) {
      options.onBytes?.(length);
      return;
    }
    await copyExtent(from, to, length, options);
  }

  async compare(
    a: Extent,
    b: Extent,
    length: number,
    options: CompareOptions = {},
  ): Promise<Comparison> {
    if (length === 0) {
      return { differing: RangeSet.empty, unreadable: [RangeSet.empty, RangeSet.empty] };
    }
    const found = await compareExtents(fileExtent(a), fileExtent(b), length, options);
    return {
      differing: found.differing.shift(a.offset),
      unreadable: [found.unreadable[0].shift(a.offset), found.unreadable[1].shift(a.offset)],
    };
  }
}

function attempt<T>(action: string, syscall: string, target: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const text = action.startsWith('Cannot give') ? action : `${action} ${target}`;
    throw toSystemError(error, text, syscall, target);
  }
}

function readLink(target: string): string | undefined {
  try {
    return fs.readlinkSync(target);
  } catch {
    return undefined;
  }
}

function fileExtent({ file, offset }: Extent): FileExtent {
  if (!(file instanceof OpenFile)) throw new TypeError('file must come from FileMedia');
  return { fd: file.fd, path: file.path, offset };
}
