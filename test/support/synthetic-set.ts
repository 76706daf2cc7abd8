import { MIB, seededRandom } from '../../src/base/index.ts';
import type { Evidence, FileFacts, PartEvidence } from '../../src/pool/check/index.ts';
import {
  HOST_ARCH,
  INCOMPAT_CKSUM_2K,
  INCOMPAT_SDS,
  INCOMPAT_SINGLEHDR,
  objDescriptor,
  objDescriptorChecksum,
  POOL_SIGNATURES,
  poolHdr,
  randomPoolUuid,
  SDS_SIZE,
  sealPoolHdr,
  type PoolHdr,
} from '../../src/pool/layout/index.ts';
import { createPoolSet, expectedLinks, type PoolSet } from '../../src/pool/poolset/index.ts';

export interface SyntheticOptions {
  /** Sizes of the parts of each replica, MiB. */
  readonly replicas: readonly (readonly number[])[];
  readonly singleHeader?: boolean;
  readonly sds?: boolean;
  readonly poolSize?: number;
}

export interface Synthetic {
  readonly set: PoolSet;
  readonly evidence: Evidence;
}

/** A healthy closed pool set as a survey would find it, without any file: the vocabulary of table tests. */
export function syntheticSet(options: SyntheticOptions): Synthetic {
  const singleHeader = options.singleHeader ?? false;
  const set = createPoolSet({
    path: '/set',
    options: { singleHeader, noHeaders: false },
    replicas: options.replicas.map((sizes, replica) => ({
      parts: sizes.map((size, part) => ({
        path: `/r${replica}p${part}`,
        fileSize: size * MIB,
        kind: 'file' as const,
        line: undefined,
      })),
    })),
  });
  const random = seededRandom(1);
  const uuids = options.replicas.map((parts) => parts.map(() => randomPoolUuid(random)));
  const poolsetUuid = randomPoolUuid(random);
  const links = expectedLinks(uuids, singleHeader);
  const poolSize = options.poolSize ?? Math.min(...set.replicas.map(({ capacity }) => capacity));
  const descriptor = syntheticDescriptor(poolSize);
  const replicas = set.replicas.map(({ index: replica, parts }) => ({
    parts: parts.map((part): PartEvidence => {
      const header = poolHdr.encode({
        signature: POOL_SIGNATURES.obj,
        major: 6,
        compat: 1,
        incompat:
          INCOMPAT_CKSUM_2K |
          (options.sds === false ? 0 : INCOMPAT_SDS) |
          (singleHeader ? INCOMPAT_SINGLEHDR : 0),
        roCompat: 0,
        poolsetUuid,
        uuid: uuids[replica]![part.index]!,
        ...links[replica]![part.index]!,
        crtime: 1_700_000_000n,
        ...HOST_ARCH,
        unused: new Uint8Array(1904),
        unused2: new Uint8Array(1976),
        sds: new Uint8Array(SDS_SIZE),
        checksum: 0n,
      });
      sealPoolHdr(header);
      const facts: FileFacts = {
        kind: 'file',
        size: part.fileSize,
        mode: 0o640,
        uid: 1000,
        gid: 1000,
        identity: part.path,
      };
      return { kind: 'present', facts, header: part.hasHeader ? header : undefined };
    }),
    descriptor,
    misplacedDescriptors: [],
    heap: [],
  }));
  return { set, evidence: { replicas } };
}

export function syntheticDescriptor(poolSize: number): Uint8Array {
  const heapOffset = 0x302000;
  const page = new Uint8Array(objDescriptor.size);
  objDescriptor.patch(page, {
    lanesOffset: 0x2000n,
    nlanes: 1024n,
    heapOffset: BigInt(heapOffset),
    runId: 2n,
    heapSize: BigInt(poolSize - heapOffset),
  });
  objDescriptor.patch(page, { checksum: objDescriptorChecksum(page) });
  return page;
}

/** Evidence with one part replaced. */
export function withPart(
  synthetic: Synthetic,
  name: string,
  change: PartEvidence | ((part: PartEvidence) => PartEvidence),
): Synthetic {
  const [, replica, part] = /^r(\d+)p(\d+)$/.exec(name)!.map(Number) as [number, number, number];
  const { evidence, set } = synthetic;
  const replicas = evidence.replicas.map((old, r) => {
    if (r !== replica) return old;
    const parts = old.parts.map((before, p) => {
      if (p !== part) return before;
      return typeof change === 'function' ? change(before) : change;
    });
    return part === 0 && parts[0]!.kind !== 'present'
      ? { ...old, parts, descriptor: undefined }
      : { ...old, parts };
  });
  return { set, evidence: { replicas } };
}

export const MISSING: PartEvidence = { kind: 'missing' };

/** Changes fields of a header; the checksum follows unless told otherwise. */
export function editHeader(
  fields: Partial<PoolHdr>,
  options: { readonly seal?: boolean } = {},
): (part: PartEvidence) => PartEvidence {
  return (part) => {
    if (part.kind !== 'present' || part.header === undefined) throw new Error('no header to edit');
    const header = part.header.slice();
    poolHdr.patch(header, fields);
    if (options.seal !== false) sealPoolHdr(header);
    return { ...part, header };
  };
}

export function headerOf({ evidence }: Synthetic, replica: number, part: number): PoolHdr {
  const found = evidence.replicas[replica]!.parts[part]!;
  if (found.kind !== 'present' || found.header === undefined) throw new Error('no header');
  return poolHdr.decode(found.header);
}
