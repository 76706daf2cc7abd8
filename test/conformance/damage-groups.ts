import { HEADER_FIELDS } from './damages.ts';

/** Every field of these headers, with the checksum left as it is and made to fit. */
export const fields = (...parts: readonly string[]): readonly string[] =>
  parts.flatMap((part) =>
    HEADER_FIELDS.flatMap((field) => [`${part}-flip-${field}`, `${part}-forge-${field}`]),
  );

/** The fields by which headers name each other, made to look right. */
export const links = (...parts: readonly string[]): readonly string[] =>
  parts.flatMap((part) =>
    ['poolset-uuid', 'uuid', 'prev-part', 'next-part', 'prev-repl', 'next-repl'].map(
      (field) => `${part}-forge-${field}`,
    ),
  );

/** What can be wrong with files, and with what is in them. Of a set of two replicas of two parts. */
export const PARTS = [
  'r0p0-missing',
  'r0p1-missing',
  'r1p0-missing',
  'r1p1-missing',
  'r0-missing',
  'r1-missing',
  'r0p0-truncated',
  'r1p1-empty',
  'r1p0-grown',
  'r1p1-grown-page',
  'r1p1-directory',
  'r0p0-directory',
  'r1p1-link',
  'r1p1-link-dangling',
  'r1p1-link-damaged',
  'r1p1-mode-000',
  'modes-0600-r1p1-missing',
  'r0p1-r1p0-missing',
  'r0p0-r1p0-missing',
  'r0p1-r1p1-missing',
  'all-missing',
  'r0p0-header-zero',
  'r0p1-header-zero',
  'r1p1-header-zero',
  'r0-r1-headers-zero',
  'r0p0-zero',
  'r1p1-zero',
  'r0p0-descriptor-flip',
  'r1p0-descriptor-flip',
  'r0p0-r1p0-descriptor-flip',
  'r0p0-descriptor-zero',
  'r0p0-heap-size-huge',
  'r1p0-heap-size-other',
  'r1p0-heap-size-zero',
  'r1p0-heap-offset-forged',
  'r0p0-heap-header-zero',
  'r1p1-data-flip',
  'r0-parts-swapped',
  'r1-parts-swapped',
  'r0p1-r1p1-swapped',
  'replicas-swapped',
  'r1p1-copy-of-r0p1',
  'r1p1-is-text',
  'r1-foreign',
  'r1p1-foreign',
  'r0p0-foreign',
] as const;

/** What can be wrong with a set file. */
export const SET_FILES = [
  'set-missing',
  'set-lines-swapped',
  'set-replica-order',
  'set-one-replica',
  'set-replica-added',
  'set-part-left-out',
  'set-part-added',
  'set-part-twice',
  'set-sizes-wrong',
  'set-singlehdr-added',
  'set-nohdrs',
  'set-crlf',
  'set-comments',
  'set-no-newline',
  'set-empty',
  'set-signature-only',
  'set-no-parts',
  'set-first-line',
  'set-bad-size',
  'set-zero-size',
  'set-relative-path',
  'set-three-tokens',
  'set-blank-line',
  'set-replica-x',
  'set-replica-blank',
  'set-replica-empty',
  'set-replica-first',
  'set-option-missing',
  'set-option-unknown',
  'set-remote',
  'set-remote-absolute',
  'set-auto',
  'set-directory-missing',
  'set-not-a-directory',
  'set-mixed',
] as const;
