import { SystemError } from '../../base/index.ts';
import { POOL_HDR_SIZE } from '../layout/index.ts';
import type { Media, MediaFile, MediaStat } from '../media/media.ts';
import type { Part } from '../poolset/index.ts';
import type { PartPlace } from './create-refusals.ts';

/** A part on its way from what lies at its place to a part of the new pool. Remembers what it has done, to undo it. */
export class TargetPart {
  readonly part: Part;
  readonly #media: Media;
  #stat: MediaStat | undefined;
  #file: MediaFile | undefined;
  #created = false;
  #headerTouched = false;

  constructor(media: Media, part: Part) {
    this.#media = media;
    this.part = part;
  }

  /** Something lies at the place. */
  get exists(): boolean {
    return this.#stat !== undefined;
  }

  /** Bytes of the file that lies at the place, 0 when none does. */
  get oldSize(): number {
    return this.#stat?.kind === 'file' ? this.#stat.size : 0;
  }

  /** The file was made by this run. */
  get created(): boolean {
    return this.#created;
  }

  get file(): MediaFile {
    if (this.#file === undefined) throw new TypeError(`${this.part.path} is not open`);
    return this.#file;
  }

  /** Opens and locks the file that lies at the place, if one does; to be removed, it need not be writable. Changes nothing. */
  look(replace: boolean): PartPlace {
    const { part } = this;
    const stat = this.#media.stat(part.path);
    this.#stat = stat;
    if (stat === undefined || (stat.kind !== 'file' && stat.kind !== 'dax')) {
      return { part, stat, locked: false, blank: true };
    }
    this.#file = this.#media.open(part.path, replace ? 'read' : 'write');
    const locked = !this.#file.tryLock();
    const head = locked
      ? new Uint8Array(0)
      : this.#file.read(0, Math.min(stat.size, POOL_HDR_SIZE));
    return { part, stat, locked, blank: head.every((byte) => byte === 0) };
  }

  removeOld(): void {
    if (this.#stat?.kind !== 'file') return;
    this.#media.unlink(this.part.path);
    this.close();
    this.#stat = undefined;
  }

  /** Makes and reserves the file when there is none. Nobody else may use it until `setMode`. */
  make(): void {
    if (this.exists) return;
    const { path, fileSize } = this.part;
    this.#file = this.#media.create(path, 0o600);
    this.#created = true;
    if (!this.#file.tryLock()) {
      const facts = { errno: 'EAGAIN', syscall: 'flock', path };
      throw new SystemError(`Cannot lock the new file ${path}`, facts);
    }
    this.#file.allocate(fileSize);
  }

  /** Permission bits of a file that this run made; other files keep theirs. */
  setMode(mode: number): void {
    if (!this.#created) return;
    const { uid, gid } = this.file.stat();
    this.file.setAccess({ mode, uid, gid });
  }

  /** Durable when it returns. */
  writeHeader(header: Uint8Array): void {
    this.#headerTouched = true;
    this.file.write(0, header);
    this.file.sync();
  }

  /** Takes back what this run did, as far as the media let it: the error that brought us here matters more. */
  undo(): void {
    try {
      if (this.#created) {
        this.#media.unlink(this.part.path);
      } else if (this.#headerTouched) {
        this.file.write(0, new Uint8Array(POOL_HDR_SIZE));
        this.file.sync();
      }
    } catch {
      // A file without all headers of its set is no pool; the next run says what is in the way.
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
