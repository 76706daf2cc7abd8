import { equalBytes } from '../../base/index.ts';
import { poolTypeOf, poolHdr, POOL_HDR_SIZE } from '../layout/index.ts';
import { checkHeaders } from './check-headers.ts';
import { checkPoolUuids } from './check-uuids.ts';
import { checkShutdownStates } from './check-shutdown.ts';
import type {
  Check,
  CheckContext,
  ConsistencyInput,
  ConsistencyOptions,
  ConsistencyResult,
  StepEnd,
} from './consistency.ts';

const STEPS: readonly ((context: CheckContext) => Check<StepEnd>)[] = [
  checkShutdownStates,
  checkHeaders,
  checkPoolUuids,
];

/**
 * Looks at what `pmempool check` looks at: shutdown states, headers, uuids. Pure: repairs change copies of the headers, and
 * nothing counts unless all of it was put right.
 * Source: PMDK 1.12.1 src/libpmempool/check.c, its step table; behaviour found by experiment.
 */
export function* checkConsistency(
  given: ConsistencyInput,
  options: ConsistencyOptions,
): Check<ConsistencyResult> {
  const headers = given.headers.map((replica) =>
    replica.map((header) => ({ ...header, bytes: header.bytes.slice(0, POOL_HDR_SIZE) })),
  );
  const input = { ...given, headers };
  const poolType = poolTypeOf(poolHdr.decode(headers[0]![0]!.bytes));
  let needsSync = false;
  for (const step of STEPS) {
    const end = yield* step({ input, options, poolType });
    if (end === 'sync-required') needsSync = true;
    else if (end !== 'continue') return { verdict: end, changed: [] };
  }
  const changed = headers.flatMap((replica, r) =>
    replica.filter((header, h) => !equalBytes(header.bytes, given.headers[r]![h]!.bytes)),
  );
  if (needsSync) return { verdict: 'sync-required', changed };
  return { verdict: changed.length > 0 ? 'repaired' : 'consistent', changed };
}
