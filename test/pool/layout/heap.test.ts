import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import {
  checkHeap,
  CHUNK_SIZE,
  CHUNK_TYPE,
  chunkHeader,
  CHUNKS_PER_ZONE,
  HEAP_HDR_SIZE,
  HEAP_SIGNATURE,
  heapHeader,
  heapHeaderChecksum,
  OBJ_DSC_OFFSET,
  objDescriptor,
  ZONE_MAGIC,
  ZONE_META_SIZE,
  ZONE_SIZE_MAX,
  zoneChunkCount,
  zoneCount,
  zoneHeader,
  zoneOffsets,
  type ChunkHeader,
  type HeapFinding,
  type PoolReader,
} from '../../../src/pool/layout/index.ts';
import { makePool, MIB, scratchDirectory } from '../../support/pool-fixture.ts';
import { requires } from '../../support/requirements.ts';

const HEAP = 0x302000;
const SMALL = HEAP_HDR_SIZE + ZONE_META_SIZE + 20 * CHUNK_SIZE;

/** A heap whose bytes are zero but for what was written: a heap of many GiB costs nothing. */
class SparseHeap {
  readonly size: number;
  readonly #writes: (readonly [number, Uint8Array])[] = [];

  constructor(size: number) {
    this.size = size;
    const header = heapHeader.encode({
      signature: HEAP_SIGNATURE,
      major: 1n,
      minor: 0n,
      unused: 0n,
      chunkSize: BigInt(CHUNK_SIZE),
      chunksPerZone: BigInt(CHUNKS_PER_ZONE),
      reserved: new Uint8Array(960),
      checksum: 0n,
    });
    heapHeader.patch(header, { checksum: heapHeaderChecksum(header) });
    this.write(HEAP, header);
  }

  write(poolOffset: number, data: Uint8Array): void {
    this.#writes.push([poolOffset, data]);
  }

  zone(
    zone: number,
    fields: { magic?: number; sizeIdx: number },
    chunks: readonly Partial<ChunkHeader>[] = [],
  ): void {
    const at = zoneOffsets(HEAP, this.size)[zone]!;
    this.write(
      at,
      zoneHeader.encode({ magic: ZONE_MAGIC, reserved: new Uint8Array(56), ...fields }),
    );
    let index = 0;
    for (const chunk of chunks) {
      const header = { type: CHUNK_TYPE.used as number, flags: 0, sizeIdx: 1, ...chunk };
      this.write(at + zoneHeader.size + index * chunkHeader.size, chunkHeader.encode(header));
      index += Math.max(1, header.sizeIdx);
    }
  }

  readonly read: PoolReader = (poolOffset, length) => {
    assert(
      poolOffset >= HEAP && poolOffset + length <= HEAP + this.size,
      'a read outside the heap',
    );
    const data = new Uint8Array(length);
    for (const [at, written] of this.#writes) {
      const from = Math.max(at, poolOffset);
      const end = Math.min(at + written.length, poolOffset + length);
      if (from < end) data.set(written.subarray(from - at, end - at), from - poolOffset);
    }
    return data;
  };

  check(): readonly HeapFinding[] {
    return checkHeap(this.read, HEAP, this.size);
  }

  found(): readonly string[] {
    return this.check().map(({ what, poolOffset }) => `${what} at ${poolOffset - HEAP}`);
  }
}

suite('zones of a heap', () => {
  test('a zone needs its headers and one chunk', () => {
    const least = HEAP_HDR_SIZE + 524288 + 262144;
    const full = 65528 * 262144 + 524288;
    for (const [size, zones] of [
      [0, 0],
      [least - 1, 0],
      [least, 1],
      [HEAP_HDR_SIZE + full, 1],
      [HEAP_HDR_SIZE + full + 786432 - 1, 1],
      [HEAP_HDR_SIZE + full + 786432, 2],
      [HEAP_HDR_SIZE + 2 * full, 2],
    ] as const) {
      assert.equal(zoneCount(size), zones, `heap of ${size}`);
      assert.equal(zoneOffsets(HEAP, size).length, zones);
    }
  });

  test('zones follow the header without a gap', () => {
    assert.deepEqual(zoneOffsets(HEAP, HEAP_HDR_SIZE + 2 * ZONE_SIZE_MAX), [
      HEAP + 1024,
      HEAP + 1024 + ZONE_SIZE_MAX,
    ]);
    assert.equal(ZONE_META_SIZE, 524288);
  });

  test('all zones but the last are full', () => {
    const heapSize =
      HEAP_HDR_SIZE + ZONE_SIZE_MAX + ZONE_META_SIZE + 3 * CHUNK_SIZE + CHUNK_SIZE - 1;
    assert.deepEqual(
      [zoneChunkCount(heapSize, 0), zoneChunkCount(heapSize, 1)],
      [CHUNKS_PER_ZONE, 3],
    );
  });

  test('every chunk lies within the heap, and no further one would', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 36), (heapSize) => {
        zoneOffsets(0, heapSize).forEach((offset, zone) => {
          const chunks = zoneChunkCount(heapSize, zone);
          const end = offset + ZONE_META_SIZE + chunks * CHUNK_SIZE;
          assert(chunks >= 1 && end <= heapSize);
          assert(chunks === CHUNKS_PER_ZONE || end + CHUNK_SIZE > heapSize);
        });
      }),
    );
  });
});

suite('checkHeap', () => {
  test('a heap that nobody has used is sound', () =>
    assert.deepEqual(new SparseHeap(SMALL).check(), []));

  test('chunks that fill a zone exactly are sound, whatever lies between their headers', () => {
    const heap = new SparseHeap(SMALL);
    heap.zone(0, { sizeIdx: 20 }, [
      { type: CHUNK_TYPE.run, flags: 9, sizeIdx: 5 },
      { type: CHUNK_TYPE.footer },
      { type: CHUNK_TYPE.runData, flags: 15 },
      { type: CHUNK_TYPE.free, sizeIdx: 13 },
    ]);
    heap.write(HEAP + 1024 + 64 + 8, new Uint8Array(8).fill(0xff));
    assert.deepEqual(heap.check(), []);
  });

  const zone = HEAP_HDR_SIZE;
  const chunk = (index: number): number => zone + 64 + 8 * index;
  const rows: readonly (readonly [string, (heap: SparseHeap) => void, readonly string[]])[] = [
    [
      'a lost signature',
      (heap) => heap.write(HEAP, new Uint8Array(1)),
      ['heap-signature at 0', 'heap-checksum at 0'],
    ],
    [
      'a flipped reserved byte',
      (heap) => heap.write(HEAP + 500, Uint8Array.of(1)),
      ['heap-checksum at 0'],
    ],
    [
      'a wrong zone magic',
      (heap) => heap.zone(0, { magic: 1, sizeIdx: 20 }),
      [`zone-magic at ${zone}`],
    ],
    ['a zone without chunks', (heap) => heap.zone(0, { sizeIdx: 0 }), [`zone-size at ${zone}`]],
    [
      'a zone of more chunks than fit',
      (heap) => heap.zone(0, { sizeIdx: 21 }),
      [`zone-size at ${zone}`],
    ],
    [
      'an unknown chunk type',
      (heap) => heap.zone(0, { sizeIdx: 20 }, [{ sizeIdx: 2 }, { type: 0 }]),
      [`chunk-type at ${chunk(2)}`],
    ],
    [
      'a chunk type beyond the last',
      (heap) => heap.zone(0, { sizeIdx: 20 }, [{ type: 6 }]),
      [`chunk-type at ${chunk(0)}`],
    ],
    [
      'an unknown chunk flag',
      (heap) => heap.zone(0, { sizeIdx: 20 }, [{ flags: 16 }]),
      [`chunk-flags at ${chunk(0)}`],
    ],
    [
      'a chunk of no size',
      (heap) => heap.zone(0, { sizeIdx: 20 }, [{ sizeIdx: 0 }]),
      [`chunk-size at ${chunk(0)}`],
    ],
    [
      'a chunk beyond the end',
      (heap) => heap.zone(0, { sizeIdx: 20 }, [{ sizeIdx: 19 }, { sizeIdx: 2 }]),
      [`chunk-size at ${chunk(19)}`],
    ],
    [
      'chunks that end early',
      (heap) => heap.zone(0, { sizeIdx: 20 }, [{ sizeIdx: 19 }]),
      [`chunk-type at ${chunk(19)}`],
    ],
  ];
  for (const [name, damage, findings] of rows) {
    test(`${name} is found`, () => {
      const heap = new SparseHeap(SMALL);
      damage(heap);
      assert.deepEqual(heap.found(), findings);
    });
  }

  test('every zone is looked at', () => {
    const heap = new SparseHeap(HEAP_HDR_SIZE + 3 * ZONE_SIZE_MAX);
    heap.zone(1, { sizeIdx: CHUNKS_PER_ZONE }, [{ sizeIdx: CHUNKS_PER_ZONE }]);
    heap.zone(2, { magic: 5, sizeIdx: 1 });
    assert.deepEqual(heap.found(), [`zone-magic at ${HEAP_HDR_SIZE + 2 * ZONE_SIZE_MAX}`]);
  });

  test('a heap too small for its header is a finding, not a read outside', () => {
    const heap = new SparseHeap(HEAP_HDR_SIZE - 1);
    assert.deepEqual(heap.found(), ['heap-size at 0']);
  });

  test('arbitrary bytes give findings, not exceptions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(4096), fc.uint8Array({ maxLength: 80 })), { maxLength: 8 }),
        (writes) => {
          const heap = new SparseHeap(SMALL);
          for (const [at, data] of writes) heap.write(HEAP + at, data);
          heap.check();
        },
      ),
    );
  });

  test('heaps that libpmemobj filled are sound', (t: TestContext) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory();
    const fill = { records: 3000, blobs: 20 };
    const { parts } = makePool(scratch.path, { replicas: [[32 * MIB]], fill });
    const pool = fs.readFileSync(parts[0]![0]!);
    const { heapOffset, heapSize } = objDescriptor.decode(pool.subarray(OBJ_DSC_OFFSET));
    const read: PoolReader = (at, length) => pool.subarray(at, at + length);
    const { magic } = zoneHeader.decode(read(Number(heapOffset) + HEAP_HDR_SIZE, zoneHeader.size));
    assert.equal(magic, ZONE_MAGIC, 'the first zone is in use');
    assert.deepEqual(checkHeap(read, Number(heapOffset), Number(heapSize)), []);
  });
});
