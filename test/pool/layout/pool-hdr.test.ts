import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  archFlagsOf,
  checksumSkipOffset,
  hasValidChecksum,
  HOST_ARCH,
  INCOMPAT_CKSUM_2K,
  INCOMPAT_KNOWN,
  INCOMPAT_SDS,
  INCOMPAT_SINGLEHDR,
  POOL_HDR_SIZE,
  POOL_SIGNATURES,
  poolHdr,
  poolHdrChecksum,
  poolTypeOf,
  sealPoolHdr,
  SDS_OFFSET,
} from '../../../src/pool/layout/index.ts';
import { POOL_VECTORS, statesOf } from '../../support/pool-vectors.ts';

const GOOD = POOL_VECTORS.flatMap(statesOf).flatMap((state) => state.parts)[0]!.first4k!;

function withIncompat(incompat: number): Uint8Array {
  const header = GOOD.slice();
  poolHdr.patch(header, { incompat });
  sealPoolHdr(header);
  return header;
}

function flipped(header: Uint8Array, at: number): Uint8Array {
  const other = header.slice();
  other[at]! ^= 0x10;
  return other;
}

suite('checksum of a pool header', () => {
  test('the CKSUM_2K bit of the header itself decides how much is protected', () => {
    assert.equal(checksumSkipOffset(withIncompat(INCOMPAT_CKSUM_2K)), 2048);
    assert.equal(checksumSkipOffset(withIncompat(INCOMPAT_SDS | INCOMPAT_SINGLEHDR)), 4088);
    assert.equal(checksumSkipOffset(withIncompat(0xffff_ffff)), 2048);
  });

  test('a flipped bit is noticed exactly in the protected bytes', () => {
    const rows = [
      [INCOMPAT_CKSUM_2K, 0, true],
      [INCOMPAT_CKSUM_2K, 2047, true],
      [INCOMPAT_CKSUM_2K, 2048, false],
      [INCOMPAT_CKSUM_2K, SDS_OFFSET, false],
      [INCOMPAT_CKSUM_2K, 4087, false],
      [INCOMPAT_CKSUM_2K, 4088, true],
      [INCOMPAT_CKSUM_2K, 4095, true],
      [0, 0, true],
      [0, 2048, true],
      [0, 4087, true],
      [0, 4088, true],
    ] as const;
    for (const [incompat, at, noticed] of rows) {
      const header = withIncompat(incompat);
      assert(hasValidChecksum(header));
      assert.equal(
        hasValidChecksum(flipped(header, at)),
        !noticed,
        `incompat ${incompat}, byte ${at}`,
      );
    }
  });

  test('a header of zeros has a valid checksum', () => {
    const zeros = new Uint8Array(POOL_HDR_SIZE);
    assert.equal(poolHdrChecksum(zeros), 0n);
    assert(hasValidChecksum(zeros));
  });

  test('sealing is idempotent and touches nothing else', () => {
    const header = flipped(GOOD, 100);
    assert(!hasValidChecksum(header));
    sealPoolHdr(header);
    const once = header.slice();
    sealPoolHdr(header);
    assert.deepEqual(header, once);
    assert.deepEqual(header.subarray(0, 4088), flipped(GOOD, 100).subarray(0, 4088));
  });

  test('bytes behind the header do not count, missing ones are refused', () => {
    const more = new Uint8Array(8192).fill(7);
    more.set(GOOD);
    assert(hasValidChecksum(more));
    assert.throws(() => hasValidChecksum(GOOD.subarray(1)), RangeError);
    assert.throws(() => poolHdrChecksum(GOOD.subarray(0, 2048)), RangeError);
  });
});

suite('fields of a pool header', () => {
  test('patching leaves every other byte, stale ones too', () => {
    const stale = Uint8Array.from({ length: POOL_HDR_SIZE }, (_, index) => index * 31);
    const patched = stale.slice();
    poolHdr.patch(patched, { crtime: 0x0102_0304_0506_0708n });
    assert.deepEqual(patched.subarray(120, 128), Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1));
    patched.set(stale.subarray(120, 128), 120);
    assert.deepEqual(patched, stale);
  });

  test('pool types are told by all eight bytes of the signature', () => {
    for (const type of ['obj', 'log', 'blk'] as const) {
      assert.equal(poolTypeOf({ signature: POOL_SIGNATURES[type] }), type);
      for (let at = 0; at < 8; at++) {
        assert.equal(poolTypeOf({ signature: flipped(POOL_SIGNATURES[type], at) }), undefined);
      }
    }
  });

  test('the three known incompat bits', () => assert.equal(INCOMPAT_KNOWN, 7));

  test('the machine is the one that the program runs on', () => {
    const machines = { x64: 62, arm64: 183, ppc64: 21, riscv64: 243, loong64: 258 };
    for (const [arch, machine] of Object.entries(machines)) {
      assert.equal(archFlagsOf(arch).machine, machine, arch);
    }
    assert.deepEqual(HOST_ARCH, archFlagsOf(process.arch));
    assert.equal(archFlagsOf('mips').machine, 0, 'no library accepts that');
  });

  test('the 16 bytes of architecture as they lie on x86_64', () => {
    const header = new Uint8Array(POOL_HDR_SIZE);
    poolHdr.patch(header, archFlagsOf('x64'));
    const hex = Buffer.from(header.subarray(128, 144)).toString('hex');
    assert.equal(hex, '10737737f70700000201000000003e00');
  });
});
