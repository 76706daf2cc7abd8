import path from 'node:path';
import { RangeSet, errnoOf, type Range } from '../../../base/index.ts';
import type {
  CompareOptions,
  Comparison,
  CopyOptions,
  Extent,
  Media,
  MediaFile,
  MediaStat,
} from '../media.ts';
import type { CallFaults } from './call-faults.ts';
import type { Change, NodeId } from './change.ts';
import { PAGE, sameBytes } from './content.ts';
import { DiskImage, refuse } from './disk-image.ts';
import { MemoryFile } from './memory-file.ts';
import { RecordedDisk, type Caller } from './recorded-disk.ts';

/** Runs of zeros at least this long stay unwritten when the target reads as zeros. */
const ZERO_BLOCK = 64 * 1024;
const ZEROS = new Uint8Array(ZERO_BLOCK);

export interface MemoryMediaOptions {
  /** Taken over, not copied: the medium changes it. */
  readonly image?: DiskImage;
  /** Bytes that `copy` writes with one recorded call, a multiple of 64 KiB; a crash can fall between two. */
  readonly copyChunk?: number;
  readonly caller?: Caller;
  /** Seconds since 1970, for the times of nodes. */
  readonly clock?: () => bigint;
}

/**
 * Media in memory. Counts, records, fails and forgets calls on request: what a run leaves behind when it is cut off
 * at any change is the image it began with plus a prefix of `log`, and what a power failure may make of it is `powerLoss` of both.
 */
export class MemoryMedia implements Media {
  readonly #disk: RecordedDisk;
  readonly #copyChunk: number;

  constructor(options: MemoryMediaOptions = {}) {
    const caller = options.caller ?? { uid: 0, gid: 0 };
    const clock = options.clock ?? (() => 1_700_000_000n);
    this.#disk = new RecordedDisk(options.image ?? new DiskImage(), caller, clock);
    this.#copyChunk = options.copyChunk ?? 1024 * 1024;
  }

  get image(): DiskImage {
    return this.#disk.image;
  }

  /** Every change made so far, in order; failed calls have changed nothing and are not in it. */
  get log(): readonly Change[] {
    return this.#disk.log;
  }

  get faults(): CallFaults {
    return this.#disk.faults;
  }

  /** Another process takes the lock of a file, until the returned function is called. */
  lockElsewhere(target: string): () => void {
    const { node } = this.#existing(target);
    const other = {};
    this.#disk.locks.set(node, other);
    return () => void (this.#disk.locks.get(node) === other && this.#disk.locks.delete(node));
  }

  stat(target: string): MediaStat | undefined {
    this.faults.beforeLook('stat', target);
    try {
      this.#demandSearch(target);
      const { node } = this.image.lookup(target);
      return node === undefined ? undefined : this.image.statOf(node);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  resolve(target: string): string {
    this.faults.beforeLook('stat', target);
    const { path: own, node } = this.image.nameOf(target);
    const isLink = node !== undefined && this.image.node(node).kind === 'link';
    return isLink ? this.image.lookup(own).path : target;
  }

  list(target: string): readonly string[] {
    this.faults.beforeLook('list', target);
    const directory = this.#directory(target);
    this.#disk.demand(this.image.node(directory.node), 'read', target);
    return this.image.childrenOf(directory.path);
  }

  space(target: string): { readonly free: number; readonly fileSystem: string } {
    this.faults.beforeLook('stat', target);
    const fileSystem = this.image.fileSystemOf(this.#existing(target).path);
    const free = this.image.freeBytes(fileSystem, new Map(this.#disk.open.values()));
    return { free, fileSystem: `memory:${fileSystem}` };
  }

  canModifyDirectory(target: string): boolean {
    this.faults.beforeLook('stat', target);
    try {
      return this.#disk.allowsNames(this.image.node(this.#directory(target).node));
    } catch {
      return false;
    }
  }

  open(target: string, mode: 'read' | 'write'): MediaFile {
    this.faults.beforeLook('open', target);
    const { node, path: name } = this.#existing(target);
    const found = this.image.node(node);
    this.#disk.demand(found, 'read', target);
    if (mode === 'write') {
      this.#disk.demand(found, 'write', target);
      if (found.kind === 'directory') throw refuse('EISDIR', 'open', target);
    }
    return this.#opened(node, target, name, mode === 'write');
  }

  create(target: string, mode: number): MediaFile {
    const node = this.image.nextNode;
    let name = target;
    this.#disk.change('create', target, () => {
      const place = this.#place(target);
      if (place.node !== undefined) throw refuse('EEXIST', 'create', target);
      name = place.path;
      return { kind: 'create', path: name, node, access: this.#disk.accessOf(mode) };
    });
    return this.#opened(node, target, name, true);
  }

  readFile(target: string): Uint8Array {
    using file = this.open(target, 'read');
    return file.read(0, file.stat().size);
  }

  rename(from: string, to: string): void {
    this.#disk.change('rename', from, () => {
      const source = this.#place(from);
      const target = this.#place(to);
      if (source.node === undefined) throw refuse('ENOENT', 'rename', from);
      if (target.node !== undefined && this.image.node(target.node).kind === 'directory') {
        throw refuse('EISDIR', 'rename', from);
      }
      if (this.image.fileSystemOf(source.path) !== this.image.fileSystemOf(target.path)) {
        throw refuse('EXDEV', 'rename', from);
      }
      return { kind: 'rename', from: source.path, to: target.path };
    });
  }

  unlink(target: string): void {
    this.#disk.change('unlink', target, () => {
      const { path: name, node } = this.#place(target);
      if (node === undefined) throw refuse('ENOENT', 'unlink', target);
      if (this.image.node(node).kind === 'directory') throw refuse('EISDIR', 'unlink', target);
      return { kind: 'unlink', path: name };
    });
  }

  syncDirectory(target: string): void {
    this.#disk.change('sync-directory', target, () => {
      return { kind: 'sync-directory', path: this.#directory(target).path };
    });
  }

  async copy(source: Extent, target: Extent, length: number, options: CopyOptions): Promise<void> {
    const from = memoryFile(source);
    const to = memoryFile(target);
    for (let at = 0; at < length; at += this.#copyChunk) {
      // Lets other copies have their turn, as they would on a real medium.
      await Promise.resolve();
      options.signal?.throwIfAborted();
      const size = Math.min(this.#copyChunk, length - at);
      this.faults.beforeLook('read', from.path);
      const data = from.readQuietly(source.offset + at, size);
      for (const run of options.targetIsZero ? dataRuns(data) : [{ offset: 0, end: size }]) {
        to.write(target.offset + at + run.offset, data.subarray(run.offset, run.end));
      }
      options.onBytes?.(size);
    }
  }

  async compare(
    a: Extent,
    b: Extent,
    length: number,
    options: CompareOptions = {},
  ): Promise<Comparison> {
    const [first, second] = [memoryFile(a), memoryFile(b)];
    const differing: Range[] = [];
    const unreadable: [Range[], Range[]] = [[], []];
    this.faults.beforeLook('compare', first.path);
    for (let at = 0; at < length; at += PAGE) {
      if (at % this.#copyChunk === 0) await Promise.resolve();
      options.signal?.throwIfAborted();
      const size = Math.min(PAGE, length - at);
      const range = { offset: a.offset + at, end: a.offset + at + size };
      const one = first.peek(a.offset + at, size);
      const other = second.peek(b.offset + at, size);
      if (one === undefined) unreadable[0].push(range);
      if (other === undefined) unreadable[1].push(range);
      if (one !== undefined && other !== undefined && !sameBytes(one, other)) {
        differing.push(range);
      }
      options.onBytes?.(size);
    }
    return {
      differing: RangeSet.from(differing),
      unreadable: [RangeSet.from(unreadable[0]), RangeSet.from(unreadable[1])],
    };
  }

  #opened(node: NodeId, target: string, name: string, writable: boolean): MemoryFile {
    return new MemoryFile(this.#disk, { node, path: target, name, writable });
  }

  #existing(target: string): { readonly path: string; readonly node: NodeId } {
    this.#demandSearch(target);
    const { path: name, node } = this.image.lookup(target);
    if (node === undefined) throw refuse('ENOENT', 'open', target);
    return { path: name, node };
  }

  #directory(target: string): { readonly path: string; readonly node: NodeId } {
    const found = this.#existing(target);
    if (this.image.node(found.node).kind !== 'directory') throw refuse('ENOTDIR', 'open', target);
    return found;
  }

  /** A name that is about to be made, changed or removed. @throws SystemError EACCES, ENOENT, ENOTDIR */
  #place(target: string): { readonly path: string; readonly node: NodeId | undefined } {
    const place = this.image.nameOf(target);
    const directory = this.image.lookup(path.dirname(place.path)).node!;
    if (!this.#disk.allowsNames(this.image.node(directory))) throw refuse('EACCES', 'open', target);
    return place;
  }

  /** @throws SystemError EACCES */
  #demandSearch(target: string): void {
    const { node } = this.image.lookup(path.dirname(path.resolve('/', target)));
    if (node !== undefined) this.#disk.demand(this.image.node(node), 'search', target);
  }
}

function memoryFile({ file }: Extent): MemoryFile {
  if (!(file instanceof MemoryFile)) throw new TypeError('file must come from MemoryMedia');
  return file;
}

/** The parts of `data` that hold anything but zeros. */
function dataRuns(data: Uint8Array): readonly Range[] {
  const runs: Range[] = [];
  for (let offset = 0; offset < data.length; offset += ZERO_BLOCK) {
    const end = Math.min(offset + ZERO_BLOCK, data.length);
    const block = data.subarray(offset, end);
    if (Buffer.compare(block, ZEROS.subarray(0, block.length)) === 0) continue;
    const last = runs.at(-1);
    if (last?.end === offset) runs[runs.length - 1] = { offset: last.offset, end };
    else runs.push({ offset, end });
  }
  return runs;
}
