/** Fresh pools have the bytes of the reference's, but for what is random or a time. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { createPool } from '../../../src/pool/create/index.ts';
import { hasValidChecksum, HOST_ARCH, poolHdr } from '../../../src/pool/layout/index.ts';
import { allParts, expectedLinks, singleFileSet } from '../../../src/pool/poolset/index.ts';
import { readImage } from '../../support/memory-image.ts';
import { diskWith, parseSet } from '../../support/new-pool.ts';

interface Vector {
  readonly name: string;
  readonly poolset_text: string | null;
  readonly files: readonly {
    readonly file: string;
    readonly size: number;
    readonly mode: string;
    readonly first4k_b64: string;
    readonly sha256_from: number;
    readonly sha256: string;
  }[];
  readonly replica0_part0?: {
    readonly descriptor_from_0x1000_len_0xa20_b64: string;
    readonly heap_header_1024_b64: string;
  };
}

const GOLDEN = join(import.meta.dirname, '../../golden/pool-vectors/pool-vectors.json');
const { vectors } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as { vectors: readonly Vector[] };
const FRESH = [
  'single-file',
  'one-replica-one-part',
  'two-by-two',
  'two-by-two-singlehdr',
  'three-replicas-different-splits',
  'two-by-one-sds-off',
  'directory-set',
];

/** A header without what differs from pool to pool. */
function withoutIdentity(header: Uint8Array): Uint8Array {
  const bytes = header.slice();
  const nil = '00'.repeat(16);
  poolHdr.patch(bytes, {
    poolsetUuid: nil,
    uuid: nil,
    prevPartUuid: nil,
    nextPartUuid: nil,
    prevReplUuid: nil,
    nextReplUuid: nil,
    crtime: 0n,
    // The vectors were made on x86_64.
    machine: 0,
    checksum: 0n,
  });
  return bytes;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

suite('a fresh pool', () => {
  for (const name of FRESH) {
    const vector = vectors.find((candidate) => candidate.name === name)!;
    test(`has the bytes of the reference's: ${name}`, () => {
      const media = diskWith(['/d/d0', '/d/d1']);
      const text = vector.poolset_text?.replaceAll('{DIR}', '/d');
      const set = text === undefined ? singleFileSet('/d/pool', 8388608) : parseSet(media, text);
      const shutdownState = name !== 'two-by-one-sds-off';
      const report = createPool(media, set, { layout: 'L', shutdownState });
      assert.deepEqual(
        report.created,
        vector.files.map(({ file }) => `/d/${file}`),
      );
      for (const expected of vector.files) {
        const target = `/d/${expected.file}`;
        const bytes = readImage(media.image, target);
        assert.equal(bytes.length, expected.size, target);
        assert.equal(media.stat(target)!.mode, Number.parseInt(expected.mode, 8), target);
        const digest = createHash('sha256').update(bytes.subarray(expected.sha256_from));
        assert.equal(digest.digest('hex'), expected.sha256, target);
        const header = new Uint8Array(Buffer.from(expected.first4k_b64, 'base64'));
        assert.deepEqual(
          withoutIdentity(bytes.subarray(0, 4096)),
          withoutIdentity(header),
          `header of ${target}`,
        );
      }
      const golden = vector.replica0_part0;
      if (golden === undefined) return;
      for (const { parts } of report.set.replicas) {
        const bytes = readImage(media.image, parts[0]!.path);
        assert.equal(
          Buffer.from(bytes.subarray(0x1000, 0x1a20)).toString('base64'),
          golden.descriptor_from_0x1000_len_0xa20_b64,
        );
        assert.equal(
          Buffer.from(bytes.subarray(0x302000, 0x302400)).toString('base64'),
          golden.heap_header_1024_b64,
        );
      }
    });

    test(`has headers that are linked and sealed: ${name}`, () => {
      const media = diskWith(['/d/d0', '/d/d1']);
      const text = vector.poolset_text?.replaceAll('{DIR}', '/d');
      const before = text === undefined ? singleFileSet('/d/pool', 8388608) : parseSet(media, text);
      const { set, poolsetUuid } = createPool(media, before);
      const heads = set.replicas.map(({ parts }) =>
        parts.map(({ path }) => readImage(media.image, path).slice(0, 4096)),
      );
      const uuids = heads.map((parts) => parts.map((head) => poolHdr.decode(head).uuid));
      const links = expectedLinks(uuids, set.options.singleHeader);
      const own = new Set<string>();
      for (const part of allParts(set)) {
        const head = heads[part.replica]![part.index]!;
        if (!part.hasHeader) {
          assert(isZero(head));
          continue;
        }
        const header = poolHdr.decode(head);
        assert(hasValidChecksum(head));
        assert.equal(header.poolsetUuid, poolsetUuid);
        assert.equal(header.machine, HOST_ARCH.machine);
        assert.equal(header.crtime, media.stat(part.path)!.ctimeSeconds);
        const { prevPartUuid, nextPartUuid, prevReplUuid, nextReplUuid } = header;
        assert.deepEqual(
          { prevPartUuid, nextPartUuid, prevReplUuid, nextReplUuid },
          links[part.replica]![part.index],
        );
        own.add(header.uuid);
      }
      assert.equal(own.size, allParts(set).filter(({ hasHeader }) => hasHeader).length);
    });
  }
});
