import { isAllZero } from '../../base/index.ts';
import { hasValidChecksum, poolHdr, poolTypeOf, type PoolHdr } from '../layout/index.ts';
import { openAllParts, readHeader, type AnyPool } from '../open/index.ts';
import { allParts, type Part } from '../poolset/index.ts';
import { transformRecordPath } from '../survey/index.ts';

/** A header as it lies on the media. */
export interface FoundHeader {
  readonly part: Part;
  readonly bytes: Uint8Array;
  readonly fields: PoolHdr;
  /** `damaged`: the checksum or the signature is wrong. */
  readonly state: 'sound' | 'damaged';
}

export interface FeatureFacts {
  readonly path: string;
  /** False for a pool file by itself. */
  readonly isSet: boolean;
  /** Of all parts that have one, in the order of the set file. At least one. */
  readonly headers: readonly FoundHeader[];
  /** Path of the record of a transformation that is not finished. */
  readonly pendingTransform: string | undefined;
}

/**
 * Opens and locks all parts and reads their headers; changes nothing.
 * @throws SystemError when a part is missing, locked by a program or of another size than the set file says
 */
export function surveyFeature(target: AnyPool): FeatureFacts {
  const { pool, set, isSet } = target;
  openAllParts(target);
  const record = transformRecordPath(pool, set.path);
  return {
    path: set.path,
    isSet,
    headers: allParts(set)
      .filter(({ hasHeader }) => hasHeader)
      .map((part) => judge(part, readHeader(pool, part))),
    pendingTransform: pool.media.stat(record) === undefined ? undefined : record,
  };
}

function judge(part: Part, bytes: Uint8Array): FoundHeader {
  const fields = poolHdr.decode(bytes);
  const sound = !isAllZero(bytes) && poolTypeOf(fields) !== undefined && hasValidChecksum(bytes);
  return { part, bytes, fields, state: sound ? 'sound' : 'damaged' };
}
