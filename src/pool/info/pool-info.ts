import { SystemError, type ResilverError } from '../../base/index.ts';
import {
  COMPAT_CHECK_BAD_BLOCKS,
  hasValidChecksum,
  OBJ_DSC_OFFSET,
  OBJ_DSC_SIZE,
  POOL_HDR_SIZE,
  poolHdr,
  poolTypeOf,
  type PoolHdr,
  type PoolReader,
} from '../layout/index.ts';
import type { BadBlockSource, Media } from '../media/media.ts';
import {
  askBadBlocks,
  openAllParts,
  openAnyPool,
  openPart,
  readHeader,
  type AnyPool,
  type KnownBadBlocks,
} from '../open/index.ts';
import { allParts, type Part, type PoolSet } from '../poolset/index.ts';
import { recoveryFilePath } from '../recovery/index.ts';
import { poolReader } from '../survey/index.ts';
import { descriptorInfo, headerInfo, type DescriptorInfo, type HeaderInfo } from './header-info.ts';
import { heapStatistics, type HeapStatistics } from './heap-statistics.ts';
import { isOpenable } from './openable.ts';

/** What can be told about a pool without a judgement on it. */
export interface PoolInfo {
  /** Undefined when it is one file by itself. */
  readonly set: PoolSet | undefined;
  readonly file: Part;
  readonly header: HeaderInfo;
  /** Undefined for a part of a set by itself, which has nothing else to be understood alone. */
  readonly descriptor: DescriptorInfo | undefined;
  readonly isPartOfSet: boolean;
  /** When they were asked for, and the descriptor tells where the heap is. */
  readonly statistics: HeapStatistics | undefined;
}

export interface PoolInfoOptions {
  /** 0-based; 0 unless given. */
  readonly replica?: number;
  /** Take the file for a whole pmemobj pool, whatever its header says. */
  readonly force?: boolean;
  /** Look into the heap too. */
  readonly statistics?: boolean;
  readonly badBlockSources?: readonly BadBlockSource[];
}

/** Where looking at a pool came to an end. */
export type PoolInfoFailure =
  | { readonly at: 'file' | 'first-header' | 'parts'; readonly cause: ResilverError }
  /** The headers of the set do not go together, no library would open them, or bad blocks wait to be healed. */
  | { readonly at: 'headers' }
  | { readonly at: 'empty-file' }
  | { readonly at: 'pool-type'; readonly signature: Uint8Array; readonly isSet: boolean }
  | { readonly at: 'checksum' }
  | { readonly at: 'replica-number'; readonly replicaCount: number };

export type PoolInfoResult =
  | { readonly kind: 'info'; readonly info: PoolInfo }
  | { readonly kind: 'failure'; readonly failure: PoolInfoFailure };

/** A pool that stays open and locked while its information is used. */
export interface OpenPoolInfo extends Disposable {
  readonly result: PoolInfoResult;
  /** Asks the `badBlockSources` about every part that could be opened. */
  askBadBlocks(): Promise<KnownBadBlocks>;
}

/**
 * Opens a pool set or a pool file and reads what describes it. What stands in the way is returned, not thrown.
 * @throws PoolSetFileError when it is a set file that cannot be parsed
 */
export function openPoolInfo(
  media: Media,
  path: string,
  options: PoolInfoOptions = {},
): OpenPoolInfo {
  let any: AnyPool;
  try {
    any = openAnyPool(media, path, options.badBlockSources);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return {
      result: failure({ at: 'file', cause: error }),
      askBadBlocks: async () => ({ ranges: new Map(), failed: [] }),
      [Symbol.dispose]() {},
    };
  }
  const result = any.isSet ? readSet(any, options) : readFile(any, options);
  return {
    result,
    askBadBlocks: () => askBadBlocks(any),
    [Symbol.dispose]: () => any[Symbol.dispose](),
  };
}

function failure(found: PoolInfoFailure): PoolInfoResult {
  return { kind: 'failure', failure: found };
}

/** Runs a step that may fail for reasons outside the pool. */
function attempt<T>(
  at: 'first-header' | 'parts' | 'file',
  step: () => T,
): { readonly value: T } | { readonly failed: PoolInfoResult } {
  try {
    return { value: step() };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { failed: failure({ at, cause: error }) };
  }
}

function readSet(any: AnyPool, options: PoolInfoOptions): PoolInfoResult {
  const { pool, set } = any;
  const { replica = 0, force = false } = options;
  const file = set.replicas[0]!.parts[0]!;
  const first = attempt('first-header', () => {
    openPart(pool, file, 'any-size');
    return readHeader(pool, file);
  });
  if ('failed' in first) return first.failed;
  if (set.options.noHeaders) return failure({ at: 'headers' });
  const { signature } = poolHdr.decode(first.value);
  if (!force && poolTypeOf({ signature }) === undefined) {
    return failure({ at: 'pool-type', signature, isSet: true });
  }
  const headers = attempt('parts', () => {
    openAllParts(any);
    return set.replicas.map(({ parts }) =>
      parts.filter(({ hasHeader }) => hasHeader).map((part) => readHeader(pool, part)),
    );
  });
  if ('failed' in headers) return headers.failed;
  if (!isOpenable(headers.value, set.options.singleHeader)) return failure({ at: 'headers' });
  if (isBeingHealed(any, headers.value[0]![0]!)) return failure({ at: 'headers' });
  const chosen = set.replicas[replica];
  if (chosen === undefined) {
    return failure({ at: 'replica-number', replicaCount: set.replicas.length });
  }
  const read = poolReader(pool, chosen);
  const info = { set, file, isPartOfSet: false, header: headerInfo(headers.value[replica]![0]!) };
  return withDescriptor(info, read, chosen.capacity, options);
}

/** No library opens a pool that wants to be asked for bad blocks while a record of them waits for `sync`. */
function isBeingHealed({ pool, set }: AnyPool, header: Uint8Array): boolean {
  if ((poolHdr.decode(header).compat & COMPAT_CHECK_BAD_BLOCKS) === 0) return false;
  return allParts(set).some(
    (part) => pool.media.stat(recoveryFilePath(set.path, part)) !== undefined,
  );
}

function readFile(any: AnyPool, options: PoolInfoOptions): PoolInfoResult {
  const { pool, set } = any;
  const { replica = 0, force = false } = options;
  const file = set.replicas[0]!.parts[0]!;
  const read = poolReader(pool, set.replicas[0]!);
  if (file.fileSize < POOL_HDR_SIZE && !force) return failure({ at: 'empty-file' });
  const found = attempt('file', () => {
    openPart(pool, file);
    return readHeader(pool, file);
  });
  if ('failed' in found) return found.failed;
  const header = found.value;
  const decoded = poolHdr.decode(header);
  if (!force && poolTypeOf(decoded) === undefined) {
    return failure({ at: 'pool-type', signature: decoded.signature, isSet: false });
  }
  if (!force && !hasValidChecksum(header)) return failure({ at: 'checksum' });
  if (replica !== 0) return failure({ at: 'replica-number', replicaCount: 1 });
  const isPartOfSet = !force && namesOthers(decoded);
  const info = { set: undefined, file, isPartOfSet, header: headerInfo(header) };
  return isPartOfSet
    ? { kind: 'info', info: { ...info, descriptor: undefined, statistics: undefined } }
    : withDescriptor(info, read, set.replicas[0]!.capacity, options);
}

/** A pool in one file is a set of one replica with one part: its own uuid in all four links. */
function namesOthers(header: PoolHdr): boolean {
  const links = ['prevPartUuid', 'nextPartUuid', 'prevReplUuid', 'nextReplUuid'] as const;
  return links.some((link) => header[link] !== header.uuid);
}

function withDescriptor(
  info: Omit<PoolInfo, 'descriptor' | 'statistics'>,
  read: PoolReader,
  capacity: number,
  options: PoolInfoOptions,
): PoolInfoResult {
  const found = attempt('file', () => {
    if (capacity < OBJ_DSC_OFFSET + OBJ_DSC_SIZE) {
      const facts = { errno: 'EINVAL', syscall: 'pread', path: info.file.path };
      throw new SystemError(`${info.file.path} is too small for a pool`, facts);
    }
    const descriptor = descriptorInfo(read(OBJ_DSC_OFFSET, OBJ_DSC_SIZE));
    const wanted = options.statistics === true;
    return {
      descriptor,
      statistics: wanted ? statisticsOf(descriptor, read, capacity) : undefined,
    };
  });
  if ('failed' in found) return found.failed;
  return { kind: 'info', info: { ...info, ...found.value } };
}

/** Undefined when the heap would not lie within the replica. */
function statisticsOf(
  { heapOffset, heapSize }: DescriptorInfo,
  read: PoolReader,
  capacity: number,
): HeapStatistics | undefined {
  if (heapOffset === 0n || heapOffset + heapSize > BigInt(capacity)) return undefined;
  return heapStatistics(read, Number(heapOffset), Number(heapSize));
}
