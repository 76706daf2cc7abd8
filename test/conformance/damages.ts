import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  HEAP_HDR_SIZE,
  objDescriptorChecksum,
  POOL_HDR_SIZE,
  poolHdr,
  sealPoolHdr,
  SDS_OFFSET,
  SDS_SIZE,
  shutdownState,
  shutdownStateChecksum,
} from '../../src/pool/layout/index.ts';
import { MIB, referenceEnvironment } from '../support/pool-fixture.ts';
import { referencePmempool } from '../support/requirements.ts';
import { rewriteSet } from './fixtures.ts';

/** Damages the pool set in `directory`; the same damage every time. */
export type Damage = (directory: string) => void;

const at = (directory: string, name: string): string => join(directory, name);

function patch(file: string, offset: number, change: (bytes: Uint8Array) => void, length: number) {
  const fd = openSync(file, 'r+');
  try {
    const bytes = new Uint8Array(length);
    readSync(fd, bytes, 0, length, offset);
    change(bytes);
    writeSync(fd, bytes, 0, length, offset);
  } finally {
    closeSync(fd);
  }
}

/** Inverts bits of one byte of a file. */
const flip =
  (name: string, offset: number, mask = 0x40): Damage =>
  (directory) =>
    patch(at(directory, name), offset, (bytes) => (bytes[0]! ^= mask), 1);

const zero =
  (name: string, offset: number, length: number): Damage =>
  (directory) =>
    patch(at(directory, name), offset, (bytes) => bytes.fill(0), length);

/** Every field of the header: the byte that is changed, and the bits. */
const HEADER_FLIPS: Readonly<Record<string, readonly [offset: number, mask: number]>> = {
  signature: [poolHdr.fields.signature.offset, 0x40],
  major: [poolHdr.fields.major.offset, 0x03],
  compat: [poolHdr.fields.compat.offset, 0x40],
  'incompat-unknown': [poolHdr.fields.incompat.offset, 0x40],
  'incompat-singlehdr': [poolHdr.fields.incompat.offset, 0x01],
  'incompat-cksum-2k': [poolHdr.fields.incompat.offset, 0x02],
  'incompat-sds': [poolHdr.fields.incompat.offset, 0x04],
  'ro-compat': [poolHdr.fields.roCompat.offset, 0x40],
  'poolset-uuid': [poolHdr.fields.poolsetUuid.offset, 0x40],
  uuid: [poolHdr.fields.uuid.offset, 0x40],
  'prev-part': [poolHdr.fields.prevPartUuid.offset, 0x40],
  'next-part': [poolHdr.fields.nextPartUuid.offset, 0x40],
  'prev-repl': [poolHdr.fields.prevReplUuid.offset, 0x40],
  'next-repl': [poolHdr.fields.nextReplUuid.offset, 0x40],
  crtime: [poolHdr.fields.crtime.offset, 0x40],
  alignment: [poolHdr.fields.alignmentDesc.offset, 0x40],
  class: [poolHdr.fields.machineClass.offset, 0x03],
  data: [poolHdr.fields.archData.offset, 0x03],
  'arch-reserved': [poolHdr.fields.archReserved.offset, 0x40],
  machine: [poolHdr.fields.machine.offset, 0x40],
  unused: [poolHdr.fields.unused.offset + 100, 0x40],
  unused2: [poolHdr.fields.unused2.offset + 100, 0x40],
  'sds-usc': [SDS_OFFSET, 0x40],
  'sds-uuid': [SDS_OFFSET + 8, 0x40],
  'sds-dirty': [SDS_OFFSET + 16, 0x01],
  'sds-reserved': [SDS_OFFSET + 20, 0x40],
  'sds-checksum': [SDS_OFFSET + 56, 0x40],
  checksum: [poolHdr.fields.checksum.offset, 0x40],
};

export const HEADER_FIELDS: readonly string[] = Object.keys(HEADER_FLIPS);

/** One field of a header changed, its checksum left as it is. */
const headerFlip =
  (name: string, field: string): Damage =>
  (directory) =>
    flip(name, ...HEADER_FLIPS[field]!)(directory);

/** One field of a header changed, and the checksum made to fit. */
const headerForge =
  (name: string, field: string): Damage =>
  (directory) => {
    flip(name, ...HEADER_FLIPS[field]!)(directory);
    patch(at(directory, name), 0, sealPoolHdr, POOL_HDR_SIZE);
  };

const remove =
  (...names: readonly string[]): Damage =>
  (directory) => {
    for (const name of names) rmSync(at(directory, name), { recursive: true });
  };

const resize =
  (name: string, size: number): Damage =>
  (directory) =>
    truncateSync(at(directory, name), size);

const swapNames =
  (a: string, b: string): Damage =>
  (directory) => {
    renameSync(at(directory, a), at(directory, 'swap'));
    renameSync(at(directory, b), at(directory, a));
    renameSync(at(directory, 'swap'), at(directory, b));
  };

const setTo =
  (text: string): Damage =>
  (directory) =>
    rewriteSet(directory, text);

const both =
  (...damages: readonly Damage[]): Damage =>
  (directory) => {
    for (const damage of damages) damage(directory);
  };

/** Puts a part, or a whole replica, of another pool of the same shape in place. Made once per test run. */
const foreign =
  (...names: readonly string[]): Damage =>
  (directory) => {
    const other = at(directory, 'other');
    mkdirSync(other);
    const lines = [
      'PMEMPOOLSET',
      '8M @/r0p0',
      '8M @/r0p1',
      'REPLICA',
      '8M @/r1p0',
      '8M @/r1p1',
      '',
    ];
    writeFileSync(at(other, 'my.set'), lines.join('\n').replaceAll('@', other));
    execFileSync(referencePmempool(), ['create', '--layout', 'walk', 'obj', 'my.set'], {
      cwd: other,
      env: referenceEnvironment(true),
    });
    for (const name of names) copyFileSync(at(other, name), at(directory, name));
    rmSync(other, { recursive: true });
  };

function sealDescriptor(page: Uint8Array): void {
  new DataView(page.buffer).setBigUint64(0x7f8, objDescriptorChecksum(page), true);
}

/** A descriptor field changed and its checksum made to fit. */
const descriptorForge =
  (name: string, offset: number, mask: number): Damage =>
  (directory) => {
    flip(name, offset, mask)(directory);
    patch(at(directory, name), 0x1000, sealDescriptor, 4096);
  };

/** A shutdown state that another machine, or another power cycle, left behind. */
const powerLost =
  (name: string, dirty: 0 | 1): Damage =>
  (directory) =>
    patch(at(directory, name), SDS_OFFSET, dirty === 1 ? lose : loseClosed, SDS_SIZE);

function lose(state: Uint8Array): void {
  shutdownState.patch(state, { usc: 5n, uuid: 77n, dirty: 1 });
  shutdownState.patch(state, { checksum: shutdownStateChecksum(state) });
}

function loseClosed(state: Uint8Array): void {
  lose(state);
  shutdownState.patch(state, { dirty: 0 });
  shutdownState.patch(state, { checksum: shutdownStateChecksum(state) });
}

const link =
  (name: string, target: string, keep: boolean): Damage =>
  (directory) => {
    if (keep) renameSync(at(directory, name), at(directory, target));
    else rmSync(at(directory, name));
    symlinkSync(at(directory, target), at(directory, name));
  };

const HEAP = 0x302000;

const FILES: Readonly<Record<string, Damage>> = {
  none: () => {},
  'r0p0-missing': remove('r0p0'),
  'r0p1-missing': remove('r0p1'),
  'r1p0-missing': remove('r1p0'),
  'r1p1-missing': remove('r1p1'),
  'r0p2-missing': remove('r0p2'),
  'r1p1-r1p2-missing': remove('r1p1', 'r1p2'),
  'r0p0-r0p2-missing': remove('r0p0', 'r0p2'),
  'r0-missing': remove('r0p0', 'r0p1'),
  'r1-missing': remove('r1p0', 'r1p1'),
  'r1p0-only-missing': remove('r1p0'),
  'r2-missing': remove('r2p0', 'r2p1'),
  'r0p0-r2p1-missing': remove('r0p0', 'r2p1'),
  'r1-r2-missing': remove('r1p0', 'r2p0', 'r2p1'),
  'r0p1-r1p0-missing': remove('r0p1', 'r1p0'),
  'r0p0-r1p0-missing': remove('r0p0', 'r1p0'),
  'r0p1-r1p1-missing': remove('r0p1', 'r1p1'),
  'all-missing': remove('r0p0', 'r0p1', 'r1p0', 'r1p1'),
  'set-missing': remove('my.set'),
  'r0p0-truncated': resize('r0p0', 5 * MIB),
  'r0p1-truncated': resize('r0p1', 5 * MIB),
  'r1p1-empty': resize('r1p1', 0),
  'r1p0-grown': resize('r1p0', 9 * MIB),
  'r1p1-grown-page': resize('r1p1', 8 * MIB + 4096),
  'r1p1-directory': both(remove('r1p1'), (directory) => mkdirSync(at(directory, 'r1p1'))),
  'r0p0-directory': both(remove('r0p0'), (directory) => mkdirSync(at(directory, 'r0p0'))),
  'r1p1-link': link('r1p1', 'moved', true),
  'r1p1-link-dangling': link('r1p1', 'nowhere', false),
  'r1p1-link-damaged': both(link('r1p1', 'moved', true), zero('moved', 0, 4096)),
  'r1p1-mode-000': (directory) => chmodSync(at(directory, 'r1p1'), 0),
  'modes-0600-r1p1-missing': (directory) => {
    for (const name of ['r0p0', 'r0p1', 'r1p0']) chmodSync(at(directory, name), 0o600);
    remove('r1p1')(directory);
  },
};

const CONTENT: Readonly<Record<string, Damage>> = {
  'r0p0-header-zero': zero('r0p0', 0, 4096),
  'r0p1-header-zero': zero('r0p1', 0, 4096),
  'r1p0-header-zero': zero('r1p0', 0, 4096),
  'r1p1-header-zero': zero('r1p1', 0, 4096),
  'r0-r1-headers-zero': both(zero('r0p0', 0, 4096), zero('r1p0', 0, 4096)),
  'r0p0-zero': zero('r0p0', 0, 8 * MIB),
  'r1p1-zero': zero('r1p1', 0, 8 * MIB),
  'r0p0-descriptor-flip': flip('r0p0', 0x1410),
  'r1p0-descriptor-flip': flip('r1p0', 0x1450),
  'r0p0-r1p0-descriptor-flip': both(flip('r0p0', 0x1450), flip('r1p0', 0x1450)),
  'r0p0-descriptor-zero': zero('r0p0', 0x1000, 4096),
  'r0p0-heap-size-huge': flip('r0p0', 0x1820 + 3, 0x10),
  'r1p0-heap-size-other': flip('r1p0', 0x1820 + 2, 0x10),
  'r1p0-heap-size-zero': zero('r1p0', 0x1820, 8),
  'r1p0-heap-offset-forged': descriptorForge('r1p0', 0x1411, 0x10),
  'r0p0-heap-header-zero': zero('r0p0', HEAP, HEAP_HDR_SIZE),
  'r1p1-data-flip': flip('r1p1', 0x5000),
  'r0-parts-swapped': swapNames('r0p0', 'r0p1'),
  'r1-parts-swapped': swapNames('r1p0', 'r1p1'),
  'r0p1-r1p1-swapped': swapNames('r0p1', 'r1p1'),
  'replicas-swapped': both(swapNames('r0p0', 'r1p0'), swapNames('r0p1', 'r1p1')),
  'r1p1-copy-of-r0p1': (directory) => copyFileSync(at(directory, 'r0p1'), at(directory, 'r1p1')),
  'r1p1-is-text': (directory) => writeFileSync(at(directory, 'r1p1'), 'not a pool\n'),
  'r1-foreign': foreign('r1p0', 'r1p1'),
  'r1p1-foreign': foreign('r1p1'),
  'r0p0-foreign': foreign('r0p0'),
};

const POWER: Readonly<Record<string, Damage>> = {
  'r0p0-power-lost': powerLost('r0p0', 1),
  'r1p0-power-lost': powerLost('r1p0', 1),
  'all-power-lost': both(powerLost('r0p0', 1), powerLost('r1p0', 1)),
  'all-power-lost-closed': both(powerLost('r0p0', 0), powerLost('r1p0', 0)),
};

const PLAIN_SET = 'PMEMPOOLSET\n8M @/r0p0\n8M @/r0p1\nREPLICA\n8M @/r1p0\n8M @/r1p1\n';

const SETS: Readonly<Record<string, Damage>> = {
  'set-lines-swapped': setTo('PMEMPOOLSET\n8M @/r0p1\n8M @/r0p0\nREPLICA\n8M @/r1p0\n8M @/r1p1\n'),
  'set-replica-order': setTo('PMEMPOOLSET\n8M @/r1p0\n8M @/r1p1\nREPLICA\n8M @/r0p0\n8M @/r0p1\n'),
  'set-one-replica': setTo('PMEMPOOLSET\n8M @/r0p0\n8M @/r0p1\n'),
  'set-replica-added': setTo(`${PLAIN_SET}REPLICA\n8M @/r2p0\n8M @/r2p1\n`),
  'set-replica-left-out': setTo(
    'PMEMPOOLSET\n8M @/r0p0\n8M @/r0p1\nREPLICA\n8M @/r2p0\n10M @/r2p1\n',
  ),
  'set-part-left-out': setTo('PMEMPOOLSET\n8M @/r0p0\n8M @/r0p1\nREPLICA\n8M @/r1p0\n'),
  'set-part-added': setTo(`${PLAIN_SET}8M @/r1p2\n`),
  'set-part-twice': setTo('PMEMPOOLSET\n8M @/r0p0\n8M @/r0p1\nREPLICA\n8M @/r1p0\n8M @/r0p1\n'),
  'set-sizes-wrong': setTo('PMEMPOOLSET\n8M @/r0p0\n8M @/r0p1\nREPLICA\n8M @/r1p0\n9M @/r1p1\n'),
  'set-singlehdr-added': setTo(PLAIN_SET.replace('T\n', 'T\nOPTION SINGLEHDR\n')),
  'set-singlehdr-removed': setTo(PLAIN_SET),
  'set-nohdrs': setTo(PLAIN_SET.replace('T\n', 'T\nOPTION NOHDRS\n')),
  'set-crlf': setTo(PLAIN_SET.replaceAll('\n', '\r\n')),
  'set-comments': setTo(PLAIN_SET.replace('8M @/r0p1', '# first\n8388608B\t@/r0p1   # second')),
  'set-no-newline': setTo(PLAIN_SET.trimEnd()),
  'set-empty': setTo(''),
  'set-signature-only': setTo('PMEMPOOLSET'),
  'set-no-parts': setTo('PMEMPOOLSET\n'),
  'set-first-line': setTo(PLAIN_SET.replace('T\n', 'T \n')),
  'set-bad-size': setTo(PLAIN_SET.replace('8M @/r0p1', '8Mb @/r0p1')),
  'set-zero-size': setTo(PLAIN_SET.replace('8M @/r0p1', '0 @/r0p1')),
  'set-relative-path': setTo(PLAIN_SET.replace('8M @/r0p1', '8M r0p1')),
  'set-three-tokens': setTo(PLAIN_SET.replace('8M @/r0p1', '8M @/r0p1 x')),
  'set-blank-line': setTo(PLAIN_SET.replace('REPLICA', '   \nREPLICA')),
  'set-replica-x': setTo(PLAIN_SET.replace('REPLICA', 'REPLICAX')),
  'set-replica-blank': setTo(PLAIN_SET.replace('REPLICA', 'REPLICA ')),
  'set-replica-empty': setTo(`${PLAIN_SET}REPLICA\n`),
  'set-replica-first': setTo(PLAIN_SET.replace('T\n', 'T\nREPLICA\n')),
  'set-option-missing': setTo(PLAIN_SET.replace('T\n', 'T\nOPTION\n')),
  'set-option-unknown': setTo(PLAIN_SET.replace('T\n', 'T\nOPTION WHAT\n')),
  'set-remote': setTo(`${PLAIN_SET}REPLICA node pool.set\n`),
  'set-remote-absolute': setTo(`${PLAIN_SET}REPLICA node /pool.set\n`),
  'set-auto': setTo(PLAIN_SET.replace('8M @/r0p1', 'AUTO @/r0p1')),
  'set-directory-missing': setTo(PLAIN_SET.replace('@/r0p1', '@/none/r0p1')),
  'set-not-a-directory': setTo(PLAIN_SET.replace('@/r0p1', '@/r0p0/r0p1')),
  'set-mixed': both(
    remove('r1p1'),
    (directory) => mkdirSync(at(directory, 'r1p1')),
    setTo(PLAIN_SET),
  ),
};

/** Of the directory set: `rR` hold `000000.pmem`. */
const DIRECTORIES: Readonly<Record<string, Damage>> = {
  'd0-part-missing': remove('r0/000000.pmem'),
  'd1-part-missing': remove('r1/000000.pmem'),
  'd0-header-zero': zero('r0/000000.pmem', 0, 4096),
  'd1-truncated': resize('r1/000000.pmem', 5 * MIB),
  'd1-missing': remove('r1'),
  'd1-other-file': (directory) => writeFileSync(at(directory, 'r1/readme'), 'x'),
};

const HEADERS: Readonly<Record<string, Damage>> = Object.fromEntries(
  ['r0p0', 'r0p1', 'r1p0', 'r1p1', 'r1p2', 'r2p1'].flatMap((name) =>
    HEADER_FIELDS.flatMap((field) => [
      [`${name}-flip-${field}`, headerFlip(name, field)] as const,
      [`${name}-forge-${field}`, headerForge(name, field)] as const,
    ]),
  ),
);

/** What `create` meets. */
const CREATE: Readonly<Record<string, Damage>> = {
  'set-2x2': setTo(PLAIN_SET),
  'set-1x1': setTo('PMEMPOOLSET\n9M @/r0p0\n'),
  'set-uneven': setTo(
    'PMEMPOOLSET\n8M @/r0p0\n4M @/r0p1\nREPLICA\n12M @/r1p0\nREPLICA\n5000001 @/r2p0\n7M @/r2p1\n',
  ),
  'set-2x2-singlehdr': setTo(PLAIN_SET.replace('T\n', 'T\nOPTION SINGLEHDR\n')),
  'set-2x2-nohdrs': setTo(PLAIN_SET.replace('T\n', 'T\nOPTION NOHDRS\n')),
  'set-dirs': both(
    (directory) => mkdirSync(at(directory, 'd0')),
    (directory) => mkdirSync(at(directory, 'd1')),
    setTo('PMEMPOOLSET\nOPTION SINGLEHDR\n100M @/d0\nREPLICA\n200M @/d1\n'),
  ),
  'set-dirs-headers': both(
    (directory) => mkdirSync(at(directory, 'd0')),
    setTo('PMEMPOOLSET\n100M @/d0\n'),
  ),
  'set-dirs-small': both(
    (directory) => mkdirSync(at(directory, 'd0')),
    setTo('PMEMPOOLSET\nOPTION SINGLEHDR\n4M @/d0\n'),
  ),
  'set-part-too-small': setTo('PMEMPOOLSET\n8M @/r0p0\n1M @/r0p1\n'),
  'set-pool-too-small': setTo('PMEMPOOLSET\n4M @/r0p0\n4M @/r0p1\n'),
  'set-replica-too-small': setTo('PMEMPOOLSET\n16M @/r0p0\nREPLICA\n4M @/r1p0\n'),
  'set-no-directory': setTo('PMEMPOOLSET\n8M @/r0p0\n8M @/none/r0p1\n'),
  'set-existing-zero': both(setTo(PLAIN_SET), (directory) => {
    writeFileSync(at(directory, 'r0p1'), '');
    truncateSync(at(directory, 'r0p1'), 8 * MIB);
    chmodSync(at(directory, 'r0p1'), 0o640);
  }),
  'set-existing-tail': both(setTo(PLAIN_SET), (directory) => {
    writeFileSync(at(directory, 'r0p1'), '');
    truncateSync(at(directory, 'r0p1'), 8 * MIB);
    flip('r0p1', 0x5000)(directory);
  }),
  'set-existing-full': both(setTo(PLAIN_SET), (directory) => {
    writeFileSync(at(directory, 'r1p0'), 'precious');
    truncateSync(at(directory, 'r1p0'), 8 * MIB);
  }),
  'set-existing-size': both(setTo(PLAIN_SET), (directory) => {
    writeFileSync(at(directory, 'r1p0'), '');
    truncateSync(at(directory, 'r1p0'), 4 * MIB);
  }),
  'set-bad-line': setTo(PLAIN_SET.replace('8M @/r0p1', '8Mb @/r0p1')),
  'set-same-part': setTo('PMEMPOOLSET\n8M @/r0p0\n8M @/r0p0\n'),
  'file-exists': (directory) => writeFileSync(at(directory, 'pool'), 'precious'),
  'file-exists-zero': (directory) => {
    writeFileSync(at(directory, 'pool'), '');
    truncateSync(at(directory, 'pool'), 16 * MIB);
  },
  'file-exists-zero-small': (directory) => {
    writeFileSync(at(directory, 'pool'), '');
    truncateSync(at(directory, 'pool'), 4 * MIB);
  },
  'file-exists-empty': (directory) => writeFileSync(at(directory, 'pool'), ''),
  'file-is-directory': (directory) => mkdirSync(at(directory, 'pool')),
};

/** All damages by name. Names say what is damaged first: `r1p1` is part 1 of replica 1. */
export const DAMAGES: Readonly<Record<string, Damage>> = {
  ...FILES,
  ...CONTENT,
  ...POWER,
  ...SETS,
  ...DIRECTORIES,
  ...HEADERS,
  ...CREATE,
};
