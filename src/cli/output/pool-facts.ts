import { formatBytes } from '../../base/index.ts';
import {
  allParts,
  descriptorInfo,
  headerInfo,
  partName,
  type DescriptorInfo,
  type HeaderInfo,
  type Part,
  type Survey,
} from '../../pool/index.ts';
import type { JsonObject } from './render-json.ts';
import { hex, printable, type Paint } from './text.ts';

/** What headers and descriptors say, and who may use the files. */
export interface PoolFacts {
  readonly poolSize: number | undefined;
  /** The first sound header, of a first part if there is one; undefined when there is none. */
  readonly header: HeaderInfo | undefined;
  /** Of the oldest sound header: parts that were made anew have younger ones. */
  readonly createdSeconds: bigint | undefined;
  /** Whether any replica says that the pool was not closed; only first parts tell. */
  readonly dirty: boolean;
  /** Of the first replica that has a sound one. */
  readonly descriptor: DescriptorInfo | undefined;
  readonly parts: readonly PartFacts[];
}

interface PartFacts {
  readonly part: Part;
  readonly header: HeaderInfo | undefined;
  readonly access:
    { readonly mode: number; readonly uid: number; readonly gid: number } | undefined;
}

const CHECK_BAD_BLOCKS = 0x1;

export function gatherFacts({ set, evidence, health }: Survey): PoolFacts {
  const parts = allParts(set).map((part) => {
    const seen = evidence.replicas[part.replica]!.parts[part.index]!;
    const sound = health.parts[part.replica]![part.index]!.header !== undefined;
    return {
      part,
      header:
        sound && seen.kind === 'present' && seen.header !== undefined
          ? headerInfo(seen.header)
          : undefined,
      access: seen.kind === 'present' ? seen.facts : undefined,
    };
  });
  const descriptor = set.replicas
    .filter(({ index }) => health.parts[index]![0]!.state === 'healthy')
    .map(({ index }) => evidence.replicas[index]!.descriptor)
    .find((page) => page !== undefined);
  const headers = parts.flatMap(({ part, header }) =>
    header === undefined ? [] : [{ part, header }],
  );
  const firsts = headers.filter(({ part }) => part.index === 0);
  const ages = headers.map(({ header }) => header.createdSeconds);
  return {
    poolSize: health.poolSize,
    header: (firsts[0] ?? headers[0])?.header,
    createdSeconds: ages.toSorted((a, b) => Number(a - b))[0],
    dirty: firsts.some(({ header }) => header.dirty),
    descriptor: descriptor === undefined ? undefined : descriptorInfo(descriptor),
    parts,
  };
}

/** The pool as a list of names and values, then a line for each part. */
export function describePool(facts: PoolFacts, paint: Paint): string {
  const rows = [...headerRows(facts), ...descriptorRows(facts)];
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  const pool = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${printable(value)}\n`);
  const parts = partRows(facts);
  const head = pool.length === 0 ? '' : `${paint('bold', 'Pool')}\n${pool.join('')}\n`;
  return `${head}${paint('bold', 'Parts')}\n${parts.join('')}`;
}

type Row = readonly [name: string, value: string];

function headerRows({ header, createdSeconds, dirty }: PoolFacts): readonly Row[] {
  if (header === undefined || createdSeconds === undefined) return [];
  return [
    ['pool set', header.poolsetUuid],
    ['format', `${header.signature} ${header.major}`],
    ['features', featureNames(header).join(', ') || 'none'],
    ['created', timeOf(createdSeconds)],
    ['state', dirty ? 'open, or open when the machine stopped' : 'closed'],
  ];
}

function descriptorRows({ descriptor, poolSize }: PoolFacts): readonly Row[] {
  if (descriptor === undefined) return [];
  const size: readonly Row[] =
    poolSize === undefined ? [] : [['size', `${formatBytes(poolSize)} (${poolSize} bytes)`]];
  const heapSize = Number(descriptor.heapSize);
  return [
    ...size,
    ['layout', descriptor.layout === '' ? 'no name' : descriptor.layout],
    ['heap', `${formatBytes(heapSize)} from pool offset ${hex(Number(descriptor.heapOffset))}`],
    ['root', descriptor.rootOffset === 0n ? 'none' : hex(Number(descriptor.rootOffset))],
  ];
}

function partRows({ parts }: PoolFacts): readonly string[] {
  const rows = parts.map(({ part, access }) => ({
    name: partName(part),
    size: formatBytes(part.fileSize),
    access:
      access === undefined
        ? '-'
        : `${access.mode.toString(8).padStart(4, '0')} ${access.uid}:${access.gid}`,
    path: printable(part.path),
  }));
  const width = (key: 'name' | 'size' | 'access'): number =>
    Math.max(...rows.map((row) => row[key].length));
  return rows.map(
    ({ name, size, access, path }) =>
      `  ${name.padEnd(width('name'))}  ${size.padStart(width('size'))}  ${access.padEnd(width('access'))}  ${path}\n`,
  );
}

function featureNames({ featureNames: names, compat }: HeaderInfo): readonly string[] {
  const known = names.map((name) => name ?? 'unknown features');
  return (compat & CHECK_BAD_BLOCKS) === 0 ? known : [...known, 'CHECK_BAD_BLOCKS'];
}

function timeOf(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  // A header may record any 64 bits, more than a calendar has.
  if (Number.isNaN(date.getTime())) return `second ${seconds}`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function poolDocument(facts: PoolFacts): JsonObject {
  const { header, descriptor, parts } = facts;
  return {
    pool:
      header === undefined
        ? null
        : {
            poolsetUuid: header.poolsetUuid,
            signature: header.signature,
            major: header.major,
            compat: header.compat,
            incompat: header.incompat,
            roCompat: header.roCompat,
            features: featureNames(header),
            createdSeconds: Number(facts.createdSeconds),
            dirty: facts.dirty,
          },
    descriptor:
      descriptor === undefined
        ? null
        : {
            layout: descriptor.layout,
            heapOffset: Number(descriptor.heapOffset),
            heapSize: Number(descriptor.heapSize),
            rootOffset: Number(descriptor.rootOffset),
          },
    parts: parts.map(({ part, header: own, access }) => ({
      name: partName(part),
      path: part.path,
      uuid: own?.uuid ?? null,
      prevPartUuid: own?.prevPartUuid ?? null,
      nextPartUuid: own?.nextPartUuid ?? null,
      prevReplicaUuid: own?.prevReplUuid ?? null,
      nextReplicaUuid: own?.nextReplUuid ?? null,
      mode: access?.mode ?? null,
      uid: access?.uid ?? null,
      gid: access?.gid ?? null,
    })),
  };
}
