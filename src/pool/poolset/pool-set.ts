/** The model of a pool set: what the set file says, with every part's place in the pool. Pure data. */

/** A file or a device DAX that holds a run of the pool. Written `rRpP` in texts. */
export interface Part {
  /** 0-based position of the replica in the set file. */
  readonly replica: number;
  /** 0-based position of the part in its replica. */
  readonly index: number;
  readonly path: string;
  /** Exact size in bytes that the set file demands of the file. */
  readonly fileSize: number;
  readonly kind: 'file' | 'dax';
  /** 1-based line of the set file; undefined for part files found in, or to be made in, a directory. */
  readonly line: number | undefined;
  /** Pool offset of the first pool byte in this part. Part 0 starts at 0, its header page included. */
  readonly poolOffset: number;
  /** Pool bytes that the part can hold (its header page counts only for part 0). */
  readonly poolLength: number;
  /** File offset where `poolOffset` lies: 0 for part 0 and in SINGLEHDR sets, else 4096. */
  readonly dataOffset: number;
  /** False for the later parts of a SINGLEHDR replica. */
  readonly hasHeader: boolean;
}

/** A directory that a replica grows in; only in SINGLEHDR sets. */
export interface PartDirectory {
  readonly path: string;
  /** Address space to reserve, bytes. Not a bound on the files. */
  readonly reservation: number;
  readonly line: number;
}

export interface Replica {
  readonly index: number;
  readonly parts: readonly Part[];
  /** Empty unless the set is directory-based. */
  readonly directories: readonly PartDirectory[];
  /** Pool bytes that the replica can hold: sum of its parts' `poolLength`. */
  readonly capacity: number;
}

export interface PoolSetOptions {
  /** Only part 0 of each replica has a header. */
  readonly singleHeader: boolean;
  /** Was for remote replicas; refused by every command. */
  readonly noHeaders: boolean;
}

export interface PoolSet {
  /** The path as given; error texts and recovery file names use it. */
  readonly path: string;
  readonly options: PoolSetOptions;
  readonly replicas: readonly Replica[];
  readonly directoryBased: boolean;
}

/** `r0p1`: how texts name a part. */
export function partName(part: { readonly replica: number; readonly index: number }): string {
  return `r${part.replica}p${part.index}`;
}

export function allParts(set: PoolSet): readonly Part[] {
  return set.replicas.flatMap((replica) => replica.parts);
}
