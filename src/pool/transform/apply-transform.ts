import { dirname } from 'node:path';
import { ResilverError } from '../../base/index.ts';
import type { Media, MediaFile } from '../media/media.ts';
import { buildPart, type ApplyOptions, type BuildContext, type Refusal } from '../sync/index.ts';
import type { OpenTransform } from './open-transform.ts';
import type { NewPart, TransformPlan } from './plan-transform.ts';
import { finishSwitch, lockFiles } from './switch-over.ts';
import {
  encodeTransformRecord,
  type SwitchStep,
  type TransformRecord,
} from './transform-record.ts';

/** Nothing may be transformed; nothing was changed. Carries every reason. */
export class TransformRefusedError extends ResilverError {
  readonly refusals: readonly Refusal[];

  constructor(path: string, refusals: readonly Refusal[]) {
    super('transform-refused', `Cannot transform ${path}: ${refusals[0]?.message ?? ''}`, {
      data: {
        path,
        refusals: refusals.map(({ code, message, data }) => ({ code, message, data })),
      },
    });
    this.refusals = refusals;
  }
}

export interface TransformOptions extends Omit<ApplyOptions, 'onStep'> {
  readonly onStep?: (
    step: { readonly kind: 'build-part'; readonly part: NewPart } | SwitchStep,
  ) => void;
}

export interface TransformReport {
  readonly bytesCopied: number;
  readonly elapsedMs: number;
  /** Parts whose owner could not be set; they are open to nobody but the one who ran the command. */
  readonly ownerNotSet: readonly string[];
}

/**
 * Executes a plan. New files are complete and durable before anything that exists changes; then the intent is recorded,
 * durably, beside both set files, and every step of the switch is done in order. A run that was killed is finished by opening, surveying,
 * planning and applying again: from the record once the switch has begun, from the start before. `signal` is heeded
 * until the record is written.
 * @throws TransformRefusedError when the plan was refused; nothing was changed
 * @throws TransformInterferenceError when somebody changed the parts of a half-done switch
 * @throws SystemError when a call failed; without a record the source is what it was, else the same command goes on
 */
export async function applyTransform(
  open: OpenTransform,
  plan: TransformPlan,
  options: TransformOptions = {},
): Promise<TransformReport> {
  const { record } = plan;
  if (record === undefined) throw new TransformRefusedError(open.source.set.path, plan.refusals);
  const started = performance.now();
  const ownerNotSet: string[] = [];
  let bytesCopied = 0;
  const context: BuildContext = {
    pool: open.source,
    options: copyOptions(options),
    ownerNotSet,
    onBytes(count) {
      bytesCopied += count;
      options.onProgress?.({ phase: 'copy', done: bytesCopied, total: plan.bytesToCopy });
    },
  };
  using held = new DisposableStack();
  if (plan.kind === 'resume') {
    held.use(lockFiles(open.media, record));
  } else {
    discard(open.media, plan.leftovers);
    const prepared = await prepare(open, plan, { context, options, record });
    for (const file of prepared) held.use(file);
  }
  finishSwitch(open.media, record, options.onStep);
  for (const path of open.recordPaths.toReversed()) discard(open.media, [path]);
  return { bytesCopied, elapsedMs: performance.now() - started, ownerNotSet };
}

function copyOptions({ reflink, signal }: TransformOptions): ApplyOptions {
  return {
    ...(reflink === undefined ? {} : { reflink }),
    ...(signal === undefined ? {} : { signal }),
  };
}

interface Preparation {
  readonly context: BuildContext;
  readonly options: TransformOptions;
  readonly record: TransformRecord;
}

/** All that leaves the source alone: the new files, then the record. On failure both are removed again. */
async function prepare(
  { media, recordPaths }: OpenTransform,
  { newParts }: TransformPlan,
  { context, options, record }: Preparation,
): Promise<readonly MediaFile[]> {
  const files: MediaFile[] = [];
  try {
    for (const part of newParts) {
      options.signal?.throwIfAborted();
      options.onStep?.({ kind: 'build-part', part });
      const file = media.create(part.place.temporaryPath, 0o600);
      files.push(file);
      await buildPart(file, part, context);
    }
    options.signal?.throwIfAborted();
    for (const { place } of newParts) media.syncDirectory(place.directory);
    for (const path of new Set(recordPaths)) writeRecord(media, path, record);
    return files;
  } catch (error) {
    for (const file of files) file.close();
    undo(media, [...recordPaths.toReversed(), ...newParts.map(({ place }) => place.temporaryPath)]);
    throw error;
  }
}

/** Complete as soon as it has its name. */
function writeRecord(media: Media, path: string, record: TransformRecord): void {
  const unfinished = `${path}.new`;
  if (media.stat(unfinished) !== undefined) media.unlink(unfinished);
  {
    using file = media.create(unfinished, 0o600);
    file.write(0, encodeTransformRecord(record));
    file.sync();
  }
  media.rename(unfinished, path);
  media.syncDirectory(dirname(path));
}

/** Removes files, each durably before the next: a record must be gone before what it names. */
function discard(media: Media, paths: readonly string[]): void {
  for (const path of paths) {
    if (media.stat(path) === undefined) continue;
    media.unlink(path);
    media.syncDirectory(dirname(path));
  }
}

/** The error that brought us here matters more than one from cleaning up; the next run discards what is left. */
function undo(media: Media, paths: readonly string[]): void {
  for (const path of [...paths, ...paths.map((unfinished) => `${unfinished}.new`)]) {
    try {
      discard(media, [path]);
    } catch {
      // Nothing more to do: without a record the file has no meaning, with one the next run begins anew.
    }
  }
}
