import koffi from 'koffi';
import os from 'node:os';
import { SystemError } from '../base/index.ts';

/**
 * The C library calls that Node's own `fs` lacks. Addresses are plain integers and always point at memory that
 * `NativeBuffer` owns: memory of the JavaScript heap may move or vanish while a call is under way.
 */
const lib = koffi.load(null);

type Native = ((...args: unknown[]) => number) & {
  async(...args: [...unknown[], (error: Error | null, result: number) => void]): void;
};

// A koffi function is callable and carries `async`; its declared type says only the first.
const declare = (prototype: string): Native => lib.func(prototype);

export const libc = {
  flock: declare('int flock(int fd, int operation)'),
  fallocate: declare('int fallocate(int fd, int mode, int64_t offset, int64_t length)'),
  ioctl: declare('int ioctl(int fd, unsigned long request, void *argument)'),
  mmap: declare(
    'uintptr_t mmap(uintptr_t address, size_t length, int prot, int flags, int fd, int64_t offset)',
  ),
  munmap: declare('int munmap(uintptr_t address, size_t length)'),
  madvise: declare('int madvise(uintptr_t address, size_t length, int advice)'),
  memcmp: declare('int memcmp(uintptr_t a, uintptr_t b, size_t length)'),
  pread: declare('int64_t pread(int fd, uintptr_t buffer, size_t length, int64_t offset)'),
  pwrite: declare('int64_t pwrite(int fd, uintptr_t buffer, size_t length, int64_t offset)'),
} as const;

/** Runs one call on the thread pool of libuv. `errno` is lost on the way: repeat a failed call with `call` to learn it. */
export function callAsync(native: Native, ...args: readonly unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    native.async(...args, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

const ERRNO_NAMES = new Map(
  Object.entries(os.constants.errno).map(([name, number]) => [number, name]),
);

/** Symbolic errno of the call that has just returned −1 in this thread. */
export function lastErrno(): string {
  return ERRNO_NAMES.get(koffi.errno()) ?? `errno ${koffi.errno()}`;
}

/** @throws SystemError with the errno of the call that has just failed */
export function failed(action: string, syscall: string, path: string): SystemError {
  return new SystemError(action, { errno: lastErrno(), syscall, path });
}
