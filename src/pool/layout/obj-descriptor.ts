import { bytes, defineLayout, u64, type Decoded } from '../../base/index.ts';
import { fletcher64 } from './checksum.ts';

/** Pool offset of the descriptor page. */
export const OBJ_DSC_OFFSET = 0x1000;
export const OBJ_DSC_SIZE = 4096;
/** Bytes of the descriptor under its checksum. */
export const OBJ_DSC_CHECKSUMMED = 2048;

/** Pool offsets of what the last process kept there while running: never read back, differs between replicas. */
export const RUNTIME_STATE = { offset: 0x1a20, end: 0x2000 } as const;

/**
 * The descriptor page of a pmemobj pool; offsets count from pool offset 0x1000.
 * Source: PMDK 1.12.1 src/libpmemobj/obj.h, struct pmemobjpool.
 */
export const objDescriptor = defineLayout('obj_descriptor', OBJ_DSC_SIZE, {
  layout: bytes(0x000, 1024),
  lanesOffset: u64(0x400),
  nlanes: u64(0x408),
  heapOffset: u64(0x410),
  unused3: u64(0x418),
  unused: bytes(0x420, 984),
  checksum: u64(0x7f8),
  rootOffset: u64(0x800),
  runId: u64(0x808),
  rootSize: u64(0x810),
  conversionFlags: u64(0x818),
  heapSize: u64(0x820),
  statsAllocated: u64(0x828),
  pmemReserved: bytes(0x830, 496),
  runTime: bytes(0xa20, 1504),
});

export type ObjDescriptor = Decoded<typeof objDescriptor>;

/** The checksum that a descriptor page should carry. `page` holds at least its first 2048 bytes. */
export function objDescriptorChecksum(page: Uint8Array): bigint {
  return fletcher64(page.subarray(0, OBJ_DSC_CHECKSUMMED), {
    sumAt: objDescriptor.fields.checksum.offset,
  });
}

/** Whether stored and computed checksum agree. True for a page of zeros. */
export function hasValidDescriptorChecksum(page: Uint8Array): boolean {
  return objDescriptor.decode(page).checksum === objDescriptorChecksum(page);
}

/** The size that counts after creation, whatever the set file says. Damaged fields wrap modulo 2⁶⁴. */
export function recordedPoolSize(
  descriptor: Pick<ObjDescriptor, 'heapOffset' | 'heapSize'>,
): bigint {
  return BigInt.asUintN(64, descriptor.heapOffset + descriptor.heapSize);
}
