import type { PoolHdr } from './pool-hdr.ts';

/** The header fields that say which machines can use a pool. */
export type ArchFlags = Pick<
  PoolHdr,
  'alignmentDesc' | 'machineClass' | 'archData' | 'archReserved' | 'machine'
>;

/** ELF machine numbers, by the names of `process.arch`. */
const ELF_MACHINES: Readonly<Record<string, number>> = {
  x64: 62,
  arm64: 183,
  ppc64: 21,
  riscv64: 243,
  loong64: 258,
};

/** Alignments less one, four bits each from char up to void pointer; all five machines agree on Linux. */
const ALIGNMENT_DESC_64 = 0x0000_07f7_3777_7310n;
const CLASS_64_BIT = 2;
const DATA_LITTLE_ENDIAN = 1;

/**
 * Flags of a pool made on a machine, named as `process.arch` names it. An architecture that PMDK does not
 * know gets machine 0, which no library accepts.
 * Source: PMDK 1.12.1 src/common/pool_hdr.h, struct arch_flags.
 */
export function archFlagsOf(arch: string): ArchFlags {
  return {
    alignmentDesc: ALIGNMENT_DESC_64,
    machineClass: CLASS_64_BIT,
    archData: DATA_LITTLE_ENDIAN,
    archReserved: new Uint8Array(4),
    machine: ELF_MACHINES[arch] ?? 0,
  };
}

/** Flags of this machine. */
export const HOST_ARCH: ArchFlags = archFlagsOf(process.arch);
