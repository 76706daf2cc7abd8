import { dirname } from 'node:path';
import { equalBytes, ResilverError, SystemError } from '../../base/index.ts';
import {
  hasValidChecksum,
  POOL_HDR_SIZE,
  poolHdr,
  SDS_OFFSET,
  SDS_SIZE,
  sealPoolHdr,
} from '../layout/index.ts';
import type { Media } from '../media/media.ts';
import type { SwitchStep, TransformRecord } from './transform-record.ts';

/** Suffix of a new part file until it takes its name. Not that of a sync, which removes what it finds under its own. */
export const UNFINISHED_SUFFIX = '.resilver-part';

/** Somebody else has changed the parts since the record was written: to go on could destroy what he did. */
export class TransformInterferenceError extends ResilverError {
  constructor(path: string) {
    const message = `Cannot finish the transformation: ${path} is neither what it was when that began nor what it was to become`;
    super('transform-interference', message, { data: { path } });
  }
}

/** Whether any step of the switch is done. As long as none is, the source is what it was. */
export function isBegun(media: Media, { steps }: TransformRecord): boolean {
  return steps.some((step) => ['done', 'torn'].includes(stateOf(media, step)));
}

/**
 * Carries out what is left of a switch, durably, step by step. Idempotent. Nobody else may have the files open.
 * @throws TransformInterferenceError when a file is neither as before nor as after its step
 */
export function finishSwitch(
  media: Media,
  { steps }: TransformRecord,
  onStep?: (step: SwitchStep) => void,
): void {
  for (const step of steps) {
    onStep?.(step);
    perform(media, step);
  }
}

function perform(media: Media, step: SwitchStep): void {
  const state = stateOf(media, step);
  if (state === 'foreign') throw new TransformInterferenceError(step.path);
  switch (step.kind) {
    case 'rewrite-header':
      rewriteHeader(media, step, state);
      return;
    case 'name-part':
      if (state === 'to-do') media.rename(step.temporaryPath, step.path);
      break;
    case 'remove-part':
      if (state === 'to-do') media.unlink(step.path);
  }
  // Also when it was done before: whoever did it may have died before it was durable.
  media.syncDirectory(dirname(step.path));
}

/** `torn`: a header of which only some sectors were written. `foreign`: neither as before the step nor as after it. */
type StepState = 'to-do' | 'done' | 'torn' | 'foreign';
type StepOf<K extends SwitchStep['kind']> = Extract<SwitchStep, { kind: K }>;

function stateOf(media: Media, step: SwitchStep): StepState {
  switch (step.kind) {
    case 'rewrite-header':
      return headerState(readHeader(media, step.path), step);
    case 'name-part':
      return namingState(media, step);
    case 'remove-part':
      return media.stat(step.path) === undefined ? 'done' : 'to-do';
  }
}

function readHeader(media: Media, path: string): Uint8Array {
  using file = media.open(path, 'read');
  return file.read(0, POOL_HDR_SIZE);
}

/** The shutdown state changes whenever the pool is opened and has no say in this. */
function headerState(found: Uint8Array, step: StepOf<'rewrite-header'>): StepState {
  const plain = withoutShutdownState(found);
  if (equalBytes(plain, withoutShutdownState(step.after))) return 'done';
  if (equalBytes(plain, withoutShutdownState(step.before))) return 'to-do';
  return hasValidChecksum(found) ? 'foreign' : 'torn';
}

function withoutShutdownState(header: Uint8Array): Uint8Array {
  return header.slice().fill(0, SDS_OFFSET, SDS_OFFSET + SDS_SIZE);
}

/** Is the new file gone from its temporary name, then what has the part's name must be it. */
function namingState(media: Media, step: StepOf<'name-part'>): StepState {
  const { temporaryPath, path, size, replaces, uuid, formerUuid } = step;
  const found = media.stat(path);
  if (media.stat(temporaryPath) !== undefined) {
    return found === undefined || replaces ? 'to-do' : 'foreign';
  }
  if (found?.size !== size) return 'foreign';
  if (uuid === undefined && formerUuid === undefined) return 'done';
  const own = poolHdr.decode(readHeader(media, path)).uuid;
  const isNew = uuid === undefined ? own !== formerUuid : own === uuid;
  return isNew ? 'done' : 'foreign';
}

function rewriteHeader(media: Media, step: StepOf<'rewrite-header'>, state: StepState): void {
  using file = media.open(step.path, 'write');
  if (state === 'to-do') file.write(0, withShutdownStateOf(step, file.read(0, POOL_HDR_SIZE)));
  if (state === 'torn') file.write(0, step.after);
  file.sync();
}

function withShutdownStateOf({ after }: StepOf<'rewrite-header'>, found: Uint8Array): Uint8Array {
  const header = after.slice();
  poolHdr.patch(header, { sds: found.slice(SDS_OFFSET, SDS_OFFSET + SDS_SIZE) });
  sealPoolHdr(header);
  return header;
}

/**
 * Locks every file that the rest of a switch touches; held until the result is disposed.
 * @throws SystemError EAGAIN when a program has one of them open
 */
export function lockFiles(media: Media, { steps }: TransformRecord): Disposable {
  using locked = new DisposableStack();
  const paths = steps.flatMap((step) =>
    step.kind === 'name-part' ? [step.temporaryPath, step.path] : [step.path],
  );
  for (const path of new Set(paths)) {
    if (media.stat(path) === undefined) continue;
    const file = locked.use(media.open(path, 'read'));
    if (file.tryLock()) continue;
    const facts = { errno: 'EAGAIN', syscall: 'flock', path };
    throw new SystemError(`Cannot lock ${path}: a program has the pool open`, facts);
  }
  return locked.move();
}
