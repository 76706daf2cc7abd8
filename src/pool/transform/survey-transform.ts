import { dirname } from 'node:path';
import { errnoOf, type OnProgress } from '../../base/index.ts';
import type { Part } from '../poolset/index.ts';
import { locatePlace, survey, type Place, type Survey } from '../survey/index.ts';
import type { OpenTransform } from './open-transform.ts';
import { isBegun, UNFINISHED_SUFFIX } from './switch-over.ts';
import type { TransformRecord } from './transform-record.ts';

/** A part of the destination, as a place where a file is or would be made. */
export interface DestinationPart {
  readonly part: Part;
  readonly place: Place;
  readonly exists: boolean;
  /** What makes two names of one file equal: the file's identity, or the path of one that does not exist. */
  readonly identity: string;
  /** An earlier run was killed and left its unfinished file there. */
  readonly hasLeftover: boolean;
}

/** All that a plan is made from. Nothing was changed to get it. */
export interface TransformFacts {
  readonly open: OpenTransform;
  /** The source as it is; undefined while a switch is half done, when there is no set to look at. */
  readonly source: Survey | undefined;
  /** By replica and part of the destination. */
  readonly destination: readonly (readonly DestinationPart[])[];
  /** A record that an earlier run left; `begun` when it has already changed something. */
  readonly pending: { readonly record: TransformRecord; readonly begun: boolean } | undefined;
  /** Whether a record could be made beside the set files. */
  readonly canRecord: boolean;
}

/** Looks at both sets, and at what an earlier run may have left. Opens and locks all parts of the source; `open` keeps them. */
export async function surveyTransform(
  open: OpenTransform,
  options: { readonly onProgress?: OnProgress; readonly signal?: AbortSignal } = {},
): Promise<TransformFacts> {
  const { media, pending } = open;
  const begun = pending !== undefined && isBegun(media, pending);
  return {
    open,
    source: begun ? undefined : await survey(open.source, options),
    destination: open.destination.set.replicas.map(({ parts }) =>
      parts.map((part) => lookAt(open, part)),
    ),
    pending: pending === undefined ? undefined : { record: pending, begun },
    canRecord: open.recordPaths.every((path) => media.canModifyDirectory(dirname(path))),
  };
}

function lookAt({ media, destination }: OpenTransform, part: Part): DestinationPart {
  const place = locatePlace(destination, part);
  const found = statQuietly(() => media.stat(part.path));
  const temporaryPath = `${place.path}${UNFINISHED_SUFFIX}`;
  return {
    part,
    place: { ...place, temporaryPath },
    exists: found !== undefined,
    identity: found?.identity ?? place.path,
    hasLeftover: statQuietly(() => media.stat(temporaryPath)) !== undefined,
  };
}

function statQuietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
