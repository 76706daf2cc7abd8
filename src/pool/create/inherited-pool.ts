import {
  OBJ_DSC_OFFSET,
  OBJ_DSC_SIZE,
  objDescriptor,
  poolHdr,
  poolTypeOf,
  type PoolType,
} from '../layout/index.ts';
import type { Media } from '../media/media.ts';
import { openAnyPool, openPart, readHeader, type AnyPool } from '../open/index.ts';
import { poolReader } from '../survey/index.ts';
import { poolSizeOf } from './create-refusals.ts';

/** What a new pool can take over from one that exists. */
export interface InheritedPool {
  /** Undefined when the first header has no signature of a pool. */
  readonly type: PoolType | undefined;
  /** Bytes: of the file, or of the least replica of a set. */
  readonly size: number;
  /** Permission bits of the pool file or the set file. */
  readonly mode: number;
  /** Layout name; empty unless the pool is a pmemobj pool. */
  readonly layout: string;
}

/**
 * Reads the parameters of the pool at `path` from its first replica. Changes nothing.
 * @throws PoolSetFileError when it is a set file that cannot be parsed
 * @throws SystemError when it cannot be read; EINVAL when it is too short for a header
 */
export function readInheritedPool(media: Media, path: string): InheritedPool {
  using any = openAnyPool(media, path);
  const [replica] = any.set.replicas;
  for (const part of replica!.parts) openPart(any.pool, part);
  const type = typeOf(any);
  const size = poolSizeOf(any.set);
  const mode = media.stat(path)?.mode ?? 0;
  return {
    type,
    size: any.isSet ? size : replica!.parts[0]!.fileSize,
    mode,
    layout: layoutOf(any, type),
  };
}

function typeOf({ pool, set }: AnyPool): PoolType | undefined {
  const [first] = set.replicas[0]!.parts;
  return first === undefined ? undefined : poolTypeOf(poolHdr.decode(readHeader(pool, first)));
}

function layoutOf({ pool, set }: AnyPool, type: PoolType | undefined): string {
  if (type !== 'obj') return '';
  const page = poolReader(pool, set.replicas[0]!)(OBJ_DSC_OFFSET, OBJ_DSC_SIZE);
  const { layout } = objDescriptor.decode(page);
  const end = layout.indexOf(0);
  return Buffer.from(end < 0 ? layout : layout.subarray(0, end)).toString('utf8');
}
