import { ResilverError } from '../../base/index.ts';
import { fletcher64, type PoolUuid } from '../layout/index.ts';

/** What a transformation is. `to-` and `from-singlehdr`: headers of later parts go, or come back. */
export type TransformOperation =
  'add-replicas' | 'remove-replicas' | 'to-singlehdr' | 'from-singlehdr';

/**
 * One step of the switch from the old to the new set. All of them may be run again. Together, in their order, they never
 * leave a state that either set file would open with wrong data.
 */
export type SwitchStep =
  /** The header at `path` holds `before`, and is to hold `after`; the shutdown state in it stays as it is. */
  | {
      readonly kind: 'rewrite-header';
      readonly path: string;
      readonly before: Uint8Array;
      readonly after: Uint8Array;
    }
  /**
   * The finished file at `temporaryPath` takes its name. `uuid` is the one in its header, `formerUuid` that of the part that has the
   * name until then; each undefined where there is no header. `replaces` when there is such a part.
   */
  | {
      readonly kind: 'name-part';
      readonly temporaryPath: string;
      readonly path: string;
      readonly size: number;
      readonly replaces: boolean;
      readonly uuid?: PoolUuid;
      readonly formerUuid?: PoolUuid;
    }
  | { readonly kind: 'remove-part'; readonly path: string };

/** The intent of a transformation, complete enough to be carried out without looking at anything else. */
export interface TransformRecord {
  readonly operation: TransformOperation;
  /** Paths of the set files, links followed. */
  readonly source: string;
  readonly destination: string;
  /** As texts print it. */
  readonly poolsetUuid: string;
  readonly steps: readonly SwitchStep[];
}

/** The record of a transformation is damaged: what it says is not followed. */
export class TransformRecordError extends ResilverError {
  constructor(path: string, reason: string) {
    super(
      'transform-record-invalid',
      `Cannot use ${path}, the record of a transformation: ${reason}`,
      {
        data: { path },
      },
    );
  }
}

const FIRST_LINE = /^resilver transform record 1 checksum ([0-9a-f]{16})\n/;

/** A line with version and checksum of the rest, then JSON, with headers in base64. */
export function encodeTransformRecord(record: TransformRecord): Uint8Array {
  const body = `${JSON.stringify(
    record,
    (_key, value: unknown) =>
      value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
    1,
  )}\n`;
  return Buffer.from(`resilver transform record 1 checksum ${checksumOf(body)}\n${body}`);
}

/** @throws TransformRecordError when the bytes are not what `encodeTransformRecord` made */
export function decodeTransformRecord(bytes: Uint8Array, path: string): TransformRecord {
  const text = Buffer.from(bytes).toString('utf8');
  const match = FIRST_LINE.exec(text);
  if (match === null) throw new TransformRecordError(path, 'it does not begin like one');
  const body = text.slice(match[0].length);
  if (checksumOf(body) !== match[1]) throw new TransformRecordError(path, 'its checksum is wrong');
  // The checksum vouches for the shape: nobody but `encodeTransformRecord` writes such a body.
  return JSON.parse(body, (_key, value: unknown) => {
    const isBytes = typeof value === 'object' && value !== null && 'base64' in value;
    return isBytes ? Uint8Array.from(Buffer.from(String(value.base64), 'base64')) : value;
  }) as TransformRecord;
}

function checksumOf(body: string): string {
  const bytes = Buffer.from(body);
  const padded = Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  return fletcher64(padded).toString(16).padStart(16, '0');
}
