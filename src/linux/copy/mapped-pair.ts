import fs from 'node:fs';
import { callAsync, failed, libc } from '../libc.ts';
import type { FileExtent } from './extent-pipeline.ts';

/** Source: Linux 6.18 include/uapi/asm-generic/mman-common.h and mman.h. */
const PROT_NONE = 0;
const PROT_READ = 1;
const MAP_SHARED_FIXED = 0x11;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MADV_DONTNEED = 4;
const MADV_POPULATE_READ = 22;

/** Offsets in a file that can be mapped. */
export const MAP_ALIGNMENT = 4096;

/**
 * Two windows, side by side, through which the same number of bytes of two files can be compared without copying them.
 * Touching a mapped page whose sector cannot be read ends the process, so pages are brought in by `load`, which reports
 * that instead.
 */
export class MappedPair implements Disposable {
  readonly #address: number;
  readonly #windowSize: number;

  constructor(windowSize: number) {
    this.#windowSize = windowSize;
    this.#address = libc.mmap(0, 2 * windowSize, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (!Number.isSafeInteger(this.#address)) {
      throw failed(`Cannot reserve ${2 * windowSize} bytes of address space`, 'mmap', '');
    }
  }

  /**
   * Maps `size` bytes of each file, from `at` within its extent, and reads them into the page cache.
   * False when any byte cannot be had this way: unaligned, beyond the end, unreadable, or an old kernel (before 5.14).
   */
  async load(a: FileExtent, b: FileExtent, at: number, size: number): Promise<boolean> {
    const mapped =
      this.#map(this.#address, a, at, size) && this.#map(this.#address + size, b, at, size);
    return (
      mapped && (await callAsync(libc.madvise, this.#address, 2 * size, MADV_POPULATE_READ)) === 0
    );
  }

  #map(address: number, { fd, offset }: FileExtent, at: number, size: number): boolean {
    if ((offset + at) % MAP_ALIGNMENT !== 0 || size % MAP_ALIGNMENT !== 0) return false;
    // The rest of a file's last page can be mapped and reads as zeros, which nobody has written.
    if (fs.fstatSync(fd).size < offset + at + size) return false;
    return libc.mmap(address, size, PROT_READ, MAP_SHARED_FIXED, fd, offset + at) === address;
  }

  /** Whether the loaded bytes are the same. */
  async isEqual(size: number): Promise<boolean> {
    return (await callAsync(libc.memcmp, this.#address, this.#address + size, size)) === 0;
  }

  /** The same for `length` bytes from `at` within the windows that were loaded with `size`. */
  isEqualAt(at: number, length: number, size: number): boolean {
    return libc.memcmp(this.#address + at, this.#address + size + at, length) === 0;
  }

  /** Lets go of the pages, on another thread: it takes as long as comparing them. */
  async unload(): Promise<void> {
    await callAsync(libc.madvise, this.#address, 2 * this.#windowSize, MADV_DONTNEED);
  }

  [Symbol.dispose](): void {
    libc.munmap(this.#address, 2 * this.#windowSize);
  }
}
