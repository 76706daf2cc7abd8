import assert from 'node:assert/strict';
import path from 'node:path';
import { seededRandom } from '../../src/base/index.ts';
import {
  allParts,
  applyTransform,
  openPoolSet,
  openTransform,
  planTransform,
  split,
  survey,
  surveyTransform,
  type Survey,
  type TransformPlan,
} from '../../src/pool/index.ts';
import type { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../src/pool/media/memory/memory-media.ts';
import { readImage } from '../support/memory-image.ts';
import { mediaOf } from './repair.ts';
import { realPool, type PoolName } from './real-pools.ts';

const PAGE = 4096;

/** A transformation: a pool that the reference made, and the set file that it is to follow. */
export interface TransformScenario {
  readonly name: string;
  readonly pool: PoolName;
  /** Transformed to this first, without an accident. */
  readonly before?: readonly Lines[];
  readonly after: readonly Lines[];
}

/** What stands between the first line and the end of a set file: options, or the parts of a replica. */
export type Lines = 'SINGLEHDR' | readonly string[];

export interface PreparedTransform {
  readonly source: string;
  readonly destination: string;
  /** Never changed: clone it. */
  readonly image: DiskImage;
  /** The bytes of the pool behind its first header page. */
  readonly data: Uint8Array;
  /** What libpmemobj sees in it. */
  readonly summary: string;
  readonly directory: string;
}

export async function prepareTransform(scenario: TransformScenario): Promise<PreparedTransform> {
  const { directory, setPath, image: initial, summary } = realPool(scenario.pool);
  const media = mediaOf(initial);
  let source = setPath;
  if (scenario.before !== undefined) {
    const next = path.join(directory, 'before.set');
    media.image.addFile(next, setText(directory, scenario.before));
    await runTransform(media, source, next);
    source = next;
  }
  const destination = path.join(directory, 'after.set');
  media.image.addFile(destination, setText(directory, scenario.after));
  const { image } = media;
  const data = poolData(image, await look(image, source), 0);
  return { source, destination, image, data, summary, directory };
}

function setText(directory: string, content: readonly Lines[]): Uint8Array {
  const options = content.includes('SINGLEHDR') ? 'OPTION SINGLEHDR\n' : '';
  const replicas = content
    .filter((lines) => lines !== 'SINGLEHDR')
    .map((parts) => parts.map((part) => part.replace(' ', ` ${directory}/`)).join('\n'));
  return Buffer.from(`PMEMPOOLSET\n${options}${replicas.join('\nREPLICA\n')}\n`);
}

/** The whole of the command, as a user runs it. @throws whatever stops it */
export async function runTransform(
  media: MemoryMedia,
  source: string,
  destination: string,
  seed = 1,
): Promise<TransformPlan> {
  using open = openTransform(source, destination, media);
  const facts = await surveyTransform(open);
  const plan = planTransform(facts, { random: seededRandom(seed), clock: () => 1_700_000_000_000 });
  await applyTransform(open, plan);
  return plan;
}

export async function look(image: DiskImage, setPath: string): Promise<Survey> {
  using open = openPoolSet(setPath, new MemoryMedia({ image: image.clone() }));
  return await survey(open);
}

/** Whether headers and descriptors are as a program wants them that opens the set. It knows nothing of our records. */
export function wouldOpen({ findings }: Survey): boolean {
  return findings.every(
    ({ code, severity }) => severity === 'warning' || code === 'transform-pending',
  );
}

function poolData(image: DiskImage, { set, health }: Survey, replica: number): Uint8Array {
  const range = { offset: PAGE, end: health.poolSize! };
  const data = new Uint8Array(range.end - range.offset);
  for (const { part, fileOffset, poolOffset, length } of split(set.replicas[replica]!, range)) {
    const bytes = readImage(image, part.path).subarray(fileOffset, fileOffset + length);
    data.set(bytes, poolOffset - range.offset);
  }
  return data;
}

/** Every replica holds all the data. */
export function assertHoldsData(image: DiskImage, found: Survey, data: Uint8Array): void {
  for (const { index } of found.set.replicas) {
    const own = poolData(image, found, index);
    assert.ok(Buffer.compare(own, data) === 0, `replica ${index} holds all data`);
  }
}

/** The destination is whole and nothing else is left but the set files. */
export async function assertTransformed(
  image: DiskImage,
  { destination, data, directory }: PreparedTransform,
): Promise<void> {
  const found = await look(image, destination);
  assert.deepEqual(found.findings, []);
  assertHoldsData(image, found, data);
  const parts = new Set(allParts(found.set).map((part) => part.path));
  const names = image.names().map(([name]) => name);
  const others = names.filter(
    (name) => name.startsWith(`${directory}/`) && !name.endsWith('.set') && !parts.has(name),
  );
  assert.deepEqual(others, []);
}
