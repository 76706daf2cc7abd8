import { bytes, defineLayout, u64, u8, type Decoded } from '../../base/index.ts';
import { fletcher64 } from './checksum.ts';

/** Where the shutdown state lies in a pool header; only the one in a replica's first part counts. */
export const SDS_OFFSET = 4024;
export const SDS_SIZE = 64;

/** Source: PMDK 1.12.1 src/common/shutdown_state.h, struct shutdown_state. */
export const shutdownState = defineLayout('shutdown_state', SDS_SIZE, {
  usc: u64(0),
  uuid: u64(8),
  dirty: u8(16),
  reserved: bytes(17, 39),
  checksum: u64(56),
});

export type ShutdownState = Decoded<typeof shutdownState>;

/** The checksum that these 64 bytes should carry. */
export function shutdownStateChecksum(state: Uint8Array): bigint {
  return fletcher64(state.subarray(0, SDS_SIZE), { sumAt: shutdownState.fields.checksum.offset });
}

/** The hardware as it is now: sums over the parts of a replica; both zero where nothing is known. */
export interface CurrentShutdownState {
  readonly usc: bigint;
  readonly uuid: bigint;
}

/**
 * What the stored state says about the last shutdown. `fine`: nothing happened; `adopt`: the current values should be
 * stored, nothing was lost; `failed`: power was lost while the pool was open, in a way that may have lost stores.
 */
export type ShutdownVerdict = 'fine' | 'adopt' | 'failed';

export function checkShutdownState(
  stored: Uint8Array,
  current: CurrentShutdownState,
): ShutdownVerdict {
  const state = shutdownState.decode(stored);
  // A torn state means that someone died while writing it, before anything in the pool changed.
  if (state.checksum !== shutdownStateChecksum(stored)) return 'adopt';
  if (state.usc === current.usc && state.uuid === current.uuid) return 'fine';
  return state.dirty === 0 ? 'adopt' : 'failed';
}
