import { isAllZero } from '../../base/index.ts';
import {
  hasValidChecksum,
  INCOMPAT_SINGLEHDR,
  poolHdr,
  poolTypeOf,
  type PoolHdr,
} from '../layout/index.ts';
import { partName, type Part } from '../poolset/index.ts';
import type { PartEvidence, PresentPart } from './evidence.ts';
import { finding, type Finding } from './finding.ts';

/**
 * `healthy`: usable as it is, and as a source. `damaged`: the file is of the right size, its content is not trusted.
 * `lost`: there is no usable file. `blocked`: something is there that must not be touched.
 */
export type PartState = 'healthy' | 'damaged' | 'lost' | 'blocked';

export interface PartHealth {
  readonly part: Part;
  readonly state: PartState;
  /** Decoded, when the part has a header that passed every test of its own. */
  readonly header: PoolHdr | undefined;
}

export interface PartVerdict extends PartHealth {
  readonly findings: readonly Finding[];
}

/** Judges one part by itself. Order of tests as in PMDK 1.12.1 src/libpmempool/replica.c, check_checksums_and_signatures. */
export function checkPart(part: Part, evidence: PartEvidence, singleHeader: boolean): PartVerdict {
  switch (evidence.kind) {
    case 'missing':
      return lost(part, finding('part-missing', 'damage', at(part), `${name(part)} is missing`));
    case 'locked':
      return blocked(
        part,
        finding(
          'part-locked',
          'fatal',
          at(part),
          `${name(part)} is locked: a program has the pool open`,
          { path: part.path },
        ),
      );
    case 'refused':
      return blocked(
        part,
        finding(
          'part-refused',
          'fatal',
          at(part),
          `${name(part)} cannot be opened: ${evidence.errno}`,
          {
            path: part.path,
            errno: evidence.errno,
            syscall: evidence.syscall,
          },
        ),
      );
    case 'present':
      return checkPresentPart(part, evidence, singleHeader);
  }
}

function checkPresentPart(part: Part, evidence: PresentPart, singleHeader: boolean): PartVerdict {
  const { kind, size } = evidence.facts;
  if (kind === 'dax') {
    const text = `${name(part)} is a device DAX, which this release cannot read`;
    return blocked(part, finding('part-device-dax', 'fatal', at(part), text, { path: part.path }));
  }
  if (kind !== 'file') {
    const text = `${name(part)} is not a regular file`;
    return blocked(part, finding('part-not-a-file', 'fatal', at(part), text, { path: part.path }));
  }
  if (size !== part.fileSize) {
    const text = `${name(part)} has ${size} bytes where the set file says ${part.fileSize}`;
    const data = { expected: part.fileSize, found: size };
    return lost(part, finding('part-size', 'damage', at(part), text, data));
  }
  if (!part.hasHeader) return { part, state: 'healthy', header: undefined, findings: [] };
  const fault = headerFault(evidence.header, singleHeader);
  if (fault === undefined) {
    return { part, state: 'healthy', header: poolHdr.decode(evidence.header!), findings: [] };
  }
  const text = `${name(part)} has ${fault.text}`;
  return {
    part,
    state: 'damaged',
    header: undefined,
    findings: [finding(fault.code, 'damage', at(part), text)],
  };
}

interface HeaderFault {
  readonly code: Finding['code'];
  readonly text: string;
}

function headerFault(
  header: Uint8Array | undefined,
  singleHeader: boolean,
): HeaderFault | undefined {
  if (header === undefined) {
    return { code: 'header-unreadable', text: 'a header that cannot be read' };
  }
  // Zeros carry a valid checksum (0), so this test cannot be left to the next one.
  if (isAllZero(header)) return { code: 'header-zero', text: 'a header of zeros' };
  if (!hasValidChecksum(header)) {
    return { code: 'header-checksum', text: 'a header with a wrong checksum' };
  }
  const decoded = poolHdr.decode(header);
  if (poolTypeOf(decoded) === undefined) {
    return { code: 'header-signature', text: 'a header with an unknown signature' };
  }
  if (((decoded.incompat & INCOMPAT_SINGLEHDR) !== 0) !== singleHeader) {
    const text = 'a header whose SINGLEHDR bit is not what the set file says';
    return { code: 'header-singlehdr', text };
  }
  return undefined;
}

function lost(part: Part, what: Finding): PartVerdict {
  return { part, state: 'lost', header: undefined, findings: [what] };
}

function blocked(part: Part, what: Finding): PartVerdict {
  return { part, state: 'blocked', header: undefined, findings: [what] };
}

function at(part: Part): { replica: number; part: number } {
  return { replica: part.replica, part: part.index };
}

function name(part: Part): string {
  return `${partName(part)} (${part.path})`;
}
