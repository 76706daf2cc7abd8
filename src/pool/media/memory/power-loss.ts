import path from 'node:path';
import { invariant } from '../../../base/index.ts';
import type { Access, Change, NodeId } from './change.ts';
import { PAGE } from './content.ts';
import { newFile, type DiskImage, type FileNode } from './disk-image.ts';

/**
 * What became of changes that nothing had made durable: nothing of them is there, all of them are, or chance decides
 * for each sector, file and name. The same seed, a whole number, gives the same state.
 */
export type Survival = 'none' | 'all' | { readonly seed: number };

export interface PowerLossOptions {
  /** What a disk writes whole or not at all, bytes; a divisor of 4096. */
  readonly sectorSize?: number;
}

type NameChange = Change & { readonly kind: 'create' | 'rename' | 'unlink' };
type DataChange = Change & { readonly kind: 'write' | 'allocate' | 'set-access' };

interface Version<T> {
  readonly value: T;
  /** It was pending when a sync failed: no later sync makes it durable. */
  doomed: boolean;
}

/** What of one file may reach the disk or not; the newest version comes last. */
interface Pending {
  readonly pages: Map<number, Version<Uint8Array>[]>;
  sizes: Version<{ readonly size: number; readonly reserved: number }>[];
  accesses: Version<Access>[];
}

/**
 * A state that the disk may hold when the power fails after `changes`, made to a disk that held `initial`. The model is weaker than any
 * common file system: it promises what POSIX and the disk promise, and no order beyond that.
 *
 * 1. A sector of written data is on disk in the version of the last `sync` of its file, or in any version written since,
 *    independently of all other sectors. What was never written reads as zeros.
 * 2. Size (with reservation) and access (mode and owner) of a file are each as at its last `sync`, or as any change since made them.
 * 3. A failed `sync` dooms what was pending: a later `sync` does not make it durable, as the kernel has marked the pages clean.
 * 4. A name that was created, renamed or removed is so for sure only after `syncDirectory` of its directory; `sync` of a file does not
 *    save its name. A rename happens whole or not at all, and follows the `syncDirectory` of its target's directory.
 * 5. Name changes that touch a common name reach the disk in order; others in any order.
 * 6. A created file is on disk with the access it was created with, empty, as soon as its name is.
 */
export function powerLoss(
  initial: DiskImage,
  changes: readonly Change[],
  survival: Survival,
  { sectorSize = 512 }: PowerLossOptions = {},
): DiskImage {
  invariant(PAGE % sectorSize === 0, 'A page is a whole number of sectors', { sectorSize });
  const disk = new Disk(initial);
  for (const change of changes) disk.record(change);
  return disk.afterPowerLoss(survival, sectorSize);
}

/** The durable state, and beside it everything that the kernel holds and the disk may not. */
class Disk {
  readonly #durable: DiskImage;
  /** What a reader sees; holds the nodes whose names are not durable yet, too. */
  readonly #visible: DiskImage;
  readonly #pending = new Map<NodeId, Pending>();
  #names: NameChange[] = [];

  constructor(initial: DiskImage) {
    this.#durable = initial.clone();
    this.#visible = initial.clone();
  }

  record(change: Change): void {
    this.#visible.apply(change);
    switch (change.kind) {
      case 'create':
        this.#durable.addNode(change.node, newFile(change.access, change.atSeconds));
        this.#names.push(change);
        break;
      case 'rename':
      case 'unlink':
        this.#names.push(change);
        break;
      case 'write':
      case 'allocate':
      case 'set-access':
        this.#recordData(change);
        break;
      case 'sync':
        this.#syncFile(change.node);
        break;
      case 'failed-sync':
        for (const version of versionsOf(this.#pendingOf(change.node))) version.doomed = true;
        break;
      case 'sync-directory':
        this.#syncNames(change.path);
        break;
    }
  }

  afterPowerLoss(survival: Survival, sectorSize: number): DiskImage {
    const result = this.#durable;
    if (survival === 'none') return result;
    const chance = survival === 'all' ? undefined : new Chance(survival.seed);
    for (const change of survivingNames(this.#names, chance)) applyName(result, change);
    for (const [id, pending] of this.#pending) {
      settle(fileOf(result, id), pending, chance, sectorSize);
    }
    return result;
  }

  #recordData(change: DataChange): void {
    const pending = this.#pendingOf(change.node);
    const now = fileOf(this.#visible, change.node);
    if (change.kind === 'set-access') {
      pending.accesses.push({ value: now.access, doomed: false });
      return;
    }
    pending.sizes.push({ value: { size: now.size, reserved: now.reserved }, doomed: false });
    if (change.kind === 'allocate') return;
    const end = change.offset + change.data.length;
    for (let index = Math.floor(change.offset / PAGE); index * PAGE < end; index++) {
      const versions = pending.pages.get(index) ?? [];
      versions.push({ value: now.content.page(index), doomed: false });
      pending.pages.set(index, versions);
    }
  }

  #syncFile(id: NodeId): void {
    const pending = this.#pendingOf(id);
    const file = fileOf(this.#durable, id);
    for (const [index, versions] of pending.pages) {
      const last = durableVersion(versions);
      if (last === undefined) continue;
      file.content.setPage(index, last);
      pending.pages.delete(index);
    }
    const size = durableVersion(pending.sizes);
    if (size !== undefined) {
      Object.assign(file, size);
      pending.sizes = [];
    }
    const access = durableVersion(pending.accesses);
    if (access !== undefined) {
      file.access = access;
      pending.accesses = [];
    }
  }

  /** Name changes in the directory, and those before them that touch the same names, become durable. */
  #syncNames(directory: string): void {
    const needed = new Set<string>();
    const durable = new Set<NameChange>();
    for (const change of this.#names.toReversed()) {
      const names = namesOf(change);
      if (path.dirname(names.at(-1)!) !== directory && !names.some((name) => needed.has(name))) {
        continue;
      }
      durable.add(change);
      for (const name of names) needed.add(name);
    }
    for (const change of this.#names) if (durable.has(change)) applyName(this.#durable, change);
    this.#names = this.#names.filter((change) => !durable.has(change));
  }

  #pendingOf(id: NodeId): Pending {
    const pending = this.#pending.get(id) ?? { pages: new Map(), sizes: [], accesses: [] };
    this.#pending.set(id, pending);
    return pending;
  }
}

/**
 * Reproducible draws, cheap enough for one a sector; neighbouring seeds have nothing in common. A Weyl sequence as in SplitMix through a
 * 32-bit mixer of two rounds. Source: hash-prospector, README, the constants 21f0aaad and 735a2d97.
 */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 up to but without `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % bound;
  }
}

function survivingNames(
  changes: readonly NameChange[],
  chance: Chance | undefined,
): readonly NameChange[] {
  if (chance === undefined) return changes;
  const lost = new Set<string>();
  return changes.filter((change) => {
    const names = namesOf(change);
    const kept = chance.below(2) === 1 && !names.some((name) => lost.has(name));
    if (!kept) for (const name of names) lost.add(name);
    return kept;
  });
}

/** The target of a rename comes last. */
function namesOf(change: NameChange): readonly string[] {
  return change.kind === 'rename' ? [change.from, change.to] : [change.path];
}

function applyName(image: DiskImage, change: NameChange): void {
  // The node exists from the start: it may have held durable data before it had a durable name.
  if (change.kind === 'create') image.setName(change.path, change.node);
  else image.apply(change);
}

function settle(
  file: FileNode,
  pending: Pending,
  chance: Chance | undefined,
  sectorSize: number,
): void {
  // Half of the files keep all or nothing: chance alone would hardly ever spare a whole one.
  const fate = chance?.below(4) ?? 0;
  const pick = <T>(versions: readonly Version<T>[]): T | undefined => {
    if (fate === 0 || chance === undefined) return versions.at(-1)?.value;
    return fate === 1 ? undefined : versions[chance.below(versions.length + 1) - 1]?.value;
  };
  Object.assign(file, pick(pending.sizes));
  file.access = pick(pending.accesses) ?? file.access;
  for (const [index, versions] of pending.pages) {
    const page = new Uint8Array(file.content.page(index));
    for (let at = 0; at < PAGE; at += sectorSize) {
      const sector = pick(versions)?.subarray(at, at + sectorSize);
      if (sector !== undefined) page.set(sector, at);
    }
    file.content.setPage(index, page);
  }
  file.content.cut(file.size);
}

function versionsOf(pending: Pending): Version<unknown>[] {
  return [...[...pending.pages.values()].flat(), ...pending.sizes, ...pending.accesses];
}

function durableVersion<T>(versions: readonly Version<T>[]): T | undefined {
  const last = versions.at(-1);
  return last === undefined || last.doomed ? undefined : last.value;
}

function fileOf(image: DiskImage, id: NodeId): FileNode {
  const node = image.node(id);
  invariant('content' in node, 'Only files have data', { id });
  return node;
}
