import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fromHex } from '../../src/base/index.ts';
import { parsePoolSet, singleFileSet, type PoolSet } from '../../src/pool/poolset/index.ts';

/** A header as the vectors spell it out. */
export interface VectorHeader {
  readonly signature: string;
  readonly major: number;
  readonly compat: number;
  readonly incompat: number;
  readonly ro_compat: number;
  readonly poolset_uuid: string;
  readonly uuid: string;
  readonly prev_part_uuid: string;
  readonly next_part_uuid: string;
  readonly prev_repl_uuid: string;
  readonly next_repl_uuid: string;
  readonly crtime: number;
  readonly alignment_desc: string;
  readonly machine_class: number;
  readonly data: number;
  readonly machine: number;
  readonly sds_usc: string;
  readonly sds_uuid: string;
  readonly sds_dirty: number;
  readonly sds_checksum: string;
  readonly checksum: string;
  readonly checksum_skip_off: number;
  readonly unused_all_zero: boolean;
  readonly uuid_text: string;
}

interface VectorFile {
  readonly file: string;
  readonly size: number;
  readonly header: VectorHeader | null;
  readonly first4k_b64?: string;
  readonly first4k_sparse?: '=before' | readonly (readonly [offset: number, hex: string])[];
}

export interface PoolVector {
  readonly name: string;
  readonly poolset_text: string | null;
  /** The set file after a transform. */
  readonly poolset_text_2?: string;
  readonly files?: readonly VectorFile[];
  readonly files_while_open?: readonly VectorFile[];
  readonly before?: readonly VectorFile[];
  readonly after?: readonly VectorFile[];
  readonly lane0_3072_b64?: string;
  readonly replica0_part0?: {
    readonly descriptor_from_0x1000_len_0xa20_b64?: string;
    readonly decoded?: Readonly<Record<string, number | string>>;
    readonly heap_header_1024_b64?: string;
  };
}

const FILE = join(import.meta.dirname, '../golden/pool-vectors/pool-vectors.json');

export const POOL_VECTORS: readonly PoolVector[] = (
  JSON.parse(readFileSync(FILE, 'utf8')) as { readonly vectors: readonly PoolVector[] }
).vectors;

/** One part as it was at one moment. */
export interface VectorPart {
  /** Vector, moment and file, for messages. */
  readonly name: string;
  readonly file: string;
  readonly size: number;
  /** Null where the part has no header. */
  readonly header: VectorHeader | null;
  /** First 4096 bytes, where the vectors give them. */
  readonly first4k: Uint8Array | undefined;
}

/** A whole set at one moment: as created, while open, before or after a command. */
export interface VectorState {
  readonly name: string;
  readonly set: PoolSet;
  readonly parts: readonly VectorPart[];
}

export function statesOf(vector: PoolVector): readonly VectorState[] {
  const { before = [] } = vector;
  const textAfter = vector.poolset_text_2 ?? vector.poolset_text;
  const moments = [
    ['files', vector.files, vector.poolset_text],
    ['while open', vector.files_while_open, vector.poolset_text],
    ['before', vector.before, vector.poolset_text],
    ['after', vector.after, textAfter],
  ] as const;
  return moments.flatMap(([moment, files, text]) => {
    if (files === undefined) return [];
    const name = `${vector.name}, ${moment}`;
    const parts = files.map((file) => ({
      name: `${name}, ${file.file}`,
      file: file.file,
      size: file.size,
      header: file.header,
      first4k: firstPage(file, before),
    }));
    return [{ name, set: parseVectorSet(text, parts), parts }];
  });
}

function firstPage(file: VectorFile, before: readonly VectorFile[]): Uint8Array | undefined {
  if (file.first4k_b64 !== undefined)
    return new Uint8Array(Buffer.from(file.first4k_b64, 'base64'));
  if (file.first4k_sparse === undefined) return undefined;
  if (file.first4k_sparse === '=before') {
    return firstPage(
      before.find((other) => other.file === file.file)!,
      [],
    );
  }
  const page = new Uint8Array(4096);
  for (const [offset, hex] of file.first4k_sparse) page.set(fromHex(hex), offset);
  return page;
}

/** The set of a vector, with `/v` as its directory. */
function parseVectorSet(text: string | null, parts: readonly VectorPart[]): PoolSet {
  if (text === null) return singleFileSet(`/v/${parts[0]!.file}`, parts[0]!.size);
  const files = new Map(parts.map((part) => [`/v/${part.file}`, part.size]));
  const isDirectory = (path: string): boolean =>
    [...files.keys()].some((file) => file.startsWith(`${path}/`));
  const parsed = parsePoolSet(Buffer.from(text.replaceAll('{DIR}', '/v')), '/v/set', {
    kind: (path) => {
      const size = files.get(path);
      if (size !== undefined) return { kind: 'file', size };
      return isDirectory(path) ? { kind: 'directory' } : { kind: 'missing' };
    },
    list: (directory) =>
      [...files.keys()]
        .filter((file) => file.startsWith(`${directory}/`))
        .map((file) => basename(file)),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.set;
}
