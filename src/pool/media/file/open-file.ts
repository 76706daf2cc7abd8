import fs from 'node:fs';
import { SystemError, toSystemError } from '../../../base/index.ts';
import { exchangeBlocks, reserve, tryLock } from '../../../linux/index.ts';
import type { MediaFile, MediaKind, MediaStat } from '../media.ts';
import { daxSize } from './device-dax.ts';

const ZEROS = new Uint8Array(1024 * 1024);

/** A part that is open through the operating system. */
export class OpenFile implements MediaFile {
  readonly path: string;
  readonly #fd: number;
  #open = true;

  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.path = path;
  }

  /** @throws SystemError EBADF once closed: the number may belong to another file by then */
  get fd(): number {
    if (this.#open) return this.#fd;
    const facts = { errno: 'EBADF', syscall: 'use', path: this.path };
    throw new SystemError(`Cannot use ${this.path} after it was closed`, facts);
  }

  stat(): MediaStat {
    return this.#attempt('Cannot look at', 'fstat', () =>
      statOf(fs.fstatSync(this.fd, { bigint: true }), () => daxSize(this.path)),
    );
  }

  read(offset: number, length: number): Uint8Array {
    return this.#attempt('Cannot read', 'pread', () => {
      const data = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const count = fs.readSync(this.fd, data, done, length - done, offset + done);
        if (count === 0) throw this.#tooShort(offset + done);
        done += count;
      }
      return data;
    });
  }

  write(offset: number, data: Uint8Array): void {
    this.#attempt('Cannot write', 'pwrite', () => {
      for (let done = 0; done < data.length;) {
        done += fs.writeSync(this.fd, data, done, data.length - done, offset + done);
      }
    });
  }

  allocate(size: number): void {
    if (reserve(this.fd, 0, size, this.path)) return;
    // No reservation here: only writing every block makes the file system own it.
    for (let at = this.stat().size; at < size; at += ZEROS.length) {
      this.write(at, ZEROS.subarray(0, Math.min(ZEROS.length, size - at)));
    }
  }

  exchangeBlocks(offset: number, length: number): void {
    exchangeBlocks(this.fd, offset, length, this.path);
  }

  setAccess({ mode, uid, gid }: { mode: number; uid: number; gid: number }): void {
    this.#attempt('Cannot set owner and mode of', 'fchmod', () => {
      const now = this.stat();
      // Owner first: changing it clears the set-user-ID bits.
      if (now.uid !== uid || now.gid !== gid) fs.fchownSync(this.fd, uid, gid);
      fs.fchmodSync(this.fd, mode);
    });
  }

  sync(): void {
    this.#attempt('Cannot make durable', 'fsync', () => fs.fsyncSync(this.fd));
  }

  tryLock(): boolean {
    return tryLock(this.fd, this.path);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    fs.closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #tooShort(offset: number): SystemError {
    return new SystemError(`Cannot read ${this.path}: it ends before byte ${offset}`, {
      errno: 'EIO',
      syscall: 'pread',
      path: this.path,
    });
  }

  #attempt<T>(action: string, syscall: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toSystemError(error, `${action} ${this.path}`, syscall, this.path);
    }
  }
}

/** `daxSize` is asked only for character devices; it returns undefined when the device is no device DAX. */
export function statOf(stat: fs.BigIntStats, daxSizeOf: () => number | undefined): MediaStat {
  const dax = stat.isCharacterDevice() ? daxSizeOf() : undefined;
  return {
    kind: kindOf(stat, dax),
    size: dax ?? Number(stat.size),
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    identity: `${stat.dev}:${stat.ino}`,
    ctimeSeconds: stat.ctimeNs / 1_000_000_000n,
  };
}

function kindOf(stat: fs.BigIntStats, dax: number | undefined): MediaKind {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return dax === undefined ? 'other' : 'dax';
}
