import { describeErrno } from '../../base/index.ts';
import { createPoolSet, PAGE, type PartSpec } from './geometry.ts';
import { parsePartSize } from './part-size.ts';
import type { PathKind, PathLookup } from './path-lookup.ts';
import { POOL_SET_TEXTS as TEXTS, problem, problemNear } from './pool-set-problem.ts';
import type { PoolSetProblem } from './pool-set-problem.ts';
import type { PartDirectory, PoolSet } from './pool-set.ts';
import { scanDirectories } from './scan-directories.ts';
import { decodeUtf8, splitLines, statementOf, tokensOf } from './set-file-text.ts';

export const POOLSET_SIGNATURE = 'PMEMPOOLSET';

export type PoolSetParse =
  | { readonly ok: true; readonly set: PoolSet }
  | { readonly ok: false; readonly problems: readonly PoolSetProblem[] };

/** Whether a file is to be treated as a set file at all; `first11` are its first 11 bytes, or all it has. */
export function isPoolSetFile(first11: Uint8Array): boolean {
  return Buffer.from(first11.subarray(0, 11)).toString('latin1') === POOLSET_SIGNATURE;
}

/**
 * Reads a set file. `path` is kept as given. All problems are returned at once, in the order in which the reference meets them, so the
 * first is the one that it reports; what only follows from another problem is left out. Never throws, unless
 * `lookup` throws something without an errno.
 *
 * The grammar is in `docs/format/pool.md`. Source: PMDK 1.12.1 src/common/set.c, util_poolset_parse.
 */
export function parsePoolSet(content: Uint8Array, path: string, lookup: PathLookup): PoolSetParse {
  const reading = new Reading(lookup);
  const lines = splitLines(content);
  const wellBegun = lines[0] === `${POOLSET_SIGNATURE}\n`;
  if (!wellBegun) reading.problems.push(problem(TEXTS.firstLine, 1));
  // Without the signature nothing below can be expected to make sense.
  if (!wellBegun && lines.length < 2) return { ok: false, problems: reading.problems };
  if (!isPoolSetFile(content.subarray(0, 11))) return { ok: false, problems: reading.problems };
  lines.slice(1).forEach((line, index) => reading.line(line, index + 2));
  return reading.finish(path, lines.length + 1);
}

interface ReplicaDraft {
  readonly parts: PartSpec[];
  readonly directories: PartDirectory[];
  /** Facts that set-wide rules look at. */
  readonly daxAlignments: number[];
}

/** The state of one pass over a set file. */
class Reading {
  readonly problems: PoolSetProblem[] = [];
  readonly #lookup: PathLookup;
  readonly #replicas: ReplicaDraft[] = [newReplica()];
  readonly #options = { singleHeader: false, noHeaders: false };
  readonly #directoryIdentities = new Set<string>();
  /** Part lines since the last local replica began, also faulty ones. */
  #partLines = 0;
  #replicaLines = 0;
  #inRemote = false;
  #remoteLine: number | undefined;
  #kind: 'files' | 'directories' | undefined;
  #mixReported = false;

  constructor(lookup: PathLookup) {
    this.#lookup = lookup;
  }

  line(raw: string, line: number): void {
    const text = statementOf(raw);
    if (text === undefined) return;
    if (text.includes('\0')) this.#faultyPart(problem(TEXTS.invalidToken, line));
    else if (text.startsWith('OPTION')) this.#optionLine(text.slice('OPTION'.length), line);
    else if (text.startsWith('REPLICA')) this.#replicaLine(text.slice('REPLICA'.length), line);
    else this.#partLine(text, line);
  }

  /** `endLine` is the line after the last one, where the reference notices what is missing. */
  finish(path: string, endLine: number): PoolSetParse {
    this.#demandParts(endLine);
    if (this.#remoteLine !== undefined) {
      this.problems.push(problemNear(TEXTS.remote, this.#remoteLine));
    }
    this.#checkDax();
    const replicas = this.#placedReplicas();
    const set = createPoolSet({ path, options: { ...this.#options }, replicas });
    this.#checkCapacity(set);
    return this.problems.length > 0 ? { ok: false, problems: this.problems } : { ok: true, set };
  }

  #optionLine(rest: string, line: number): void {
    const names = tokensOf(rest);
    for (const name of names) {
      if (name === 'SINGLEHDR') this.#options.singleHeader = true;
      else if (name === 'NOHDRS') this.#options.noHeaders = true;
      else {
        this.problems.push(problem(TEXTS.unknownOption, line));
        return;
      }
    }
    if (names.length === 0) this.problems.push(problem(TEXTS.missingOption, line));
  }

  #replicaLine(rest: string, line: number): void {
    const fault = rest === '' ? undefined : remoteFault(rest);
    if (fault !== undefined) {
      this.problems.push(problem(fault, line));
      this.#beginUnknownReplica();
    } else if (rest === '') this.#beginReplica(line);
    else {
      this.#remoteLine ??= line;
      this.#replicaLines++;
      this.#inRemote = true;
    }
  }

  #beginReplica(line: number): void {
    this.#demandParts(line);
    this.#replicaLines++;
    this.#partLines = 0;
    this.#inRemote = false;
    this.#replicas.push(newReplica());
  }

  /** After a line that cannot be told to be local or remote: neither parts nor the lack of them are a surprise. */
  #beginUnknownReplica(): void {
    this.#replicaLines++;
    this.#partLines = 1;
    this.#inRemote = false;
    this.#replicas.push(newReplica());
  }

  #demandParts(line: number): void {
    if (this.#partLines > 0) return;
    const text = this.#replicaLines === 0 ? TEXTS.noPoolSetParts : TEXTS.noReplicaParts;
    this.problems.push(problem(text, line));
  }

  #partLine(text: string, line: number): void {
    if (this.#inRemote) {
      this.#partBehindRemote(line);
      return;
    }
    const tokens = tokensOf(text);
    const [sizeToken, pathToken] = tokens;
    if (sizeToken === undefined || pathToken === undefined || tokens.length > 2) {
      this.#faultyPart(problem(TEXTS.invalidToken, line));
    } else if (!pathToken.startsWith('/')) {
      this.#faultyPart(problem(TEXTS.absolutePath, line));
    } else {
      const path = decodeUtf8(pathToken);
      if (path === undefined) this.#faultyPart(problem(TEXTS.notUtf8, line));
      else if (sizeToken === 'AUTO') this.#autoPart(path, line);
      else this.#sizedPart(sizeToken, path, line);
    }
  }

  #partBehindRemote(line: number): void {
    const last = this.problems.at(-1);
    // One report for the whole run of lines.
    if (last?.text !== TEXTS.remoteParts) this.problems.push(problem(TEXTS.remoteParts, line));
  }

  #faultyPart(fault: PoolSetProblem): void {
    this.problems.push(fault);
    this.#partLines++;
  }

  #autoPart(path: string, line: number): void {
    const found = this.#lookup.kind(path);
    if (found.kind === 'dax') this.#addDax(path, found.size, found.alignment, line);
    else {
      this.#faultyPart({ ...problem(TEXTS.unknownSize, line), errno: errnoOfKind(found) });
    }
  }

  #sizedPart(sizeToken: string, path: string, line: number): void {
    const size = parsePartSize(sizeToken);
    if (size === undefined) {
      this.#faultyPart(problem(TEXTS.sizeFormat, line));
      return;
    }
    const found = this.#lookup.kind(path);
    switch (found.kind) {
      case 'missing':
      case 'file':
        this.#addPart({ path, fileSize: size, kind: 'file', line }, line);
        break;
      case 'dax':
        this.#addDax(path, size, found.alignment, line);
        break;
      case 'directory':
        this.#addDirectory({ path, reservation: size, line }, found.identity ?? path);
        break;
      case 'other':
        this.#faultyPart(problemNear(TEXTS.fileType, line));
        break;
      case 'error': {
        const text = `os_access "${path}": ${describeErrno(found.errno)}`;
        this.#faultyPart(problemNear(text, line, found.errno));
      }
    }
  }

  #addPart(part: PartSpec, line: number): void {
    this.#partLines++;
    if (this.#isOfKind('files', line)) this.#replicas.at(-1)!.parts.push(part);
  }

  #addDax(path: string, fileSize: number, alignment: number, line: number): void {
    this.#replicas.at(-1)!.daxAlignments.push(alignment);
    this.#addPart({ path, fileSize, kind: 'dax', line }, line);
  }

  #addDirectory(directory: PartDirectory, identity: string): void {
    this.#partLines++;
    if (!this.#isOfKind('directories', directory.line)) return;
    if (this.#directoryIdentities.has(identity)) {
      this.problems.push(problemNear(TEXTS.sameDirectory, directory.line, 'EEXIST'));
      return;
    }
    this.#directoryIdentities.add(identity);
    this.#replicas.at(-1)!.directories.push(directory);
  }

  /** All lines of a set are of the kind of its first. */
  #isOfKind(kind: 'files' | 'directories', line: number): boolean {
    this.#kind ??= kind;
    if (this.#kind === kind) return true;
    if (!this.#mixReported) this.problems.push(problemNear(TEXTS.mixed, line));
    this.#mixReported = true;
    return false;
  }

  #checkDax(): void {
    const { singleHeader, noHeaders } = this.#options;
    const mixed = this.#replicas.find(
      ({ parts }) => new Set(parts.map((part) => part.kind)).size > 1,
    );
    const needsSingleHeader = this.#replicas.find(
      ({ daxAlignments }) =>
        daxAlignments.length > 1 && daxAlignments.some((size) => size !== PAGE),
    );
    if (mixed !== undefined) {
      this.problems.push(problemNear(TEXTS.mixedDax, mixed.parts[0]?.line));
    }
    if (needsSingleHeader !== undefined && !singleHeader && !noHeaders) {
      this.problems.push(problemNear(TEXTS.daxAlignment, needsSingleHeader.parts[1]?.line));
    }
  }

  /** Sizes that are whole one by one need not add up to a whole number. */
  #checkCapacity(set: PoolSet): void {
    const tooLarge = set.replicas.find((replica) => !Number.isSafeInteger(replica.capacity));
    if (tooLarge === undefined) return;
    this.problems.push(problemNear(TEXTS.replicaTooLarge, tooLarge.parts.at(-1)?.line, 'EFBIG'));
  }

  /** The replicas as they are, or with the parts that their directories hold. */
  #placedReplicas(): readonly Pick<ReplicaDraft, 'parts' | 'directories'>[] {
    // After another problem the directories cannot be trusted to be the ones that are meant.
    if (this.#kind !== 'directories' || this.problems.length > 0) return this.#replicas;
    const scanned = scanDirectories(
      this.#replicas.map((replica) => replica.directories),
      this.#lookup,
    );
    this.problems.push(...scanned.problems);
    return this.#replicas.map(({ directories }, index) => ({
      directories,
      parts: [...scanned.replicas[index]!],
    }));
  }
}

function newReplica(): ReplicaDraft {
  return { parts: [], directories: [], daxAlignments: [] };
}

/** What is wrong with what follows `REPLICA`, unless it is a well-formed remote replica. */
function remoteFault(rest: string): string | undefined {
  if (!/^[ \t]/.test(rest)) return TEXTS.replicaExpected;
  const [, descriptor, ...more] = tokensOf(rest);
  if (descriptor === undefined) return TEXTS.remoteExpected;
  if (more.length > 0) return TEXTS.invalidToken;
  return descriptor.startsWith('/') ? TEXTS.relativeDescriptor : undefined;
}

function errnoOfKind(found: PathKind): string {
  if (found.kind === 'missing') return 'ENOENT';
  return found.kind === 'error' ? found.errno : 'EINVAL';
}
