import assert from 'node:assert/strict';
import path from 'node:path';
import { Content } from '../../src/pool/media/memory/content.ts';
import type { DiskImage, FileNode } from '../../src/pool/media/memory/disk-image.ts';
import { allParts, partName, type Part } from '../../src/pool/poolset/index.ts';
import type { DamagedPool } from './scenarios.ts';

const PAGE = 4096;

/** Fields of a rewritten header that say when it was made, and the checksum that covers them. */
const REMADE = [
  [120, 128],
  [4088, 4096],
] as const;
/** Its uuid, those of its neighbours in the replica and of the replicas' first parts. */
const UUIDS = [40, 120] as const;

/** Why the image is not the pool as it was before the damage; undefined when it is. */
export function differenceFromSound(pool: DamagedPool, image: DiskImage): string | undefined {
  return differenceIn(pool, image, allParts(pool.set));
}

/** The first replica that is neither as it was before the repair nor as it is after it; undefined when there is none. */
export function halfRepairedReplica(pool: DamagedPool, image: DiskImage): number | undefined {
  const half = pool.set.replicas.find(({ parts }) => {
    const untouched = parts.every(({ path: target }) => {
      const before = fileOrNothing(pool.damaged, target)?.content ?? Content.empty();
      const now = fileOrNothing(image, target)?.content ?? Content.empty();
      return before.differingPages(now).length === 0;
    });
    return !untouched && differenceIn(pool, image, parts) !== undefined;
  });
  return half?.index;
}

function differenceIn(
  pool: DamagedPool,
  image: DiskImage,
  parts: readonly Part[],
): string | undefined {
  for (const part of parts) {
    const why = partDifference(pool, image, part);
    if (why !== undefined) return `${partName(part)} ${why}`;
  }
  return undefined;
}

function partDifference(pool: DamagedPool, image: DiskImage, part: Part): string | undefined {
  const original = pool.image.fileAt(part.path);
  const found = fileOrNothing(image, part.path);
  if (found === undefined) return 'is missing';
  if (found.size !== original.size) return `has ${found.size} bytes, not ${original.size}`;
  const isTarget = pool.scenario.targets.includes(partName(part));
  const pages = original.content.differingPages(found.content).filter((page) => {
    if (page !== 0 || !isTarget || !part.hasHeader) return true;
    return !isSameHeader(pool, part, original.content.page(0), found.content.page(0));
  });
  return pages.length === 0
    ? undefined
    : `differs in ${pages.length} pages, the first at byte ${Math.min(...pages) * PAGE}`;
}

function isSameHeader(pool: DamagedPool, part: Part, a: Uint8Array, b: Uint8Array): boolean {
  const renewed = pool.scenario.newUuids ?? [];
  const neighbours = pool.set.replicas[part.replica]!.parts.some((other) =>
    renewed.includes(partName(other)),
  );
  const masks = neighbours ? [...REMADE, UUIDS] : REMADE;
  const [first, second] = [a.slice(), b.slice()];
  for (const header of [first, second]) for (const [from, to] of masks) header.fill(0, from, to);
  return Buffer.compare(first, second) === 0;
}

/** Parts that were sound before the repair began hold every byte, whatever became of the others. */
export function assertSoundPartsUntouched(pool: DamagedPool, image: DiskImage): void {
  for (const part of allParts(pool.set)) {
    if (pool.scenario.targets.includes(partName(part))) continue;
    const before = pool.damaged.fileAt(part.path);
    const now = fileOrNothing(image, part.path);
    assert.ok(now !== undefined, `${partName(part)} is gone`);
    assert.equal(now.size, before.size, `${partName(part)} has another size`);
    assert.deepEqual(now.access, before.access, `${partName(part)} has another mode or owner`);
    assert.deepEqual(before.content.differingPages(now.content), [], `${partName(part)} changed`);
  }
}

/**
 * As `assertSoundPartsUntouched`, for runs that could not read a sound part for a moment: its header may have been written anew, its
 * data not.
 */
export function assertSoundDataUntouched(pool: DamagedPool, image: DiskImage): void {
  const lenient = withAnyTarget(pool);
  for (const part of allParts(pool.set)) {
    if (pool.scenario.targets.includes(partName(part))) continue;
    const why = partDifference(lenient, image, part);
    assert.equal(why, undefined, `${partName(part)} ${why}`);
  }
}

/** The same pool, where any header may come out of a repair with another time and other uuids. */
export function withAnyTarget(pool: DamagedPool): DamagedPool {
  const names = allParts(pool.set).map(partName);
  return { ...pool, scenario: { ...pool.scenario, targets: names, newUuids: names } };
}

/** The pool as it was before the damage, complete, with nothing left over. */
export function assertRepaired(pool: DamagedPool, image: DiskImage): void {
  assert.equal(differenceFromSound(pool, image), undefined);
  for (const part of allParts(pool.set)) {
    const { access } = pool.image.fileAt(part.path);
    const now = image.fileAt(part.path);
    assert.deepEqual(now.access, access, `${partName(part)} has another mode or owner`);
    assert.ok(now.reserved >= now.size, `${partName(part)} does not own its blocks`);
  }
  const leftovers = image
    .names()
    .map(([name]) => path.basename(name))
    .filter((name) => name.endsWith('.resilver-new'));
  assert.deepEqual(leftovers, []);
}

function fileOrNothing(image: DiskImage, target: string): FileNode | undefined {
  try {
    return image.fileAt(target);
  } catch {
    return undefined;
  }
}
