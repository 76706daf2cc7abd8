import { cString } from '../../base/index.ts';
import {
  formatPoolUuid,
  HOST_ARCH,
  INCOMPAT_CKSUM_2K,
  INCOMPAT_KNOWN,
  INCOMPAT_SDS,
  INCOMPAT_SINGLEHDR,
  objDescriptor,
  objDescriptorChecksum,
  poolHdr,
  poolHdrChecksum,
  shutdownState,
} from '../layout/index.ts';

/** A value that is stored, and the one that would be right. */
export interface Verified {
  readonly found: bigint;
  readonly expected: bigint;
}

/** A pool header in plain values; uuids in text form. */
export interface HeaderInfo {
  /** 4096 bytes. */
  readonly bytes: Uint8Array;
  readonly signature: string;
  readonly major: number;
  readonly compat: number;
  readonly incompat: number;
  readonly roCompat: number;
  /** Names of the bits of `incompat`; `undefined` stands for all that nobody knows. */
  readonly featureNames: readonly (string | undefined)[];
  readonly poolsetUuid: string;
  readonly uuid: string;
  readonly prevPartUuid: string;
  readonly nextPartUuid: string;
  readonly prevReplUuid: string;
  readonly nextReplUuid: string;
  readonly createdSeconds: bigint;
  /** `expected` is that of this machine. */
  readonly alignmentDesc: Verified;
  readonly alignments: readonly TypeAlignment[];
  readonly machineClass: number;
  readonly archData: number;
  readonly machine: number;
  /** Open now, or when the machine went down. */
  readonly dirty: boolean;
  readonly checksum: Verified;
}

export interface TypeAlignment {
  readonly type: string;
  readonly bytes: number;
}

/** A pmemobj descriptor in plain values. */
export interface DescriptorInfo {
  /** 4096 bytes, from pool offset 4096. */
  readonly bytes: Uint8Array;
  readonly layout: string;
  readonly lanesOffset: bigint;
  readonly laneCount: bigint;
  readonly heapOffset: bigint;
  readonly heapSize: bigint;
  readonly rootOffset: bigint;
  readonly runId: bigint;
  readonly checksum: Verified;
}

const FEATURES: readonly (readonly [number, string | undefined])[] = [
  [INCOMPAT_SINGLEHDR, 'SINGLEHDR'],
  [INCOMPAT_CKSUM_2K, 'CKSUM_2K'],
  [INCOMPAT_SDS, 'SHUTDOWN_STATE'],
  [~INCOMPAT_KNOWN, undefined],
];

/** In the order of the groups of four bits, lowest first. */
const ALIGNED_TYPES = [
  'char',
  'short',
  'int',
  'long',
  'long long',
  'size_t',
  'os_off_t',
  'float',
  'double',
  'long double',
  'void *',
] as const;

/** Judges nothing. @throws RangeError when `bytes` has fewer than 4096 */
export function headerInfo(bytes: Uint8Array): HeaderInfo {
  const header = poolHdr.decode(bytes);
  return {
    bytes,
    signature: cString(header.signature),
    major: header.major,
    compat: header.compat,
    incompat: header.incompat,
    roCompat: header.roCompat,
    featureNames: FEATURES.filter(([bits]) => (header.incompat & bits) !== 0).map(
      ([, name]) => name,
    ),
    poolsetUuid: formatPoolUuid(header.poolsetUuid),
    uuid: formatPoolUuid(header.uuid),
    prevPartUuid: formatPoolUuid(header.prevPartUuid),
    nextPartUuid: formatPoolUuid(header.nextPartUuid),
    prevReplUuid: formatPoolUuid(header.prevReplUuid),
    nextReplUuid: formatPoolUuid(header.nextReplUuid),
    createdSeconds: header.crtime,
    alignmentDesc: { found: header.alignmentDesc, expected: HOST_ARCH.alignmentDesc },
    alignments: ALIGNED_TYPES.map((type, index) => ({
      type,
      bytes: Number((header.alignmentDesc >> BigInt(4 * index)) & 0xfn) + 1,
    })),
    machineClass: header.machineClass,
    archData: header.archData,
    machine: header.machine,
    dirty: shutdownState.decode(header.sds).dirty !== 0,
    checksum: { found: header.checksum, expected: poolHdrChecksum(bytes) },
  };
}

/** Judges nothing. @throws RangeError when `bytes` has fewer than 4096 */
export function descriptorInfo(bytes: Uint8Array): DescriptorInfo {
  const descriptor = objDescriptor.decode(bytes);
  return {
    bytes,
    layout: cString(descriptor.layout),
    lanesOffset: descriptor.lanesOffset,
    laneCount: descriptor.nlanes,
    heapOffset: descriptor.heapOffset,
    heapSize: descriptor.heapSize,
    rootOffset: descriptor.rootOffset,
    runId: descriptor.runId,
    checksum: { found: descriptor.checksum, expected: objDescriptorChecksum(bytes) },
  };
}
