import {
  bytes,
  defineLayout,
  equalBytes,
  fromHex,
  u16,
  u32,
  u64,
  u8,
  viewOf,
  type Decoded,
} from '../../base/index.ts';
import { fletcher64 } from './checksum.ts';
import { uuid } from './pool-uuid.ts';

export const POOL_HDR_SIZE = 4096;

/**
 * Pool header, the first 4096 bytes of every part that has one; little-endian.
 * Source: PMDK 1.12.1 src/common/pool_hdr.h, struct pool_hdr.
 */
export const poolHdr = defineLayout('pool_hdr', POOL_HDR_SIZE, {
  signature: bytes(0, 8),
  major: u32(8),
  compat: u32(12),
  incompat: u32(16),
  roCompat: u32(20),
  poolsetUuid: uuid(24),
  uuid: uuid(40),
  prevPartUuid: uuid(56),
  nextPartUuid: uuid(72),
  prevReplUuid: uuid(88),
  nextReplUuid: uuid(104),
  crtime: u64(120),
  alignmentDesc: u64(128),
  machineClass: u8(136),
  archData: u8(137),
  archReserved: bytes(138, 4),
  machine: u16(142),
  unused: bytes(144, 1904),
  unused2: bytes(2048, 1976),
  sds: bytes(4024, 64),
  checksum: u64(4088),
});

export type PoolHdr = Decoded<typeof poolHdr>;

/** Layout version that libpmemobj 1.7 to 2.1 opens. */
export const PMEMOBJ_MAJOR = 6;

/** Look for bad blocks on open. */
export const COMPAT_CHECK_BAD_BLOCKS = 0x1;
/** Only part 0 of each replica has a header. */
export const INCOMPAT_SINGLEHDR = 0x1;
/** The checksum protects the first 2048 bytes only. */
export const INCOMPAT_CKSUM_2K = 0x2;
/** The shutdown state is maintained. */
export const INCOMPAT_SDS = 0x4;

export const COMPAT_KNOWN = COMPAT_CHECK_BAD_BLOCKS;
export const INCOMPAT_KNOWN = INCOMPAT_SINGLEHDR | INCOMPAT_CKSUM_2K | INCOMPAT_SDS;
export const RO_COMPAT_KNOWN = 0;

export type PoolType = 'obj' | 'log' | 'blk';

/** Signature bytes of each pool type, NUL-padded to 8. */
export const POOL_SIGNATURES: Readonly<Record<PoolType, Uint8Array>> = {
  obj: fromHex('504d454d4f424a00'),
  log: fromHex('504d454d4c4f4700'),
  blk: fromHex('504d454d424c4b00'),
};

/** Undefined when the signature is none that we know. */
export function poolTypeOf(header: { readonly signature: Uint8Array }): PoolType | undefined {
  const types = ['obj', 'log', 'blk'] as const;
  return types.find((type) => equalBytes(POOL_SIGNATURES[type], header.signature));
}

const INCOMPAT_AT = poolHdr.fields.incompat.offset;
const CHECKSUM_AT = poolHdr.fields.checksum.offset;
const CKSUM_2K_SKIP_FROM = 2048;

/** First byte of the header that the checksum does not protect, decided by the CKSUM_2K bit in the header itself. */
export function checksumSkipOffset(header: Uint8Array): number {
  const incompat = viewOf(header).getUint32(INCOMPAT_AT, true);
  return (incompat & INCOMPAT_CKSUM_2K) === 0 ? CHECKSUM_AT : CKSUM_2K_SKIP_FROM;
}

/** The checksum that these 4096 bytes should carry. @throws RangeError when `header` is shorter */
export function poolHdrChecksum(header: Uint8Array): bigint {
  return fletcher64(headerBytes(header), {
    sumAt: CHECKSUM_AT,
    skipFrom: checksumSkipOffset(header),
  });
}

/** Whether stored and computed checksum agree. True for a header of zeros: test for zero separately. */
export function hasValidChecksum(header: Uint8Array): boolean {
  const stored = viewOf(headerBytes(header)).getBigUint64(CHECKSUM_AT, true);
  return stored === poolHdrChecksum(header);
}

/** Writes the checksum into `header`, in place. Idempotent. */
export function sealPoolHdr(header: Uint8Array): void {
  poolHdr.patch(header, { checksum: poolHdrChecksum(header) });
}

function headerBytes(header: Uint8Array): Uint8Array {
  if (header.length < POOL_HDR_SIZE) {
    throw new RangeError(`pool_hdr: needs ${POOL_HDR_SIZE} bytes, got ${header.length}`);
  }
  return header.subarray(0, POOL_HDR_SIZE);
}
