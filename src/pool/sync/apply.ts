import { dirname } from 'node:path';
import { ResilverError, SystemError, type OnProgress } from '../../base/index.ts';
import { POOL_HDR_SIZE, poolHdr, poolHdrChecksum } from '../layout/index.ts';
import type { MediaFile } from '../media/media.ts';
import { partName, type Part } from '../poolset/index.ts';
import type { OpenPoolSet } from '../survey/index.ts';
import type { Access, CopyPiece, SyncPlan, SyncStep } from './plan.ts';
import type { Refusal } from './refusals.ts';

/** Nothing may be repaired; nothing was changed. Carries every reason. */
export class UnrepairableError extends ResilverError {
  readonly refusals: readonly Refusal[];

  constructor(path: string, refusals: readonly Refusal[]) {
    const first = refusals[0];
    super('unrepairable', `Cannot repair ${path}: ${first?.message ?? 'the plan was refused'}`, {
      data: {
        path,
        refusals: refusals.map(({ code, message, data }) => ({ code, message, data })),
      },
    });
    this.refusals = refusals;
  }
}

export interface ApplyOptions {
  /** Share blocks with the source where the file system can: fast, and no second copy. */
  readonly reflink?: boolean;
  readonly onProgress?: OnProgress;
  readonly onStep?: (step: SyncStep) => void;
  readonly signal?: AbortSignal;
}

export interface ApplyReport {
  readonly stepsDone: number;
  readonly bytesCopied: number;
  readonly elapsedMs: number;
  /** Parts whose owner could not be set; they are open to nobody but the one who ran the repair. */
  readonly ownerNotSet: readonly string[];
}

/**
 * Executes a plan on the pool set that it was made for. Killed anywhere, a run is finished by surveying,
 * planning and applying again: no part looks healthy before its data is on stable storage.
 * @throws UnrepairableError when the plan was refused; nothing was changed
 * @throws SystemError when a call failed; parts that were healthy still are, unfinished new files are removed
 */
export async function apply(
  pool: OpenPoolSet,
  plan: SyncPlan,
  options: ApplyOptions = {},
): Promise<ApplyReport> {
  if (plan.refusals.length > 0) throw new UnrepairableError(pool.set.path, plan.refusals);
  const started = performance.now();
  const ownerNotSet: string[] = [];
  let copied = 0;
  const context: Context = {
    pool,
    options,
    ownerNotSet,
    onBytes(count) {
      copied += count;
      options.onProgress?.({ phase: 'copy', done: copied, total: plan.bytesToCopy });
    },
  };
  for (const step of plan.steps) {
    options.signal?.throwIfAborted();
    options.onStep?.(step);
    await run(step, context);
  }
  const elapsedMs = performance.now() - started;
  return { stepsDone: plan.steps.length, bytesCopied: copied, elapsedMs, ownerNotSet };
}

/** What the making of a part needs beside the part itself. */
export interface BuildContext {
  /** Where the sources of the copies are open. */
  readonly pool: OpenPoolSet;
  readonly options: ApplyOptions;
  /** Parts whose owner could not be set are added here. */
  readonly ownerNotSet: string[];
  readonly onBytes: (count: number) => void;
}

type Context = BuildContext;

type StepOf<K extends SyncStep['kind']> = Extract<SyncStep, { kind: K }>;

async function run(step: SyncStep, context: Context): Promise<void> {
  switch (step.kind) {
    case 'record-bad-blocks':
      recordBadBlocks(step, context.pool);
      return;
    case 'discard-records':
      discardRecords(step, context.pool);
      return;
    case 'discard-leftover':
      context.pool.media.unlink(step.path);
      return;
    case 'break-header':
      writeDurably(context.pool, step.part, (file) => breakHeader(file));
      return;
    case 'write-header':
      writeDurably(context.pool, step.part, (file) => file.write(0, step.header));
      return;
    case 'patch-data':
      await patchData(step, context);
      return;
    case 'replace-part':
      await replacePart(step, context);
  }
}

function writeDurably({ media }: OpenPoolSet, part: Part, write: (file: MediaFile) => void): void {
  using file = media.open(part.path, 'write');
  write(file);
  file.sync();
}

/** Writes a checksum that is certainly wrong: every bit of the right one inverted. */
function breakHeader(file: MediaFile): void {
  const header = file.read(0, POOL_HDR_SIZE);
  poolHdr.patch(header, { checksum: BigInt.asUintN(64, ~poolHdrChecksum(header)) });
  const { offset, size } = poolHdr.fields.checksum;
  file.write(offset, header.subarray(offset, offset + size));
}

/**
 * All files are made, empty, before any is filled; none is filled before all names are durable. So whoever finds a
 * set of files of which some say something knows that blocks may have been cleared.
 */
function recordBadBlocks(step: StepOf<'record-bad-blocks'>, { media }: OpenPoolSet): void {
  for (const path of step.stale) media.unlink(path);
  for (const { path } of step.files) {
    media.create(path, 0o600).close();
    media.syncDirectory(dirname(path));
  }
  for (const { path, text } of step.files) {
    using file = media.open(path, 'write');
    file.write(0, Buffer.from(text));
    file.sync();
  }
}

function discardRecords({ paths }: StepOf<'discard-records'>, { media }: OpenPoolSet): void {
  for (const path of paths) media.unlink(path);
  for (const directory of new Set(paths.map((path) => dirname(path)))) {
    media.syncDirectory(directory);
  }
}

async function patchData(step: StepOf<'patch-data'>, context: Context): Promise<void> {
  using file = context.pool.media.open(step.part.path, 'write');
  for (const piece of step.copies) await overwrite(file, piece, context);
  file.sync();
  for (const piece of step.copies) await readBack(file, piece, context);
}

/** A block that refuses to be overwritten is exchanged for another one first. */
async function overwrite(file: MediaFile, piece: CopyPiece, context: Context): Promise<void> {
  try {
    await copyAll(file, [piece], false, context);
  } catch (error) {
    const refused = error instanceof SystemError && error.errno === 'EIO';
    if (!refused || !error.syscall.endsWith('write')) throw error;
    file.exchangeBlocks(piece.targetOffset, piece.length);
    await copyAll(file, [piece], false, context);
  }
}

/** @throws SystemError EIO when the medium does not give back what was written */
async function readBack(
  file: MediaFile,
  { source, sourceOffset, targetOffset, length }: CopyPiece,
  { pool }: Context,
): Promise<void> {
  const { differing, unreadable } = await pool.media.compare(
    { file: pool.file(source), offset: sourceOffset },
    { file, offset: targetOffset },
    length,
  );
  if (differing.isEmpty && unreadable.every((ranges) => ranges.isEmpty)) return;
  const facts = { errno: 'EIO', syscall: 'pread', path: file.path };
  throw new SystemError(
    `${file.path} does not give back what was written at ${targetOffset}`,
    facts,
  );
}

/**
 * 1. The new file lies under a temporary name, complete with reservation, data, owner and mode, all on stable storage.
 * 2. Its header is written and on stable storage.
 * 3. It takes the part's name; until here the old file has kept every byte.
 * 4. The directory is on stable storage.
 */
async function replacePart(step: StepOf<'replace-part'>, context: Context): Promise<void> {
  const { pool } = context;
  const { path, temporaryPath, directory } = step.place;
  const file = pool.media.create(temporaryPath, 0o600);
  let named = false;
  try {
    await buildPart(file, step, context);
    pool.media.rename(temporaryPath, path);
    named = true;
    pool.media.syncDirectory(directory);
    pool.adopt(step.part, file);
  } catch (error) {
    file.close();
    if (!named) removeQuietly(pool, temporaryPath);
    throw error;
  }
}

/** What a new file of a part is made from. */
export type PartContent = Pick<StepOf<'replace-part'>, 'part' | 'access' | 'copies' | 'header'>;

/**
 * Locks the new, empty `file` and makes it the part: reservation, data, owner and mode, and then the header, all on
 * stable storage when it resolves. The file keeps the name that it has.
 * @throws SystemError when a call failed; the file is of no use then
 */
export async function buildPart(
  file: MediaFile,
  step: PartContent,
  context: BuildContext,
): Promise<void> {
  if (!file.tryLock()) {
    const facts = { errno: 'EAGAIN', syscall: 'flock', path: file.path };
    throw new SystemError(`Cannot lock the new file ${file.path}`, facts);
  }
  file.allocate(step.part.fileSize);
  await copyAll(file, step.copies, true, context);
  if (!setAccess(file, step.access)) context.ownerNotSet.push(partName(step.part));
  file.sync();
  if (step.header !== undefined) {
    file.write(0, step.header);
    file.sync();
  }
}

async function copyAll(
  target: MediaFile,
  copies: readonly CopyPiece[],
  targetIsZero: boolean,
  { pool, options, onBytes }: Context,
): Promise<void> {
  for (const { source, sourceOffset, targetOffset, length } of copies) {
    await pool.media.copy(
      { file: pool.file(source), offset: sourceOffset },
      { file: target, offset: targetOffset },
      length,
      {
        targetIsZero,
        onBytes,
        ...(options.reflink === undefined ? {} : { reflink: options.reflink }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    );
  }
}

/** False when the owner is not ours to set. The file is then for its own owner alone: never wider than the peer. */
function setAccess(file: MediaFile, access: Access): boolean {
  try {
    file.setAccess(access);
    return true;
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== 'EPERM') throw error;
    const { uid, gid } = file.stat();
    file.setAccess({ mode: access.mode & 0o700, uid, gid });
    return false;
  }
}

/** The error that brought us here matters more than one from cleaning up; the next run discards what is left. */
function removeQuietly({ media }: OpenPoolSet, path: string): void {
  try {
    media.unlink(path);
  } catch {
    // Nothing to do: the file has no part's name.
  }
}
