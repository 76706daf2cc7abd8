import { equalBytes, toHex } from '../../src/base/index.ts';
import {
  hasValidChecksum,
  POOL_HDR_SIZE,
  POOL_SIGNATURES,
  poolHdr,
  RUNTIME_STATE,
  type PoolHdr,
} from '../../src/pool/layout/index.ts';
import {
  digestEntry,
  expand,
  type SnapshotEntry,
  type TreeSnapshot,
} from '../support/tree-snapshot.ts';

/** All that a run of `pmempool` can be seen to have done. */
export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly tree: TreeSnapshot;
}

/** An outcome with everything that two equal runs may differ in replaced, as lines of text. */
export function describeOutcome(before: TreeSnapshot, outcome: Outcome): readonly string[] {
  const uuids = new UuidNames(before);
  const files = [...outcome.tree].map(
    ([name, entry]) => `${name}: ${describeEntry(entry, before.get(name), uuids)}`,
  );
  return [
    `exit ${outcome.exit}`,
    ...linesOf('stdout', outcome.stdout),
    ...linesOf('stderr', outcome.stderr),
    ...files,
  ];
}

function linesOf(stream: string, text: string): readonly string[] {
  return text === '' ? [] : text.split('\n').map((line) => `${stream}| ${line}`);
}

/** Random uuids are named by the order in which they turn up; those that the damaged set had keep their own. */
class UuidNames {
  readonly #names = new Map<string, string>();

  constructor(before: TreeSnapshot) {
    for (const entry of before.values()) {
      const header = headerOf(entry);
      if (header === undefined) continue;
      for (const uuid of uuidsOf(poolHdr.decode(header))) this.#names.set(uuid, uuid);
    }
  }

  of(uuid: string): string {
    const known = this.#names.get(uuid);
    if (known !== undefined) return known;
    const name = `random-${this.#names.size}`;
    this.#names.set(uuid, name);
    return name;
  }
}

function uuidsOf(header: PoolHdr): readonly string[] {
  return [
    header.poolsetUuid,
    header.uuid,
    header.prevPartUuid,
    header.nextPartUuid,
    header.prevReplUuid,
    header.nextReplUuid,
  ];
}

function headerOf(entry: SnapshotEntry | undefined): Uint8Array | undefined {
  if (entry?.kind !== 'file' || entry.content.size < POOL_HDR_SIZE) return undefined;
  const first = entry.content.runs[0];
  if (first === undefined || first.offset !== 0) return undefined;
  const header = first.bytes.subarray(0, POOL_HDR_SIZE);
  return equalBytes(header.subarray(0, 8), POOL_SIGNATURES.obj) ? header : undefined;
}

/**
 * A file with a pool header: the header's uuids by name, its creation time only if it is that of before, its checksum
 * only as right or wrong unless nothing in it changed. Everything else as a digest.
 */
function describeEntry(
  entry: SnapshotEntry,
  before: SnapshotEntry | undefined,
  uuids: UuidNames,
): string {
  const header = headerOf(entry);
  if (header === undefined || entry.kind !== 'file') return digestEntry(entry);
  const old = headerOf(before);
  if (old !== undefined && equalBytes(old, header)) {
    return `${toHex(header.subarray(0, 8))} as before, ${digestEntry(entry)}`;
  }
  const decoded = poolHdr.decode(header);
  const crtimeKept = old !== undefined && poolHdr.decode(old).crtime === decoded.crtime;
  const names = uuidsOf(decoded).map((uuid) => uuids.of(uuid));
  const checksum = hasValidChecksum(header) ? 'right' : `wrong ${decoded.checksum}`;
  return [
    digestEntry({ ...entry, content: withoutChance(entry.content.size, expand(entry.content)) }),
    `crtime ${crtimeKept ? 'kept' : 'new'}`,
    `checksum ${checksum}`,
    names.join(' '),
  ].join(', ');
}

/** The file with the fields of its header that hold chance or time set to zero. */
function withoutChance(size: number, bytes: Uint8Array) {
  const { fields } = poolHdr;
  bytes.fill(0, fields.poolsetUuid.offset, fields.alignmentDesc.offset);
  bytes.fill(0, fields.checksum.offset, POOL_HDR_SIZE);
  return { size, runs: [{ offset: 0, bytes }] };
}

/** Clears what a process leaves in the descriptor page for itself; only `create` writes it anew. */
export function withoutRuntimeState(tree: TreeSnapshot): TreeSnapshot {
  return new Map(
    [...tree].map(([name, entry]) => {
      if (headerOf(entry) === undefined || entry.kind !== 'file') return [name, entry] as const;
      const bytes = expand(entry.content);
      bytes.fill(0, RUNTIME_STATE.offset, RUNTIME_STATE.end);
      const content = { size: entry.content.size, runs: [{ offset: 0, bytes }] };
      return [name, { ...entry, content }] as const;
    }),
  );
}
