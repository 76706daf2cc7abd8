import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { checkSet, type FindingCode, type PartState } from '../../../src/pool/check/index.ts';
import { SDS_SIZE, shutdownState, shutdownStateChecksum } from '../../../src/pool/layout/index.ts';
import {
  editHeader,
  headerOf,
  MISSING,
  syntheticDescriptor,
  syntheticSet,
  withPart,
  type Synthetic,
} from '../../support/synthetic-set.ts';

const MIB = 1024 * 1024;
const TWO_BY_TWO = syntheticSet({
  replicas: [
    [16, 16],
    [16, 16],
  ],
});
const SINGLE = syntheticSet({
  replicas: [
    [16, 16],
    [16, 16],
  ],
  singleHeader: true,
});
const THREE = syntheticSet({ replicas: [[16], [16], [16]] });

interface Row {
  readonly name: string;
  readonly seen: Synthetic;
  readonly codes: readonly FindingCode[];
  /** By replica and part; `h`ealthy, `d`amaged, `l`ost, `b`locked. */
  readonly states: string;
}

const LETTERS: Record<PartState, string> = { healthy: 'h', damaged: 'd', lost: 'l', blocked: 'b' };

function dirtySds(usc: bigint): Uint8Array {
  const sds = new Uint8Array(SDS_SIZE);
  shutdownState.patch(sds, { usc, dirty: 1 });
  shutdownState.patch(sds, { checksum: shutdownStateChecksum(sds) });
  return sds;
}

function withDescriptor(
  { set, evidence }: Synthetic,
  replica: number,
  descriptor: Uint8Array,
  misplacedDescriptors: readonly number[] = [],
): Synthetic {
  const replicas = evidence.replicas.map((old, r) =>
    r === replica ? { ...old, descriptor, misplacedDescriptors } : old,
  );
  return { set, evidence: { ...evidence, replicas } };
}

function swapParts({ set, evidence }: Synthetic, replica: number): Synthetic {
  const replicas = evidence.replicas.map((old, r) =>
    r === replica ? { ...old, parts: old.parts.toReversed() } : old,
  );
  return { set, evidence: { ...evidence, replicas } };
}

const rows: readonly Row[] = [
  { name: 'a closed set', seen: TWO_BY_TWO, codes: [], states: 'hh hh' },
  { name: 'a closed SINGLEHDR set', seen: SINGLE, codes: [], states: 'hh hh' },
  {
    name: 'a later part missing',
    seen: withPart(TWO_BY_TWO, 'r1p1', MISSING),
    codes: ['part-missing'],
    states: 'hh hl',
  },
  {
    name: 'a first part missing costs only that part, shutdown state or not',
    seen: withPart(TWO_BY_TWO, 'r0p0', MISSING),
    codes: ['part-missing'],
    states: 'lh hh',
  },
  {
    name: 'the first part of a SINGLEHDR replica missing leaves nobody to vouch for the rest',
    seen: withPart(SINGLE, 'r0p0', MISSING),
    codes: ['part-missing'],
    states: 'ld hh',
  },
  {
    name: 'a locked part',
    seen: withPart(TWO_BY_TWO, 'r1p0', { kind: 'locked' }),
    codes: ['part-locked'],
    states: 'hh bh',
  },
  {
    name: 'a part without permission',
    seen: withPart(TWO_BY_TWO, 'r1p0', { kind: 'refused', errno: 'EACCES', syscall: 'open' }),
    codes: ['part-refused'],
    states: 'hh bh',
  },
  {
    name: 'a part one byte too long',
    seen: withPart(TWO_BY_TWO, 'r0p1', (part) =>
      part.kind === 'present' ? { ...part, facts: { ...part.facts, size: 16 * MIB + 1 } } : part,
    ),
    codes: ['part-size'],
    states: 'hl hh',
  },
  {
    name: 'a directory in place of a part',
    seen: withPart(TWO_BY_TWO, 'r0p1', (part) =>
      part.kind === 'present' ? { ...part, facts: { ...part.facts, kind: 'directory' } } : part,
    ),
    codes: ['part-not-a-file'],
    states: 'hb hh',
  },
  {
    name: 'a header of zeros, whose checksum is valid',
    seen: withPart(TWO_BY_TWO, 'r0p1', (part) =>
      part.kind === 'present' ? { ...part, header: new Uint8Array(4096) } : part,
    ),
    codes: ['header-zero'],
    states: 'hd hh',
  },
  {
    name: 'a header with a wrong checksum',
    seen: withPart(TWO_BY_TWO, 'r1p1', editHeader({ major: 7 }, { seal: false })),
    codes: ['header-checksum'],
    states: 'hh hd',
  },
  {
    name: 'a header with another signature and a right checksum',
    seen: withPart(TWO_BY_TWO, 'r1p1', editHeader({ signature: new Uint8Array(8).fill(65) })),
    codes: ['header-signature'],
    states: 'hh hd',
  },
  {
    name: 'a header that cannot be read',
    seen: withPart(TWO_BY_TWO, 'r1p1', (part) =>
      part.kind === 'present' ? { ...part, header: undefined } : part,
    ),
    codes: ['header-unreadable'],
    states: 'hh hd',
  },
  {
    name: 'one header of another version, outvoted',
    seen: withPart(TWO_BY_TWO, 'r1p1', editHeader({ major: 5 })),
    codes: ['header-format'],
    states: 'hh hd',
  },
  {
    name: 'one header with other compat bits, outvoted',
    seen: withPart(TWO_BY_TWO, 'r0p0', editHeader({ compat: 0 })),
    codes: ['header-format'],
    states: 'dh hh',
  },
  {
    name: 'a header of another version from another pool set is no minority but a stranger',
    seen: withPart(TWO_BY_TWO, 'r1p1', editHeader({ major: 5, poolsetUuid: 'ee'.repeat(16) })),
    codes: ['poolset-uuid-in-replica'],
    states: 'hh hh',
  },
  {
    name: 'a vote of two against two decides nothing',
    seen: withPart(
      withPart(TWO_BY_TWO, 'r1p0', editHeader({ compat: 0 })),
      'r1p1',
      editHeader({ compat: 0 }),
    ),
    codes: ['format-disagrees'],
    states: 'hh hh',
  },
  {
    name: 'features that nobody knows, everywhere',
    seen: ['r0p0', 'r0p1', 'r1p0', 'r1p1'].reduce(
      (seen, name) => withPart(seen, name, editHeader({ incompat: 0x80 | 6 })),
      TWO_BY_TWO,
    ),
    codes: ['format-unknown'],
    states: 'hh hh',
  },
  {
    name: 'a part of another pool set',
    seen: withPart(TWO_BY_TWO, 'r0p1', editHeader({ poolsetUuid: 'ff'.repeat(16) })),
    codes: ['poolset-uuid-in-replica'],
    states: 'hh hh',
  },
  {
    name: 'parts of one replica that name different neighbour replicas',
    seen: withPart(TWO_BY_TWO, 'r0p1', editHeader({ nextReplUuid: 'ff'.repeat(16) })),
    codes: ['replica-links-in-replica'],
    states: 'hh hh',
  },
  {
    name: 'parts of one replica that are not linked',
    seen: withPart(TWO_BY_TWO, 'r0p1', editHeader({ uuid: 'ff'.repeat(16) })),
    codes: ['parts-not-linked', 'parts-not-linked'],
    states: 'hh hh',
  },
  {
    name: 'FF-PH-01: two parts swapped in the set file, the other replica sound',
    seen: swapParts(TWO_BY_TWO, 1),
    codes: ['replica-links', 'replica-links'],
    states: 'hh hh',
  },
  {
    name: 'FF-PH-01: two parts swapped in the set file, the other replica damaged',
    seen: withPart(
      withPart(
        withDescriptor(swapParts(TWO_BY_TWO, 1), 1, new Uint8Array(4096), [1]),
        'r0p0',
        editHeader({ major: 9 }, { seal: false }),
      ),
      'r0p1',
      editHeader({ major: 9 }, { seal: false }),
    ),
    codes: ['header-checksum', 'header-checksum', 'parts-swapped'],
    states: 'dd dh',
  },
  {
    name: 'FF-PH-02: the set file leaves out the third replica, the second is gone',
    seen: (() => {
      const { evidence } = withPart(THREE, 'r1p0', MISSING);
      const { set } = syntheticSet({ replicas: [[16], [16]] });
      return { set, evidence: { ...evidence, replicas: evidence.replicas.slice(0, 2) } };
    })(),
    codes: ['part-missing', 'replica-links-on-border'],
    states: 'h l',
  },
  {
    name: 'FF-PH-03: a stand-alone pool listed as third replica, the others damaged',
    seen: (() => {
      const lonely = syntheticSet({ replicas: [[16]] });
      const alien = withPart(lonely, 'r0p0', (part) =>
        part.kind === 'present' ? { ...part, facts: { ...part.facts, identity: '/b' } } : part,
      ).evidence.replicas[0]!;
      const base = withPart(withPart(THREE, 'r0p0', MISSING), 'r1p0', MISSING);
      return {
        set: base.set,
        evidence: { ...base.evidence, replicas: [...base.evidence.replicas.slice(0, 2), alien] },
      };
    })(),
    codes: ['part-missing', 'part-missing', 'alien-replica'],
    states: 'l l h',
  },
  {
    name: 'power lost on an open pool, on other hardware than now',
    seen: withPart(TWO_BY_TWO, 'r1p0', editHeader({ sds: dirtySds(5n) })),
    codes: ['shutdown-state'],
    states: 'hh dd',
  },
  {
    name: 'a pool that was open, on hardware that cannot have lost anything',
    seen: withPart(TWO_BY_TWO, 'r1p0', editHeader({ sds: dirtySds(0n) })),
    codes: [],
    states: 'hh hh',
  },
  {
    name: 'FF-PB-01: a descriptor of zeros, whose checksum is valid',
    seen: withDescriptor(TWO_BY_TWO, 0, new Uint8Array(4096)),
    codes: ['descriptor'],
    states: 'dh hh',
  },
  {
    name: 'a recorded pool below the least size',
    seen: withDescriptor(TWO_BY_TWO, 0, syntheticDescriptor(8 * MIB - 4096)),
    codes: ['pool-size-too-small'],
    states: 'dh hh',
  },
  {
    name: 'a recorded pool larger than the set file has room for',
    seen: withDescriptor(TWO_BY_TWO, 0, syntheticDescriptor(64 * MIB)),
    codes: ['replica-too-small'],
    states: 'hh hh',
  },
  {
    name: 'two recorded sizes',
    seen: withDescriptor(TWO_BY_TWO, 1, syntheticDescriptor(9 * MIB)),
    codes: ['pool-sizes-differ'],
    states: 'hh hh',
  },
  {
    name: 'one file listed twice',
    seen: withPart(TWO_BY_TWO, 'r1p1', (part) =>
      part.kind === 'present' ? { ...part, facts: { ...part.facts, identity: '/r0p1' } } : part,
    ),
    codes: ['part-listed-twice'],
    states: 'hh hh',
  },
];

suite('checkSet', () => {
  for (const { name, seen, codes, states } of rows) {
    test(name, () => {
      const health = checkSet(seen.set, seen.evidence);
      assert.deepEqual(
        health.findings.map(({ code }) => code),
        codes,
      );
      const letters = health.parts.map((parts) =>
        parts.map(({ state }) => LETTERS[state]).join(''),
      );
      assert.equal(letters.join(' '), states);
    });
  }

  test('the user’s replica decides an even vote and a contradiction of sizes', () => {
    const disputed = withDescriptor(
      withPart(
        withPart(TWO_BY_TWO, 'r1p0', editHeader({ compat: 0 })),
        'r1p1',
        editHeader({ compat: 0 }),
      ),
      1,
      syntheticDescriptor(9 * MIB),
    );
    const health = checkSet(disputed.set, disputed.evidence, 1);
    assert.deepEqual(
      health.findings.map(({ code, where }) => [code, where.replica]),
      [
        ['header-format', 0],
        ['header-format', 0],
      ],
    );
    assert.equal(health.poolSize, 9 * MIB);
  });

  test('messages name the part and its path', () => {
    const seen = withPart(TWO_BY_TWO, 'r1p1', MISSING);
    const [found] = checkSet(seen.set, seen.evidence).findings;
    assert.equal(found!.message, 'r1p1 (/r1p1) is missing');
  });

  test('a swapped part is named by the replica that knows better', () => {
    const seen = swapParts(TWO_BY_TWO, 1);
    assert.equal(headerOf(seen, 1, 1).uuid, headerOf(TWO_BY_TWO, 1, 0).uuid);
    const [found] = checkSet(seen.set, seen.evidence).findings;
    assert.match(found!.message, /r1p1 is the first part$/);
  });
});
