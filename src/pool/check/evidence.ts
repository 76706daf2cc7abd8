import type { HeapFinding } from '../layout/index.ts';
import type { BadBlockEvidence } from './check-bad-blocks.ts';

/** What a survey brought home about one pool set: bytes and sizes, no opinion. The input of `check`. */
export interface Evidence {
  readonly replicas: readonly ReplicaEvidence[];
  readonly badBlocks: BadBlockEvidence;
}

export interface ReplicaEvidence {
  readonly parts: readonly PartEvidence[];
  /** The descriptor page, pool offsets 0x1000 to 0x1FFF; undefined when part 0 cannot give it. */
  readonly descriptor: Uint8Array | undefined;
  /** Later parts that hold a pmemobj descriptor where only part 0 of a replica has one. */
  readonly misplacedDescriptors: readonly number[];
  readonly heap: readonly HeapFinding[];
}

export type PartEvidence =
  | { readonly kind: 'missing' }
  /** Another process holds the lock: a program has the pool open. */
  | { readonly kind: 'locked' }
  /** The system refused to open or to look at it, for another reason than that it is not there. */
  | { readonly kind: 'refused'; readonly errno: string; readonly syscall: string }
  | PresentPart;

export interface PresentPart {
  readonly kind: 'present';
  readonly facts: FileFacts;
  /** First 4096 bytes; undefined when the part has no header, the file is shorter, or reading failed. */
  readonly header: Uint8Array | undefined;
}

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'dax' | 'other';
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Equal for two paths that lead to one file. */
  readonly identity: string;
}
