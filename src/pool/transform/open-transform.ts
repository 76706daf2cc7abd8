import type { BadBlockSource, Media } from '../media/media.ts';
import { ResilverError } from '../../base/index.ts';
import { startsLikePoolSet } from '../open/index.ts';
import {
  NotAPoolSetError,
  openPoolSetOn,
  transformRecordPath,
  type OpenPoolSet,
} from '../survey/index.ts';
import { decodeTransformRecord, type TransformRecord } from './transform-record.ts';

/** The two sets of a transformation, with the locks of both set files. Dispose it to let go. */
export interface OpenTransform extends Disposable {
  readonly media: Media;
  readonly source: OpenPoolSet;
  /** The same object as `source` when both paths lead to one file. */
  readonly destination: OpenPoolSet;
  /** Where the record of the intent lies: beside the destination, which counts, and beside the source. */
  readonly recordPaths: readonly [string, string];
  /** What an earlier run has recorded and not finished. */
  readonly pending: TransformRecord | undefined;
}

/** Which of the two set files could not be used. Code and data are those of the cause. */
export class TransformOpenError extends ResilverError {
  readonly role: 'source' | 'destination';
  override readonly cause: ResilverError;

  constructor(role: 'source' | 'destination', cause: ResilverError) {
    super(cause.code, cause.message, { data: cause.data, cause });
    this.role = role;
    this.cause = cause;
  }
}

/**
 * Reads, parses and locks both set files; parts are opened by `surveyTransform`.
 * @throws TransformOpenError, whose cause is a NotAPoolSetError, PoolSetFileError or SystemError
 * @throws TransformRecordError when the record of an earlier run is damaged
 */
export function openTransformOn(
  media: Media,
  sourcePath: string,
  destinationPath: string,
  badBlockSources: readonly BadBlockSource[] = [],
): OpenTransform {
  const roles = [
    ['source', sourcePath],
    ['destination', destinationPath],
  ] as const;
  for (const [role, path] of roles) asRole(role, () => recognize(media, path));
  using opened = new DisposableStack();
  const open = (role: 'source' | 'destination', path: string): OpenPoolSet =>
    asRole(role, () => opened.use(openPoolSetOn(media, path, badBlockSources)));
  const source = open('source', sourcePath);
  const isSame = media.stat(sourcePath)?.identity === media.stat(destinationPath)?.identity;
  const destination = isSame ? source : open('destination', destinationPath);
  const recordPaths = [
    transformRecordPath(destination, destination.set.path),
    transformRecordPath(source, source.set.path),
  ] as const;
  const pending = readRecord(media, recordPaths[0]) ?? readRecord(media, recordPaths[1]);
  const all = opened.move();
  return {
    media,
    source,
    destination,
    recordPaths,
    pending,
    [Symbol.dispose]: () => all.dispose(),
  };
}

function recognize(media: Media, path: string): void {
  if (!startsLikePoolSet(media, path)) throw new NotAPoolSetError(path);
}

function asRole<T>(role: 'source' | 'destination', work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ResilverError)) throw error;
    throw new TransformOpenError(role, error);
  }
}

function readRecord(media: Media, path: string): TransformRecord | undefined {
  if (media.stat(path) === undefined) return undefined;
  return decodeTransformRecord(media.readFile(path), path);
}
