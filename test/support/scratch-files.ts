import fs from 'node:fs';
import path from 'node:path';
import type { FileExtent } from '../../src/linux/index.ts';
import { scratchDirectory } from './pool-fixture.ts';

/** Real files with given content in a directory of their own, closed and removed together. */
export class ScratchFiles implements Disposable {
  readonly #directory = scratchDirectory('resilver-files-');
  readonly #fds: number[] = [];

  get directory(): string {
    return this.#directory.path;
  }

  /** A new file, open for reading and writing, or with the given flags. */
  make(name: string, content: Uint8Array, flags = 'r+'): FileExtent {
    const target = path.join(this.directory, name);
    fs.writeFileSync(target, content);
    const fd = fs.openSync(target, flags);
    this.#fds.push(fd);
    return { fd, path: target, offset: 0 };
  }

  /** A new file of zeros that takes no space. */
  makeSparse(name: string, size: number): FileExtent {
    const extent = this.make(name, new Uint8Array(0));
    fs.ftruncateSync(extent.fd, size);
    return extent;
  }

  read(extent: FileExtent): Buffer {
    return fs.readFileSync(extent.path);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#fds) fs.closeSync(fd);
    this.#directory[Symbol.dispose]();
  }
}
