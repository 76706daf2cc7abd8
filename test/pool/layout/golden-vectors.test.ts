/** Every header, descriptor, heap header and lane that the reference wrote, read and written again. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cString, isAllZero } from '../../../src/base/index.ts';
import {
  checksumSkipOffset,
  encodeFreshLane,
  formatPoolUuid,
  hasValidChecksum,
  heapHeader,
  heapHeaderChecksum,
  HEAP_SIGNATURE,
  CHUNK_SIZE,
  CHUNKS_PER_ZONE,
  objDescriptor,
  objDescriptorChecksum,
  OBJ_DSC_SIZE,
  parsePoolUuidText,
  poolHdr,
  poolHdrChecksum,
  poolTypeOf,
  recordedPoolSize,
  SDS_SIZE,
  sealPoolHdr,
  shutdownState,
  shutdownStateChecksum,
  type PoolHdr,
} from '../../../src/pool/layout/index.ts';
import { allParts, expectedLinks } from '../../../src/pool/poolset/index.ts';
import {
  POOL_VECTORS,
  statesOf,
  type VectorHeader,
  type VectorPart,
} from '../../support/pool-vectors.ts';

const STATES = POOL_VECTORS.flatMap(statesOf);
const PARTS = STATES.flatMap((state) => state.parts);
const HEADERS = PARTS.filter((part) => part.header !== null);

/** The fields of a header in the words of the vectors. */
function inVectorWords(header: PoolHdr, bytes: Uint8Array): VectorHeader {
  const sds = shutdownState.decode(header.sds);
  return {
    signature: cString(header.signature),
    major: header.major,
    compat: header.compat,
    incompat: header.incompat,
    ro_compat: header.roCompat,
    poolset_uuid: header.poolsetUuid,
    uuid: header.uuid,
    prev_part_uuid: header.prevPartUuid,
    next_part_uuid: header.nextPartUuid,
    prev_repl_uuid: header.prevReplUuid,
    next_repl_uuid: header.nextReplUuid,
    crtime: Number(header.crtime),
    alignment_desc: hex64(header.alignmentDesc),
    machine_class: header.machineClass,
    data: header.archData,
    machine: header.machine,
    sds_usc: String(sds.usc),
    sds_uuid: String(sds.uuid),
    sds_dirty: sds.dirty,
    sds_checksum: hex64(sds.checksum),
    checksum: hex64(header.checksum),
    checksum_skip_off: checksumSkipOffset(bytes),
    unused_all_zero: isAllZero(header.unused) && isAllZero(header.unused2),
    uuid_text: formatPoolUuid(header.uuid),
  };
}

function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}

/** A header made from nothing but the fields that a vector names. */
function fromVectorWords(words: VectorHeader): Uint8Array {
  const sds = shutdownState.encode({
    usc: BigInt(words.sds_usc),
    uuid: BigInt(words.sds_uuid),
    dirty: words.sds_dirty,
    reserved: new Uint8Array(39),
    checksum: BigInt(words.sds_checksum),
  });
  return poolHdr.encode({
    signature: new Uint8Array(Buffer.from(words.signature.padEnd(8, '\0'), 'latin1')),
    major: words.major,
    compat: words.compat,
    incompat: words.incompat,
    roCompat: words.ro_compat,
    poolsetUuid: words.poolset_uuid,
    uuid: words.uuid,
    prevPartUuid: words.prev_part_uuid,
    nextPartUuid: words.next_part_uuid,
    prevReplUuid: words.prev_repl_uuid,
    nextReplUuid: words.next_repl_uuid,
    crtime: BigInt(words.crtime),
    alignmentDesc: BigInt(words.alignment_desc),
    machineClass: words.machine_class,
    archData: words.data,
    archReserved: new Uint8Array(4),
    machine: words.machine,
    unused: new Uint8Array(1904),
    unused2: new Uint8Array(1976),
    sds,
    checksum: 0n,
  });
}

suite('headers that the reference wrote', () => {
  test('none was left out', () => {
    assert.equal(POOL_VECTORS.length, 18);
    assert.equal(HEADERS.length, 75);
    const withoutBytes = HEADERS.filter((part) => part.first4k === undefined);
    assert.equal(withoutBytes.length, 4, 'only opened-and-used gives its headers as fields alone');
  });

  for (const part of HEADERS) {
    const { first4k } = part;
    if (first4k === undefined) continue;
    test(`${part.name}: fields, checksums and round trip`, () => checkHeader(part, first4k));
  }

  test('the checksum follows from the fields where nothing stale is left', () => {
    const clean = HEADERS.filter((part) => part.header!.unused_all_zero);
    assert(clean.length > 60);
    for (const { name, header } of clean) {
      const bytes = fromVectorWords(header!);
      sealPoolHdr(bytes);
      assert.equal(hex64(poolHdr.decode(bytes).checksum), header!.checksum, name);
    }
  });

  test('parts without a header hold pool data there', () => {
    const bare = PARTS.filter((part) => part.header === null && part.first4k !== undefined);
    assert(bare.length > 0);
    for (const { name, first4k } of bare) {
      assert.equal(poolTypeOf(poolHdr.decode(first4k!)), undefined, name);
    }
  });
});

function checkHeader(part: VectorPart, bytes: Uint8Array): void {
  const header = poolHdr.decode(bytes);
  assert.deepEqual(inVectorWords(header, bytes), part.header);
  assert.deepEqual(poolHdr.encode(header), bytes);
  assert.equal(poolHdrChecksum(bytes), header.checksum);
  assert(hasValidChecksum(bytes));
  const unsealed = bytes.slice();
  unsealed.fill(0xff, 4088);
  sealPoolHdr(unsealed);
  assert.deepEqual(unsealed, bytes);
  assert.equal(poolTypeOf(header), 'obj');
  assert.equal(parsePoolUuidText(part.header!.uuid_text), header.uuid);
  assert.equal(header.sds.length, SDS_SIZE);
  // Stale bytes lie only in headers of later parts, whose shutdown state nobody reads.
  if (part.header!.unused_all_zero) {
    assert.equal(shutdownStateChecksum(header.sds), shutdownState.decode(header.sds).checksum);
  }
}

suite('sets that the reference wrote', () => {
  for (const { name, set, parts } of STATES) {
    test(`${name}: headers where the model has them, linked as the model says`, () => {
      const byPath = new Map(parts.map((part) => [`/v/${part.file}`, part]));
      assert.equal(allParts(set).length, parts.length);
      for (const part of allParts(set)) {
        const found = byPath.get(part.path)!;
        assert.equal(found.header !== null, part.hasHeader, found.name);
        assert.equal(part.fileSize, found.size);
      }
      const headers = set.replicas.map((replica) =>
        replica.parts
          .filter((part) => part.hasHeader)
          .map((part) => byPath.get(part.path)!.header!),
      );
      const links = expectedLinks(
        headers.map((replica) => replica.map((header) => header.uuid)),
        set.options.singleHeader,
      );
      assert.deepEqual(
        links,
        headers.map((replica) =>
          replica.map((header) => ({
            prevPartUuid: header.prev_part_uuid,
            nextPartUuid: header.next_part_uuid,
            prevReplUuid: header.prev_repl_uuid,
            nextReplUuid: header.next_repl_uuid,
          })),
        ),
      );
    });
  }

  test('net sizes of replicas that are split differently', () => {
    const { set } = STATES.find(({ name }) => name.startsWith('three-replicas'))!;
    assert.deepEqual(
      set.replicas.map((replica) => replica.capacity),
      [16777216, 18870272, 26206208],
    );
  });
});

suite('descriptors, heaps and lanes that the reference wrote', () => {
  const known = POOL_VECTORS.filter((vector) => vector.replica0_part0 !== undefined);

  test('six vectors have them', () => assert.equal(known.length, 6));

  for (const { name, replica0_part0: first } of known) {
    const descriptor = first!.descriptor_from_0x1000_len_0xa20_b64;
    const heap = first!.heap_header_1024_b64;
    if (descriptor !== undefined) {
      test(`${name}: descriptor`, () => {
        const page = new Uint8Array(OBJ_DSC_SIZE);
        page.set(Buffer.from(descriptor, 'base64'));
        checkDescriptor(page, first!.decoded!);
      });
    }
    if (heap !== undefined) {
      test(`${name}: heap header`, () =>
        checkHeapHeader(new Uint8Array(Buffer.from(heap, 'base64'))));
    }
  }

  test('a fresh lane', () => {
    const lanes = POOL_VECTORS.flatMap((vector) => vector.lane0_3072_b64 ?? []);
    assert.equal(lanes.length, 1);
    assert.deepEqual(encodeFreshLane(), new Uint8Array(Buffer.from(lanes[0]!, 'base64')));
  });
});

function checkDescriptor(page: Uint8Array, words: Readonly<Record<string, number | string>>): void {
  const fields = objDescriptor.decode(page);
  const decoded = {
    layout: cString(fields.layout),
    lanes_offset: Number(fields.lanesOffset),
    nlanes: Number(fields.nlanes),
    heap_offset: Number(fields.heapOffset),
    checksum: hex64(fields.checksum),
    root_offset: Number(fields.rootOffset),
    run_id: Number(fields.runId),
    root_size: Number(fields.rootSize),
    conversion_flags: Number(fields.conversionFlags),
    heap_size: Number(fields.heapSize),
    stats_heap_curr_allocated: Number(fields.statsAllocated),
  };
  assert.deepEqual(decoded, words);
  assert.deepEqual(objDescriptor.encode(fields), page);
  assert.equal(objDescriptorChecksum(page), fields.checksum);
  assert.equal(
    recordedPoolSize(fields),
    BigInt(Number(words['heap_offset']) + Number(words['heap_size'])),
  );
}

function checkHeapHeader(bytes: Uint8Array): void {
  const header = heapHeader.decode(bytes);
  const { checksum, ...fields } = header;
  assert.deepEqual(fields, {
    signature: HEAP_SIGNATURE,
    major: 1n,
    minor: 0n,
    unused: 0n,
    chunkSize: BigInt(CHUNK_SIZE),
    chunksPerZone: BigInt(CHUNKS_PER_ZONE),
    reserved: new Uint8Array(960),
  });
  assert.equal(checksum, heapHeaderChecksum(bytes));
  assert.deepEqual(heapHeader.encode(header), bytes);
}
