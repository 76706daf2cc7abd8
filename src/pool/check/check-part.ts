import { describeErrno, isAllZero, type RangeSet } from '../../base/index.ts';
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
  /** The header lies in a bad block and is to be written again, whatever it says. */
  readonly headerBad: boolean;
  /** Pool ranges, in pages, whose blocks are bad. Everything else of a healthy part can be trusted. */
  readonly bad: RangeSet;
}

export interface PartVerdict extends Omit<PartHealth, 'bad' | 'headerBad'> {
  readonly findings: readonly Finding[];
}

/** Judges one part by itself. Order of tests as in PMDK 1.12.1 src/libpmempool/replica.c, check_checksums_and_signatures. */
export function checkPart(part: Part, evidence: PartEvidence, singleHeader: boolean): PartVerdict {
  const { path } = part;
  switch (evidence.kind) {
    case 'missing':
      return verdict(part, 'lost', 'part-missing', 'is missing');
    case 'locked':
      return verdict(part, 'blocked', 'part-locked', 'is locked: a program has the pool open', {
        path,
      });
    case 'refused': {
      const { errno, syscall } = evidence;
      const text = `cannot be opened: ${describeErrno(errno)}`;
      return verdict(part, 'blocked', 'part-refused', text, { path, errno, syscall });
    }
    case 'present':
      return checkPresentPart(part, evidence, singleHeader);
  }
}

function checkPresentPart(part: Part, evidence: PresentPart, singleHeader: boolean): PartVerdict {
  const { kind, size } = evidence.facts;
  if (kind === 'dax') {
    const text = 'is a device DAX, which this release cannot read';
    return verdict(part, 'blocked', 'part-device-dax', text, { path: part.path });
  }
  if (kind !== 'file') {
    const data = { path: part.path };
    return verdict(part, 'blocked', 'part-not-a-file', 'is not a regular file', data);
  }
  if (size !== part.fileSize) {
    const text = `has ${size} bytes where the set file says ${part.fileSize}`;
    return verdict(part, 'lost', 'part-size', text, { expected: part.fileSize, found: size });
  }
  if (!part.hasHeader) return { part, state: 'healthy', header: undefined, findings: [] };
  const fault = headerFault(evidence.header, singleHeader);
  return fault === undefined
    ? { part, state: 'healthy', header: poolHdr.decode(evidence.header!), findings: [] }
    : verdict(part, 'damaged', fault.code, `has ${fault.text}`);
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

function verdict(
  part: Part,
  state: 'damaged' | 'lost' | 'blocked',
  code: Finding['code'],
  text: string,
  data: Finding['data'] = {},
): PartVerdict {
  const where = { replica: part.replica, part: part.index };
  const severity = state === 'blocked' ? 'fatal' : 'damage';
  const message = `${partName(part)} (${part.path}) ${text}`;
  return {
    part,
    state,
    header: undefined,
    findings: [finding(code, severity, where, message, data)],
  };
}
