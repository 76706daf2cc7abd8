import { describeErrno, errnoOf } from '../../base/index.ts';
import type { PartSpec } from './geometry.ts';
import type { PathLookup } from './path-lookup.ts';
import { problemNear, type PoolSetProblem } from './pool-set-problem.ts';
import type { PartDirectory } from './pool-set.ts';

const PART_FILE_NAME = /^(\d+)\.pmem$/;

/** A file in a directory of a replica that says which part it is. */
interface NumberedFile {
  readonly number: number;
  readonly path: string;
  readonly size: number;
}

export interface ScannedDirectories {
  /** Parts of each replica, in order, without gaps. */
  readonly replicas: readonly (readonly PartSpec[])[];
  readonly problems: readonly PoolSetProblem[];
}

/**
 * Finds the parts of a directory-based set. A file named with digits and `.pmem` is the part of that number in its
 * replica, whichever of the replica's directories it lies in. A part that another replica has is added as a missing
 * file of that size in the replica's first directory. Empty when there is no part file at all.
 */
export function scanDirectories(
  replicas: readonly (readonly PartDirectory[])[],
  lookup: PathLookup,
): ScannedDirectories {
  const problems: PoolSetProblem[] = [];
  const found = replicas.map((directories) => {
    const files = directories.flatMap((directory) => listParts(directory, lookup, problems));
    return numberParts(files, problems);
  });
  const sizes = sizeOfEachPart(found, problems);
  const parts = replicas.map(([first], replica) =>
    first === undefined
      ? []
      : sizes.map((size, number) => partAt(found[replica]!, number, size, first)),
  );
  return { replicas: parts, problems };
}

function listParts(
  directory: PartDirectory,
  lookup: PathLookup,
  problems: PoolSetProblem[],
): readonly NumberedFile[] {
  const names = listNames(directory, lookup, problems);
  return names.toSorted().flatMap((name) => {
    const digits = PART_FILE_NAME.exec(name)?.[1];
    if (digits === undefined) return [];
    const path = joinPath(directory.path, name);
    const found = lookup.kind(path);
    // A name that leads nowhere is a part to be made anew, like one that is not there.
    if (found.kind === 'missing') return [];
    if (found.kind === 'file') return [{ number: Number(digits), path, size: found.size }];
    problems.push(unusable(path, directory, found));
    return [];
  });
}

function listNames(
  directory: PartDirectory,
  lookup: PathLookup,
  problems: PoolSetProblem[],
): readonly string[] {
  try {
    return lookup.list(directory.path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const text = `cannot open directory "${directory.path}": ${describeErrno(errno)}`;
    problems.push(problemNear(text, directory.line, errno));
    return [];
  }
}

function unusable(
  path: string,
  directory: PartDirectory,
  found: { readonly kind: string; readonly errno?: string },
): PoolSetProblem {
  const reason = found.errno === undefined ? 'not a regular file' : describeErrno(found.errno);
  return problemNear(`cannot use part file "${path}": ${reason}`, directory.line, found.errno);
}

function numberParts(
  files: readonly NumberedFile[],
  problems: PoolSetProblem[],
): ReadonlyMap<number, NumberedFile> {
  const byNumber = new Map<number, NumberedFile>();
  for (const file of files) {
    const other = byNumber.get(file.number);
    if (other === undefined) byNumber.set(file.number, file);
    else {
      const text = `"${other.path}" and "${file.path}" claim to be the same part`;
      problems.push(problemNear(text, undefined, 'EEXIST'));
    }
  }
  return byNumber;
}

/** Size of every part number that any replica has, up to the first number that none has. */
function sizeOfEachPart(
  found: readonly ReadonlyMap<number, NumberedFile>[],
  problems: PoolSetProblem[],
): readonly number[] {
  const sizes = new Map<number, number>();
  for (const file of found.flatMap((files) => [...files.values()])) {
    if (!sizes.has(file.number)) sizes.set(file.number, file.size);
  }
  const inOrder: number[] = [];
  for (let size = sizes.get(0); size !== undefined; size = sizes.get(inOrder.length)) {
    inOrder.push(size);
  }
  const beyond = [...sizes.keys()].filter((number) => number >= inOrder.length);
  if (beyond.length > 0) {
    const text = `part ${inOrder.length} is missing in every replica, but part ${Math.min(...beyond)} exists`;
    problems.push(problemNear(text, undefined, 'ENOENT'));
  }
  return inOrder;
}

function partAt(
  files: ReadonlyMap<number, NumberedFile>,
  number: number,
  size: number,
  first: PartDirectory,
): PartSpec {
  const file = files.get(number);
  return {
    path: file?.path ?? joinPath(first.path, partFileName(number)),
    fileSize: file?.size ?? size,
    kind: 'file',
    line: undefined,
  };
}

/** The name that libpmemobj gives to part `number` in a directory. */
export function partFileName(number: number): string {
  return `${String(number).padStart(6, '0')}.pmem`;
}

function joinPath(directory: string, name: string): string {
  return `${directory}/${name}`;
}
