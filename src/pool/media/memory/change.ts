/** Number of a node of a `DiskImage`; names come and go, a node keeps its number. */
export type NodeId = number;

export interface Access {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

type What =
  | {
      readonly kind: 'create';
      readonly path: string;
      readonly node: NodeId;
      readonly access: Access;
    }
  | {
      readonly kind: 'write';
      readonly node: NodeId;
      readonly offset: number;
      /** Never changed once it is in a log. */
      readonly data: Uint8Array;
    }
  | { readonly kind: 'allocate'; readonly node: NodeId; readonly size: number }
  | { readonly kind: 'set-access'; readonly node: NodeId; readonly access: Access }
  | { readonly kind: 'sync'; readonly node: NodeId }
  | { readonly kind: 'failed-sync'; readonly node: NodeId }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'sync-directory'; readonly path: string };

/**
 * What one call did to the media. Paths have no links in them. The changes of a run, applied in order to the
 * image it began with, give the image it ended with; the first n of them give what a process leaves that dies after n.
 */
export type Change = What & {
  /** Clock of the medium at the change, seconds since 1970. */
  readonly atSeconds: bigint;
};

export type ChangeKind = Exclude<Change['kind'], 'failed-sync'>;
