import { isAllZero } from '../../base/index.ts';
import { hasValidChecksum, poolHdr, poolTypeOf } from '../layout/index.ts';
import type { Check, CheckContext, ConsistencyMessage, StepEnd } from './consistency.ts';

/** Each header by itself. A pmemobj header that fails cannot be repaired from within: that is what `sync` is for. */
export function* checkHeaders({ input, options, poolType }: CheckContext): Check<StepEnd> {
  for (const { replica, part, bytes } of input.headers.flat()) {
    yield { level: 'info', what: 'checking-header', replica, part };
    const fault = faultOf(bytes);
    if (fault === undefined) {
      yield { level: 'info', what: 'header-correct', replica, part };
      continue;
    }
    if (!options.repair) {
      yield { level: 'error', ...fault, replica, part };
      return 'not-consistent';
    }
    if (fault.what !== 'header-zero') yield { level: 'info', ...fault, replica, part };
    const what = poolType === undefined ? 'pool-type-unknown' : 'repair-unsupported';
    yield { level: 'error', what };
    return 'cannot-repair';
  }
  return 'continue';
}

function faultOf(bytes: Uint8Array): ConsistencyMessage | undefined {
  if (isAllZero(bytes)) return { what: 'header-zero' };
  if (!hasValidChecksum(bytes)) return { what: 'header-checksum' };
  return poolTypeOf(poolHdr.decode(bytes)) === undefined ? { what: 'header-signature' } : undefined;
}
