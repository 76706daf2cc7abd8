import assert from 'node:assert/strict';
import type { Media } from '../../src/pool/media/media.ts';
import { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../src/pool/media/memory/memory-media.ts';
import { parsePoolSet, type PoolSet } from '../../src/pool/poolset/index.ts';
import { pathLookup } from '../../src/pool/survey/index.ts';

export const SET_PATH = '/d/my.set';

/** An empty disk with the directories, and the set file if there is a text for it. */
export function diskWith(directories: readonly string[], setText?: string): MemoryMedia {
  const image = new DiskImage();
  for (const directory of directories) image.addDirectory(directory);
  if (setText !== undefined) image.addFile(SET_PATH, Buffer.from(setText));
  return new MemoryMedia({ image });
}

/** The set that a text describes, which must be free of problems. */
export function parseSet(media: Media, setText: string): PoolSet {
  const parsed = parsePoolSet(Buffer.from(setText), SET_PATH, pathLookup(media));
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.set;
}
