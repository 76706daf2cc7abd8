/** Headers after a transformation, against pairs that the reference left. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { seededRandom } from '../../../src/base/index.ts';
import {
  applyTransform,
  openTransform,
  planTransform,
  surveyTransform,
} from '../../../src/pool/index.ts';
import {
  hasValidChecksum,
  INCOMPAT_CKSUM_2K,
  OBJ_DSC_OFFSET,
  objDescriptor,
  objDescriptorChecksum,
  OBJ_DSC_SIZE,
  poolHdr,
} from '../../../src/pool/layout/index.ts';
import { DiskImage } from '../../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../../src/pool/media/memory/memory-media.ts';
import { readImage } from '../../support/memory-image.ts';

interface VectorFile {
  readonly file: string;
  readonly size: number;
  readonly header: object | null;
  /** Offset and hex of what is not zero. */
  readonly first4k_sparse: readonly (readonly [number, string])[];
}

interface Pair {
  readonly name: string;
  readonly poolset_text: string;
  readonly poolset_text_2: string;
  readonly before: readonly VectorFile[];
  readonly after: readonly VectorFile[];
}

const GOLDEN = path.join(import.meta.dirname, '../../golden/pool-vectors/pool-vectors.json');
const { vectors } = JSON.parse(fs.readFileSync(GOLDEN, 'utf8')) as { vectors: readonly Pair[] };
const PAIRS = vectors.filter(({ name }) => name.startsWith('transform-'));
const DIRECTORY = '/d';
const HEAP_OFFSET = 0x302000;
/** What the pools of the vectors record; smaller than every replica before and after. */
const POOL_SIZE = 15 * 1024 * 1024 - 4096;

function firstPage({ first4k_sparse: runs }: VectorFile): Uint8Array {
  const page = new Uint8Array(4096);
  for (const [offset, hex] of runs) page.set(Buffer.from(hex, 'hex'), offset);
  return page;
}

function descriptor(): Uint8Array {
  const page = new Uint8Array(OBJ_DSC_SIZE);
  objDescriptor.patch(page, {
    lanesOffset: 0x2000n,
    nlanes: 1024n,
    heapOffset: BigInt(HEAP_OFFSET),
    heapSize: BigInt(POOL_SIZE - HEAP_OFFSET),
  });
  objDescriptor.patch(page, { checksum: objDescriptorChecksum(page) });
  return page;
}

function imageOf({ before, poolset_text, poolset_text_2 }: Pair): DiskImage {
  const image = new DiskImage();
  image.addDirectory(DIRECTORY);
  for (const [name, text] of Object.entries({ before: poolset_text, after: poolset_text_2 })) {
    image.addFile(`${DIRECTORY}/${name}.set`, Buffer.from(text.replaceAll('{DIR}', DIRECTORY)));
  }
  for (const file of before) {
    const bytes = new Uint8Array(file.size);
    bytes.set(firstPage(file));
    if (file.file.endsWith('0')) bytes.set(descriptor(), OBJ_DSC_OFFSET);
    image.addFile(`${DIRECTORY}/${file.file}`, bytes);
  }
  return image;
}

/** Numbers for uuids in the order in which they appear, so that random ones can be compared. */
function comparable(pages: readonly Uint8Array[], kept: ReadonlySet<string>): readonly unknown[] {
  const random = new Map<string, string>();
  const name = (uuid: string): string => {
    if (kept.has(uuid)) return uuid;
    if (!random.has(uuid)) random.set(uuid, `random ${random.size}`);
    return random.get(uuid)!;
  };
  return pages.map((page) => {
    assert.ok(hasValidChecksum(page));
    const fields = poolHdr.decode(page);
    // What lies beyond the fields is left over from other data where the reference wrote a header over it.
    const {
      unused: _unused,
      unused2: _unused2,
      crtime: _crtime,
      checksum: _sum,
      sds,
      ...rest
    } = fields;
    const { uuid, prevPartUuid, nextPartUuid, prevReplUuid, nextReplUuid } = fields;
    const links = { uuid, prevPartUuid, nextPartUuid, prevReplUuid, nextReplUuid };
    const named = Object.fromEntries(
      Object.entries(links).map(([key, value]) => [key, name(value)]),
    );
    assert.equal((rest.incompat & INCOMPAT_CKSUM_2K) !== 0, true);
    return { ...rest, ...named, isFresh: sds.every((byte) => byte === 0) || 'left over' };
  });
}

suite('headers after a transformation are those of the reference', () => {
  test('there are pairs for adding replicas and for both ways of SINGLEHDR', () => {
    assert.deepEqual(
      PAIRS.map(({ name }) => name),
      ['transform-add-replica', 'transform-to-singlehdr', 'transform-from-singlehdr'],
    );
  });

  for (const pair of PAIRS) {
    test(pair.name, async () => {
      const media = new MemoryMedia({ image: imageOf(pair) });
      using open = openTransform(`${DIRECTORY}/before.set`, `${DIRECTORY}/after.set`, media);
      const plan = planTransform(await surveyTransform(open), { random: seededRandom(1) });
      assert.deepEqual(plan.refusals, []);
      await applyTransform(open, plan);
      const before = pair.before.filter(({ header }) => header !== null).map(firstPage);
      const kept = new Set(before.map((page) => poolHdr.decode(page).uuid));
      const withHeader = pair.after.filter(({ header }) => header !== null);
      const ours = withHeader.map(({ file }) =>
        readImage(media.image, `${DIRECTORY}/${file}`).subarray(0, 4096),
      );
      const [own, theirs] = [ours, withHeader.map(firstPage)].map((pages) =>
        comparable(pages, kept),
      );
      const isFirst = withHeader.map(({ file }) => file.endsWith('0'));
      // Later parts may carry anything where the shutdown state lies.
      for (const [index, header] of own!.entries()) {
        const expected = theirs![index] as { isFresh: unknown };
        if (!isFirst[index]) expected.isFresh = true;
        assert.deepEqual(header, expected);
      }
    });
  }
});
