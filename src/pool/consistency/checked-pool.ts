import { SystemError } from '../../base/index.ts';
import { openAllParts, openAnyPool, readHeader, type AnyPool } from '../open/index.ts';
import type { BadBlockSource, Media } from '../media/media.ts';
import type { CheckedHeader, ConsistencyInput } from './consistency.ts';

/** Nothing is known of the hardware below files: PMDK up to 2.0 then stores zeros. */
const NOTHING_KNOWN = { usc: 0n, uuid: 0n };

/** A pool with all its parts open and locked, until disposed. */
export interface CheckedPool extends Disposable {
  readonly input: ConsistencyInput;
  readonly any: AnyPool;
  /** Puts repaired headers in place, durably, in the order given. Idempotent. @throws SystemError */
  write(headers: readonly CheckedHeader[]): void;
}

/**
 * Opens everything that a consistency check looks at. `badBlockSources` are asked by `lookForBadBlocks`.
 * @throws PoolSetFileError, SystemError as `openAnyPool` and `openAllParts` do
 */
export function openCheckedPool(
  media: Media,
  path: string,
  badBlockSources: readonly BadBlockSource[] = [],
): CheckedPool {
  const any = openAnyPool(media, path, badBlockSources);
  try {
    if (any.set.options.noHeaders) throw noHeaders(path);
    openAllParts(any);
    return { any, input: inputOf(any), write, [Symbol.dispose]: () => any[Symbol.dispose]() };
  } catch (error) {
    any[Symbol.dispose]();
    throw error;
  }

  function write(headers: readonly CheckedHeader[]): void {
    for (const { replica, part, bytes } of headers) {
      using file = media.open(any.set.replicas[replica]!.parts[part]!.path, 'write');
      file.write(0, bytes);
      file.sync();
    }
  }
}

/** Without headers there is nothing to check, and no library opens such a set. */
function noHeaders(path: string): SystemError {
  const facts = { errno: 'EINVAL', syscall: 'open', path };
  return new SystemError(`Cannot check ${path}: it has the option NOHDRS`, facts);
}

function inputOf({ set, pool, isSet }: AnyPool): ConsistencyInput {
  const headers = set.replicas.map(({ parts }) =>
    parts
      .filter(({ hasHeader }) => hasHeader)
      .map((part) => ({
        replica: part.replica,
        part: part.index,
        bytes: readHeader(pool, part),
      })),
  );
  return { headers, isSet, current: set.replicas.map(() => NOTHING_KNOWN) };
}
