import { CallFaults } from './call-faults.ts';
import type { Access, Change, ChangeKind, NodeId } from './change.ts';
import { PAGE } from './content.ts';
import { refuse, type DiskImage, type DiskNode } from './disk-image.ts';

/** Who makes the calls. Uid 0 may do everything. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
}

/** Permission bits of one class of users. */
const READ = 4;
const WRITE = 2;
const SEARCH = 1;

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** A disk image in use: what open files and paths share. */
export class RecordedDisk {
  readonly image: DiskImage;
  readonly caller: Caller;
  readonly faults = new CallFaults();
  readonly log: Change[] = [];
  /** Holder of the lock of a node: an open file, or another process. */
  readonly locks = new Map<NodeId, object>();
  /** Nodes that somebody has open, with the name they were opened by. */
  readonly open = new Map<object, readonly [NodeId, string]>();
  readonly #clock: () => bigint;

  constructor(image: DiskImage, caller: Caller, clock: () => bigint) {
    this.image = image;
    this.caller = caller;
    this.#clock = clock;
  }

  /** Applies and records a change that has passed its checks. */
  commit(change: Without<Change, 'atSeconds'>): void {
    const dated = { ...change, atSeconds: this.#clock() } as Change;
    this.image.apply(dated);
    this.log.push(dated);
  }

  /** The order of every changing call: planned faults, then what the file system itself says, then the change. */
  change(
    kind: ChangeKind,
    path: string,
    check: () => Without<Change, 'atSeconds'> | undefined,
  ): void {
    try {
      this.faults.beforeChange(kind, path);
    } catch (error) {
      if (kind === 'sync' && !this.faults.killed) this.#commitFailedSync(check());
      throw error;
    }
    const change = check();
    if (change !== undefined) this.commit(change);
  }

  /** @throws SystemError EACCES */
  demand(node: DiskNode, permission: 'read' | 'write' | 'search', path: string): void {
    if (!this.allows(node, { read: READ, write: WRITE, search: SEARCH }[permission])) {
      throw refuse('EACCES', 'open', path);
    }
  }

  /** Whether names in the directory may be made and removed. */
  allowsNames(directory: DiskNode): boolean {
    return this.allows(directory, WRITE | SEARCH);
  }

  allows({ access }: DiskNode, bits: number): boolean {
    if (this.caller.uid === 0) return true;
    const shift = this.caller.uid === access.uid ? 6 : this.caller.gid === access.gid ? 3 : 0;
    return ((access.mode >> shift) & bits) === bits;
  }

  /** @throws SystemError ENOSPC when the file system of `path` has no room for `pages` more */
  demandSpace(path: string, pages: number): void {
    const fileSystem = this.image.fileSystemOf(this.image.lookup(path).path);
    const free = this.image.freeBytes(fileSystem, new Map(this.open.values()));
    if (pages * PAGE > free) throw refuse('ENOSPC', 'write', path);
  }

  accessOf(mode: number): Access {
    return { mode, ...this.caller };
  }

  #commitFailedSync(change: Without<Change, 'atSeconds'> | undefined): void {
    if (change?.kind === 'sync') this.commit({ kind: 'failed-sync', node: change.node });
  }
}
