import { RangeSet } from '../../../base/index.ts';
import type { MediaFile, MediaStat } from '../media.ts';
import type { Access, NodeId } from './change.ts';
import { PAGE } from './content.ts';
import { refuse, type DiskNode, type FileNode } from './disk-image.ts';
import type { RecordedDisk } from './recorded-disk.ts';

/** An open file of a `MemoryMedia`. */
export class MemoryFile implements MediaFile {
  readonly path: string;
  readonly node: NodeId;
  readonly #disk: RecordedDisk;
  readonly #writable: boolean;

  /** `path` is how the caller named it, `name` where the links led. */
  constructor(
    disk: RecordedDisk,
    file: { node: NodeId; path: string; name: string; writable: boolean },
  ) {
    this.path = file.path;
    this.node = file.node;
    this.#disk = disk;
    this.#writable = file.writable;
    disk.open.set(this, [file.node, file.name]);
  }

  stat(): MediaStat {
    this.#disk.faults.beforeLook('stat', this.path);
    this.#demandOpen();
    return this.#disk.image.statOf(this.node);
  }

  read(offset: number, length: number): Uint8Array {
    this.#disk.faults.beforeLook('read', this.path);
    this.#demandOpen();
    return new Uint8Array(this.readQuietly(offset, length));
  }

  /** As `read`, for the bulk calls, which count as one call. @throws SystemError EIO */
  readQuietly(offset: number, length: number): Uint8Array {
    const data = this.peek(offset, length);
    if (data === undefined) throw refuse('EIO', 'read', this.path);
    return data;
  }

  /** What `read` would give, a view where that is possible; undefined where it would fail with EIO. */
  peek(offset: number, length: number): Uint8Array | undefined {
    const file = this.#file();
    if (offset + length > file.size) return undefined;
    if (!file.unreadable.isEmpty) {
      const wanted = RangeSet.of({ offset, end: offset + length });
      if (!file.unreadable.intersect(wanted).isEmpty) return undefined;
    }
    const from = offset % PAGE;
    if (from + length > PAGE) return file.content.read(offset, length);
    return file.content.page((offset - from) / PAGE).subarray(from, from + length);
  }

  write(offset: number, data: Uint8Array): void {
    if (data.length === 0) return;
    this.#disk.change('write', this.path, () => {
      const file = this.#writableFile();
      this.#disk.demandSpace(this.path, newPages(file, offset, data.length));
      return { kind: 'write', node: this.node, offset, data: new Uint8Array(data) };
    });
  }

  allocate(size: number): void {
    this.#disk.change('allocate', this.path, () => {
      const file = this.#writableFile();
      this.#disk.demandSpace(this.path, newPages(file, 0, size));
      return { kind: 'allocate', node: this.node, size };
    });
  }

  /** Zeros in place of what was there; the log calls it a write. */
  exchangeBlocks(offset: number, length: number): void {
    this.#demandOpen();
    const { size } = this.#disk.image.statOf(this.node);
    this.write(offset, new Uint8Array(Math.max(0, Math.min(length, size - offset))));
  }

  setAccess(access: Access): void {
    this.#disk.change('set-access', this.path, () => {
      this.#demandOpen();
      const { uid } = this.#disk.caller;
      const now = this.#node().access;
      const givesAway = access.uid !== now.uid || access.gid !== now.gid;
      if (uid !== 0 && (uid !== now.uid || givesAway)) throw refuse('EPERM', 'chown', this.path);
      const { mode, uid: owner, gid } = access;
      return { kind: 'set-access', node: this.node, access: { mode, uid: owner, gid } };
    });
  }

  sync(): void {
    this.#disk.change('sync', this.path, () => {
      this.#demandOpen();
      return { kind: 'sync', node: this.node };
    });
  }

  tryLock(): boolean {
    this.#disk.faults.beforeLook('lock', this.path);
    this.#demandOpen();
    const holder = this.#disk.locks.get(this.node) ?? this;
    if (holder !== this) return false;
    this.#disk.locks.set(this.node, this);
    return true;
  }

  close(): void {
    if (this.#disk.locks.get(this.node) === this) this.#disk.locks.delete(this.node);
    this.#disk.open.delete(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #demandOpen(): void {
    if (!this.#disk.open.has(this)) throw refuse('EBADF', 'use', this.path);
  }

  #node(): DiskNode {
    return this.#disk.image.node(this.node);
  }

  #file(): FileNode {
    const node = this.#node();
    if (node.kind === 'directory') throw refuse('EISDIR', 'read', this.path);
    if (!('content' in node)) throw refuse('ESPIPE', 'read', this.path);
    return node;
  }

  #writableFile(): FileNode {
    this.#demandOpen();
    if (!this.#writable) throw refuse('EBADF', 'write', this.path);
    return this.#file();
  }
}

/** Pages of a run that the file does not own yet. */
function newPages(file: FileNode, offset: number, length: number): number {
  let pages = 0;
  for (let index = Math.floor(offset / PAGE); index * PAGE < offset + length; index++) {
    if (index * PAGE >= file.reserved && !file.content.has(index)) pages++;
  }
  return pages;
}
