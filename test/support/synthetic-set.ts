import { MIB, RangeSet, seededRandom, type Range } from '../../src/base/index.ts';
import {
  assignSources,
  checkSet,
  NO_BAD_BLOCKS,
  type Evidence,
  type FileFacts,
  type PartEvidence,
} from '../../src/pool/check/index.ts';
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
import type { Survey } from '../../src/pool/survey/index.ts';

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
  return { set, evidence: { replicas, badBlocks: NO_BAD_BLOCKS } };
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
  return { set, evidence: { ...evidence, replicas } };
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

/** A survey of synthetic evidence, with what reading the data would have said. */
export function surveyOf(
  { set, evidence }: Synthetic,
  said: {
    readonly differing?: readonly Range[];
    readonly free?: number;
    readonly lanesIdle?: boolean;
    readonly healFrom?: number;
    readonly change?: (survey: Survey) => Survey;
  } = {},
): Survey {
  const health = checkSet(set, evidence, said.healFrom);
  const sources =
    health.poolSize === undefined
      ? undefined
      : assignSources(set, health, health.poolSize, said.healFrom);
  const damaged = (sources?.assignments ?? []).filter(
    ({ target }) => health.parts[target.replica]![target.index]!.state === 'damaged',
  );
  const survey: Survey = {
    set,
    evidence,
    health,
    findings: health.findings,
    places: set.replicas.map(({ parts }) =>
      parts.map((part) => ({
        part,
        path: part.path,
        directory: '/',
        space: { free: said.free ?? 1024 * MIB, fileSystem: 'one' },
        writable: true,
        fileWritable: true,
        temporaryPath: `${part.path}.resilver-new`,
        hasLeftover: false,
      })),
    ),
    sources,
    repairs: damaged.flatMap(({ target, pieces }) =>
      pieces.map(({ range, replica }) => ({
        replicas: [replica, target.replica] as const,
        range,
        differing: RangeSet.from(said.differing ?? []).intersect(RangeSet.of(range)),
        unreadable: [RangeSet.empty, RangeSet.empty] as const,
      })),
    ),
    agreement: [],
    differences: [],
    lanesIdle: set.replicas.map(() => said.lanesIdle ?? true),
    options: { compare: false, healFrom: said.healFrom },
  };
  return said.change?.(survey) ?? survey;
}
