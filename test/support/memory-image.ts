import fs from 'node:fs';
import path from 'node:path';
import { PAGE } from '../../src/pool/media/memory/content.ts';
import { DiskImage, type FileNode } from '../../src/pool/media/memory/disk-image.ts';

/**
 * An image of a real directory: everything below it under the same absolute paths, so that pool set files mean the same in
 * both worlds. Files count as fully reserved.
 */
export function loadImage(root: string): DiskImage {
  const image = new DiskImage();
  image.addDirectory(root);
  for (const name of fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const target = path.join(root, name);
    const { mode, uid, gid, ctimeNs } = fs.lstatSync(target, { bigint: true });
    const access = { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid) };
    if (isKind(mode, fs.constants.S_IFLNK)) image.addLink(target, fs.readlinkSync(target));
    else if (isKind(mode, fs.constants.S_IFDIR)) image.addDirectory(target, access);
    else if (isKind(mode, fs.constants.S_IFREG)) {
      const ctimeSeconds = ctimeNs / 1_000_000_000n;
      image.addFile(target, fs.readFileSync(target), { access, ctimeSeconds });
    } else throw new Error(`${target} is neither file, directory nor link`);
  }
  return image;
}

/** Makes the real directory `root` hold what the image holds below the same path, and nothing else. */
export function dumpImage(image: DiskImage, root: string): void {
  fs.rmSync(root, { recursive: true, force: true });
  fs.mkdirSync(root, { recursive: true });
  const below = image.names().filter(([name]) => name.startsWith(`${root}/`));
  for (const [name, id] of below.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const node = image.node(id);
    fs.mkdirSync(path.dirname(name), { recursive: true });
    if (node.kind === 'link') fs.symlinkSync(node.target, name);
    else if (node.kind === 'directory') fs.mkdirSync(name, { recursive: true });
    else if ('content' in node) dumpFile(node, name);
    else throw new Error(`${name} is neither file, directory nor link`);
  }
}

function dumpFile(node: FileNode, target: string): void {
  const fd = fs.openSync(target, 'wx');
  try {
    fs.ftruncateSync(fd, node.size);
    for (const index of node.content.pageIndices()) {
      const length = Math.min(PAGE, node.size - index * PAGE);
      fs.writeSync(fd, node.content.page(index), 0, length, index * PAGE);
    }
    fs.fchownSync(fd, node.access.uid, node.access.gid);
    fs.fchmodSync(fd, node.access.mode);
  } finally {
    fs.closeSync(fd);
  }
}

/** Whole content of a file of an image. */
export function readImage(image: DiskImage, target: string): Uint8Array {
  const file = image.fileAt(target);
  return file.content.read(0, file.size);
}

/** Names of files whose bytes differ, or that only one image has, sorted. */
export function differingFiles(a: DiskImage, b: DiskImage): string[] {
  const [first, second] = [filesOf(a), filesOf(b)];
  return [...new Set([...first.keys(), ...second.keys()])]
    .filter((name) => !isSameFile(first.get(name), second.get(name)))
    .toSorted((x, y) => (x < y ? -1 : 1));
}

function filesOf(image: DiskImage): ReadonlyMap<string, FileNode> {
  const files = new Map<string, FileNode>();
  for (const [name, id] of image.names()) {
    const node = image.node(id);
    if ('content' in node) files.set(name, node);
  }
  return files;
}

function isSameFile(a: FileNode | undefined, b: FileNode | undefined): boolean {
  if (a === undefined || b === undefined || a.size !== b.size) return false;
  // Pages beyond the end were cut off; those that only one has are compared with zeros.
  return a.content.differingPages(b.content).length === 0;
}

function isKind(mode: bigint, kind: number): boolean {
  return (Number(mode) & fs.constants.S_IFMT) === kind;
}
