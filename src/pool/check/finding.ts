import type { Range } from '../../base/index.ts';

/** Where something was seen. Without `replica` it concerns the whole set. */
export interface Where {
  readonly replica?: number;
  readonly part?: number;
  /** Pool offsets. */
  readonly range?: Range;
}

/**
 * `fatal`: nothing may be repaired while it lasts. `damage`: a copy is wrong and may be repaired.
 * `warning`: true and worth knowing; a repair neither needs nor changes it.
 */
export type Severity = 'fatal' | 'damage' | 'warning';

export type FindingCode =
  // One part, as a file.
  | 'part-missing'
  | 'part-size'
  | 'part-locked'
  | 'part-refused'
  | 'part-not-a-file'
  | 'part-device-dax'
  | 'part-listed-twice'
  // One header.
  | 'header-unreadable'
  | 'header-checksum'
  | 'header-zero'
  | 'header-signature'
  | 'header-singlehdr'
  | 'header-format'
  | 'format-unknown'
  | 'format-disagrees'
  // Links between headers.
  | 'poolset-uuid-in-replica'
  | 'replica-links-in-replica'
  | 'parts-not-linked'
  | 'poolset-uuid-between-replicas'
  | 'replica-links'
  | 'replica-links-on-border'
  | 'alien-replica'
  | 'parts-swapped'
  // Set files.
  | 'transform-pending'
  // What part 0 of a replica says of the pool.
  | 'shutdown-state'
  | 'descriptor'
  | 'pool-size-too-small'
  | 'replica-too-small'
  | 'pool-sizes-differ'
  | 'heap'
  // Bad blocks and the record of them.
  | 'bad-blocks'
  | 'bad-blocks-unknown'
  | 'bad-blocks-unsupported'
  | 'recovery-file-present'
  | 'recovery-file-invalid'
  | 'recovery-files-incomplete'
  // Found by reading data.
  | 'data-differs'
  | 'data-unreadable';

/** Something seen that is not as it should be. Damage is data: it is returned, never thrown. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly where: Where;
  /** One sentence without full stop that names the object and the cause. */
  readonly message: string;
  /** The same facts for machines. */
  readonly data: Readonly<Record<string, unknown>>;
}

export function finding(
  code: FindingCode,
  severity: Severity,
  where: Where,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): Finding {
  return { code, severity, where, message, data };
}
