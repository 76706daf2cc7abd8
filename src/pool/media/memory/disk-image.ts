import path from 'node:path';
import { RangeSet, SystemError, invariant } from '../../../base/index.ts';
import type { MediaStat } from '../media.ts';
import type { Access, Change, NodeId } from './change.ts';
import { Content, PAGE } from './content.ts';

/** Linux resolves at most this many links in one path. Source: path_resolution(7). */
const MAX_LINKS = 40;

interface Inode {
  access: Access;
  ctimeSeconds: bigint;
}

export interface FileNode extends Inode {
  readonly kind: 'file' | 'dax';
  readonly content: Content;
  size: number;
  /** Blocks are owned for the bytes before this offset, written or not. */
  reserved: number;
  /** Reading these bytes fails with EIO, until they are written. */
  unreadable: RangeSet;
}

/** A directory, or something that is neither file nor directory, such as a fifo. */
export interface PlainNode extends Inode {
  readonly kind: 'directory' | 'other';
}

export interface LinkNode extends Inode {
  readonly kind: 'link';
  readonly target: string;
}

export type DiskNode = FileNode | PlainNode | LinkNode;

/** Where a path leads: the name after all links, and what has that name. */
interface Place {
  readonly path: string;
  readonly node: NodeId | undefined;
}

const ROOT = { mode: 0o755, uid: 0, gid: 0 };

/**
 * Everything that a set of file systems holds at one moment. Copies share their pages: one for every step of a run is cheap.
 * Methods that take a path throw `SystemError` as the system call would.
 */
export class DiskImage {
  readonly #nodes: Map<NodeId, DiskNode>;
  readonly #names: Map<string, NodeId>;
  /** Bytes that the file system mounted at a path can hold. */
  readonly #capacities: Map<string, number>;
  #nextNode: NodeId;

  constructor(origin?: DiskImage) {
    this.#nodes = new Map(origin?.nodes().map(([id, node]) => [id, copyOf(node)]));
    this.#names = new Map(origin?.names());
    this.#capacities = new Map(origin === undefined ? [] : origin.#capacities);
    this.#nextNode = origin === undefined ? 1 : origin.#nextNode;
    if (origin === undefined) this.addDirectory('/');
  }

  clone(): DiskImage {
    return new DiskImage(this);
  }

  names(): [string, NodeId][] {
    return [...this.#names];
  }

  nodes(): [NodeId, DiskNode][] {
    return [...this.#nodes];
  }

  /** Makes a directory and those above it. Nothing happens where one is already. */
  addDirectory(target: string, access: Access = ROOT): void {
    if (this.#names.has(target)) return;
    if (target !== '/') this.addDirectory(path.dirname(target));
    this.#add(target, { kind: 'directory', access, ctimeSeconds: 0n });
  }

  /** Replaces what has the name. The content is copied; pages of zeros become holes within a reservation. */
  addFile(
    target: string,
    bytes: Uint8Array,
    options: { kind?: 'file' | 'dax'; access?: Access; ctimeSeconds?: bigint } = {},
  ): NodeId {
    const content = Content.empty();
    content.write(0, new Uint8Array(bytes));
    content.dropZeroPages();
    return this.#add(target, {
      kind: options.kind ?? 'file',
      access: options.access ?? { ...ROOT, mode: 0o600 },
      ctimeSeconds: options.ctimeSeconds ?? 0n,
      content,
      size: bytes.length,
      reserved: bytes.length,
      unreadable: RangeSet.empty,
    });
  }

  addLink(name: string, target: string): void {
    this.#add(name, { kind: 'link', target, access: { ...ROOT, mode: 0o777 }, ctimeSeconds: 0n });
  }

  /** Something that is there and is neither file nor directory. */
  addOther(target: string): void {
    this.#add(target, { kind: 'other', access: { ...ROOT, mode: 0o600 }, ctimeSeconds: 0n });
  }

  /** A file system of its own below the directory `target`, which must exist. */
  mount(target: string, capacity: number): void {
    this.#capacities.set(target, capacity);
  }

  node(id: NodeId): DiskNode {
    const node = this.#nodes.get(id);
    invariant(node !== undefined, 'A node outlives its names', { id });
    return node;
  }

  /** @throws SystemError ENOENT, ENOTDIR, ELOOP */
  fileAt(target: string): FileNode {
    const { node } = this.lookup(target);
    const found = node === undefined ? undefined : this.node(node);
    if (found === undefined) throw refuse('ENOENT', 'open', target);
    if (found.kind !== 'file' && found.kind !== 'dax') throw refuse('EISDIR', 'open', target);
    return found;
  }

  /** Makes bytes of a file unreadable. */
  damage(target: string, unreadable: RangeSet): void {
    const file = this.fileAt(target);
    file.unreadable = file.unreadable.union(unreadable);
  }

  /** Follows all links; `node` is undefined when the last name does not exist. @throws SystemError ENOENT, ENOTDIR, ELOOP */
  lookup(target: string, followLast = true): Place {
    return this.#walk(path.resolve('/', target), followLast, MAX_LINKS);
  }

  /** What has exactly this name, links not followed. @throws SystemError ENOENT, ENOTDIR, ELOOP */
  nameOf(target: string): Place {
    return this.lookup(target, false);
  }

  /** Last components of the names right below a directory. */
  childrenOf(directory: string): string[] {
    return [...this.#names.keys()]
      .filter((name) => name !== '/' && path.dirname(name) === directory)
      .map((name) => path.basename(name));
  }

  statOf(id: NodeId): MediaStat {
    const node = this.node(id);
    invariant(node.kind !== 'link', 'Links are followed before anything is looked at');
    return {
      kind: node.kind,
      size: 'size' in node ? node.size : 0,
      ...node.access,
      identity: `memory:${id}`,
      ctimeSeconds: node.ctimeSeconds,
    };
  }

  /** Mount point of the file system that holds `target`. */
  fileSystemOf(target: string): string {
    const below = [...this.#capacities.keys()].filter(
      (mount) => target === mount || target.startsWith(mount === '/' ? '/' : `${mount}/`),
    );
    return below.toSorted((a, b) => b.length - a.length)[0] ?? '/';
  }

  /** Bytes still free; `pinned` are nodes that are open and may have lost their name. Infinite without `mount`. */
  freeBytes(fileSystem: string, pinned: ReadonlyMap<NodeId, string>): number {
    const capacity = this.#capacities.get(fileSystem) ?? Infinity;
    if (capacity === Infinity) return capacity;
    const owners = new Map<NodeId, string>(pinned);
    for (const [name, id] of this.#names) owners.set(id, name);
    let used = 0;
    for (const [id, name] of owners) {
      if (this.fileSystemOf(name) === fileSystem) used += ownedBytes(this.node(id));
    }
    return capacity - used;
  }

  /** The number that the next created node will have. */
  get nextNode(): NodeId {
    return this.#nextNode;
  }

  /** Applies a change that was possible when it was made. */
  apply(change: Change): void {
    switch (change.kind) {
      case 'create':
        invariant(!this.#names.has(change.path), 'A created name is new', { path: change.path });
        this.addNode(change.node, newFile(change.access, change.atSeconds));
        this.setName(change.path, change.node);
        break;
      case 'rename': {
        const id = this.#names.get(change.from);
        invariant(id !== undefined, 'A renamed name exists', { path: change.from });
        this.setName(change.from, undefined);
        this.setName(change.to, id);
        break;
      }
      case 'unlink':
        this.setName(change.path, undefined);
        break;
      case 'write':
      case 'allocate':
      case 'set-access':
        applyToFile(this.#file(change.node), change);
        break;
      case 'sync':
      case 'failed-sync':
      case 'sync-directory':
        break;
    }
  }

  addNode(id: NodeId, node: DiskNode): void {
    this.#nodes.set(id, node);
    this.#nextNode = Math.max(this.#nextNode, id + 1);
  }

  setName(name: string, id: NodeId | undefined): void {
    if (id === undefined) this.#names.delete(name);
    else this.#names.set(name, id);
  }

  #file(id: NodeId): FileNode {
    const node = this.node(id);
    invariant(node.kind === 'file' || node.kind === 'dax', 'Only files change', { id });
    return node;
  }

  #add(target: string, node: DiskNode): NodeId {
    if (target !== '/') this.addDirectory(path.dirname(target));
    const id = this.#nextNode;
    this.addNode(id, node);
    this.#names.set(target, id);
    return id;
  }

  #walk(target: string, followLast: boolean, linksLeft: number): Place {
    if (target === '/') return { path: '/', node: this.#names.get('/') };
    const parent = this.#walk(path.dirname(target), true, linksLeft);
    if (parent.node === undefined) throw refuse('ENOENT', 'open', target);
    if (this.node(parent.node).kind !== 'directory') throw refuse('ENOTDIR', 'open', target);
    const name = path.join(parent.path, path.basename(target));
    const id = this.#names.get(name);
    const node = id === undefined ? undefined : this.node(id);
    if (node?.kind !== 'link' || !followLast) return { path: name, node: id };
    if (linksLeft === 0) throw refuse('ELOOP', 'open', target);
    return this.#walk(path.resolve(parent.path, node.target), true, linksLeft - 1);
  }
}

export function refuse(errno: string, syscall: string, target: string): SystemError {
  return new SystemError(`Cannot ${syscall} ${target}`, { errno, syscall, path: target });
}

export function newFile(access: Access, ctimeSeconds: bigint): FileNode {
  return {
    kind: 'file',
    access,
    ctimeSeconds,
    content: Content.empty(),
    size: 0,
    reserved: 0,
    unreadable: RangeSet.empty,
  };
}

function applyToFile(
  file: FileNode,
  change: Change & { readonly kind: 'write' | 'allocate' | 'set-access' },
): void {
  file.ctimeSeconds = change.atSeconds;
  if (change.kind === 'write') {
    const end = change.offset + change.data.length;
    file.content.write(change.offset, change.data);
    file.size = Math.max(file.size, end);
    file.unreadable = file.unreadable.subtract(RangeSet.of({ offset: change.offset, end }));
  } else if (change.kind === 'allocate') {
    file.size = Math.max(file.size, change.size);
    file.reserved = Math.max(file.reserved, change.size);
  } else {
    file.access = change.access;
  }
}

/** Bytes of the blocks that a node owns. */
export function ownedBytes(node: DiskNode): number {
  if (!('content' in node)) return 0;
  const reservedPages = Math.ceil(node.reserved / PAGE);
  let pages = reservedPages;
  for (const index of node.content.pageIndices()) if (index >= reservedPages) pages++;
  return pages * PAGE;
}

function copyOf(node: DiskNode): DiskNode {
  return 'content' in node ? { ...node, content: node.content.clone() } : { ...node };
}
