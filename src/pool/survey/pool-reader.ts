import { SystemError } from '../../base/index.ts';
import type { Health } from '../check/index.ts';
import type { PoolReader } from '../layout/index.ts';
import { split, type Replica } from '../poolset/index.ts';
import type { OpenPoolSet } from './open-pool-set.ts';

/** Reads one replica as the flat pool that it is a copy of. All parts that a read touches must be open. */
export function poolReader(pool: OpenPoolSet, replica: Replica): PoolReader {
  return (poolOffset, length) => {
    const pieces = split(replica, { offset: poolOffset, end: poolOffset + length });
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined) {
      return pool.file(first.part).read(first.fileOffset, length);
    }
    const data = new Uint8Array(length);
    for (const piece of pieces) {
      const bytes = pool.file(piece.part).read(piece.fileOffset, piece.length);
      data.set(bytes, piece.poolOffset - poolOffset);
    }
    return data;
  };
}

/**
 * Reads the pool from whichever replica has the whole of a range in healthy parts.
 * @throws SystemError EIO when none has
 */
export function anyReader(pool: OpenPoolSet, health: Health): PoolReader {
  return (poolOffset, length) => {
    const range = { offset: poolOffset, end: poolOffset + length };
    const replica = pool.set.replicas.find((candidate) =>
      split(candidate, range).every(
        ({ part }) => health.parts[part.replica]![part.index]!.state === 'healthy',
      ),
    );
    if (replica !== undefined) return poolReader(pool, replica)(poolOffset, length);
    const facts = { errno: 'EIO', syscall: 'pread', path: pool.set.path };
    throw new SystemError(`Cannot read the pool at 0x${poolOffset.toString(16)}`, facts);
  };
}
