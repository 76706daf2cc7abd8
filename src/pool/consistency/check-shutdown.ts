import {
  checkShutdownState,
  INCOMPAT_SDS,
  poolHdr,
  SDS_OFFSET,
  SDS_SIZE,
  shutdownState,
} from '../layout/index.ts';
import type {
  Check,
  CheckContext,
  CheckedHeader,
  ConsistencyMessage,
  StepEnd,
} from './consistency.ts';

type Fault = Extract<ConsistencyMessage, { what: 'power-lost' | 'shutdown-state-dirty' }>;

/**
 * The shutdown state of every replica. Damage in some replicas only is left to `sync`, without a word. In all of them: one is
 * reset, so that `sync` has a source. Without a known pool type there is nothing to look at.
 */
export function* checkShutdownStates({ input, options, poolType }: CheckContext): Check<StepEnd> {
  if (poolType === undefined) return 'continue';
  const firsts = input.headers.map((replica) => replica[0]!);
  const faults = firsts.map((first, replica) => faultOf(first, input.current[replica]!));
  const failed = faults.filter((fault) => fault !== undefined).length;
  if (failed === 0) {
    for (const { replica } of firsts) {
      yield { level: 'info', what: 'checking-shutdown-state', replica };
      yield { level: 'info', what: 'shutdown-state-correct', replica };
    }
    return 'continue';
  }
  if (failed < firsts.length) return 'sync-required';
  if (!options.repair) {
    yield { level: 'info', what: 'checking-shutdown-state', replica: 0 };
    yield { level: 'error', ...faults[0]!, replica: 0 };
    return 'not-consistent';
  }
  const end = yield* resetOne(firsts, faults as readonly Fault[]);
  return end === 'continue' && firsts.length > 1 ? 'sync-required' : end;
}

function faultOf(
  { bytes }: CheckedHeader,
  current: { readonly usc: bigint; readonly uuid: bigint },
): Fault | undefined {
  const { incompat, sds } = poolHdr.decode(bytes);
  if ((incompat & INCOMPAT_SDS) !== 0) {
    return checkShutdownState(sds, current) === 'failed' ? { what: 'power-lost' } : undefined;
  }
  // Nobody maintains the state, so nobody can have opened the pool and left a mark.
  return shutdownState.decode(sds).dirty === 0 ? undefined : { what: 'shutdown-state-dirty' };
}

function* resetOne(firsts: readonly CheckedHeader[], faults: readonly Fault[]): Check<StepEnd> {
  for (const { replica, bytes } of firsts) {
    yield { level: 'info', what: 'checking-shutdown-state', replica };
    const accepted = yield { level: 'question', ...faults[replica]!, replica };
    if (!accepted) continue;
    yield { level: 'info', what: 'resetting-shutdown-state', replica };
    // Clean, with nothing known of the hardware: all zeros, and so is their checksum.
    bytes.fill(0, SDS_OFFSET, SDS_OFFSET + SDS_SIZE);
    return 'continue';
  }
  yield { level: 'error', what: 'reverting' };
  return 'not-consistent';
}
