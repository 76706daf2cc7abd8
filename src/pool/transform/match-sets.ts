import type { PoolSet, Replica } from '../poolset/index.ts';
import type { Refusal } from '../sync/index.ts';
import type { TransformOperation } from './transform-record.ts';

/** Which replica of the source is which of the destination. */
export interface SetMatch {
  /** By replica of the destination: the same replica of the source; undefined when it is to be added. */
  readonly origins: readonly (number | undefined)[];
  /** Replicas of the source that the destination lacks. */
  readonly removed: readonly Replica[];
}

/** Replicas are the same when they list the same parts with the same sizes; their order in the set files does not matter. */
export function matchSets(source: PoolSet, destination: PoolSet): SetMatch {
  const origins = destination.replicas.map(
    (replica) => source.replicas.find((candidate) => isSameReplica(candidate, replica))?.index,
  );
  const removed = source.replicas.filter(({ index }) => !origins.includes(index));
  return { origins, removed };
}

function isSameReplica(a: Replica, b: Replica): boolean {
  return (
    a.parts.length === b.parts.length &&
    a.parts.every(({ path, fileSize }, index) => {
      const other = b.parts[index]!;
      return path === other.path && fileSize === other.fileSize;
    })
  );
}

/** The one operation that leads from source to destination, or why there is none. */
export function identifyOperation(
  source: PoolSet,
  destination: PoolSet,
  { origins, removed }: SetMatch,
): TransformOperation | Refusal {
  const added = origins.filter((origin) => origin === undefined).length;
  const kept = origins.length - added;
  const before = source.options.singleHeader;
  const after = destination.options.singleHeader;
  if (kept === 0) {
    return refusal(
      'no-replica-left',
      'No replica of the source is in the destination: at least one must be left',
    );
  }
  if (added > 0 && removed.length > 0) {
    const text = 'The destination adds replicas and lacks others: do one after the other';
    return refusal('add-and-remove', text);
  }
  if (added === 0 && removed.length === 0) {
    if (before === after) return refusal('sets-equal', 'Both set files describe the same set');
    return after ? 'to-singlehdr' : 'from-singlehdr';
  }
  if (before !== after) {
    const text =
      'The destination changes replicas and the SINGLEHDR option: do one after the other';
    return refusal('replicas-and-option', text);
  }
  return added > 0 ? 'add-replicas' : 'remove-replicas';
}

function refusal(code: string, message: string): Refusal {
  return { code, message, data: {} };
}
