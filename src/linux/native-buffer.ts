import { invariant } from '../base/index.ts';
import { failed, libc } from './libc.ts';

const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;

/**
 * Page-aligned, zero-filled memory outside the JavaScript heap, for calls that run on other threads and for O_DIRECT.
 * It stays where it is until disposed; the holder must not dispose it while a call uses it.
 */
export class NativeBuffer implements Disposable {
  readonly address: number;
  readonly size: number;
  #disposed = false;

  constructor(size: number) {
    const address = libc.mmap(0, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    // MAP_FAILED is the highest address there is; koffi hands it over as a bigint.
    if (!Number.isSafeInteger(address)) {
      throw failed(`Cannot allocate a buffer of ${size} bytes`, 'mmap', '');
    }
    this.address = address;
    this.size = size;
  }

  [Symbol.dispose](): void {
    invariant(!this.#disposed, 'Buffer disposed twice');
    this.#disposed = true;
    libc.munmap(this.address, this.size);
  }
}
