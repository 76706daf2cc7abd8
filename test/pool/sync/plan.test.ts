import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { seededRandom } from '../../../src/base/index.ts';
import { hasValidChecksum, poolHdr } from '../../../src/pool/layout/index.ts';
import { partName } from '../../../src/pool/poolset/index.ts';
import {
  copiesOf,
  plan,
  type PlanOptions,
  type SyncPlan,
  type SyncStep,
} from '../../../src/pool/sync/index.ts';
import {
  editHeader,
  headerOf,
  MISSING,
  surveyOf,
  syntheticSet,
  withPart,
} from '../../support/synthetic-set.ts';

const MIB = 1024 * 1024;
const FIXED: PlanOptions = { random: seededRandom(7), clock: () => 1_800_000_000_000 };
const TWO_BY_TWO = syntheticSet({
  replicas: [
    [16, 16],
    [16, 16],
  ],
});

function describe(step: SyncStep): string {
  const copies = copiesOf(step).map(
    ({ source, sourceOffset, targetOffset, length }) =>
      ` ${partName(source)}@${sourceOffset}→${targetOffset}+${length}`,
  );
  return 'part' in step ? `${step.kind} ${partName(step.part)}${copies.join('')}` : step.kind;
}

function steps(result: SyncPlan): readonly string[] {
  assert.deepEqual(result.refusals, []);
  return result.steps.map(describe);
}

function refusals(result: SyncPlan): readonly string[] {
  assert.deepEqual(result.steps, []);
  return result.refusals.map(({ code }) => code);
}

suite('plan', () => {
  test('a healthy set needs nothing', () => {
    assert.deepEqual(steps(plan(surveyOf(TWO_BY_TWO), FIXED)), []);
  });

  test('a lost part is replaced from the other replica', () => {
    const result = plan(surveyOf(withPart(TWO_BY_TWO, 'r1p1', MISSING)), FIXED);
    const length = 16 * MIB - 4096;
    assert.deepEqual(steps(result), [`replace-part r1p1 r0p1@4096→4096+${length}`]);
  });

  test('different splits map through the pool', () => {
    const set = syntheticSet({ replicas: [[32], [16, 17]] });
    const result = plan(surveyOf(withPart(set, 'r0p0', MISSING)), FIXED);
    assert.deepEqual(steps(result), [
      `replace-part r0p0 r1p0@4096→4096+${16 * MIB - 4096} r1p1@4096→${16 * MIB}+${16 * MIB}`,
    ]);
  });

  test('FF-PB-06: nothing is copied beyond the pool size', () => {
    const set = syntheticSet({ replicas: [[16], [16, 24]] });
    const result = plan(surveyOf(withPart(set, 'r1p1', MISSING)), FIXED);
    assert.deepEqual(steps(result), ['replace-part r1p1']);
    assert.equal(result.bytesToCopy, 0);
  });

  test('FF-PH-04: the recreated header has the uuid that its neighbours record', () => {
    for (const name of ['r0p0', 'r0p1', 'r1p0', 'r1p1']) {
      const result = plan(surveyOf(withPart(TWO_BY_TWO, name, MISSING)), FIXED);
      const [step] = result.steps;
      assert.equal(step?.kind, 'replace-part');
      const [, replica, part] = /r(\d)p(\d)/.exec(name)!.map(Number) as [number, number, number];
      const was = headerOf(TWO_BY_TWO, replica, part);
      assert(step?.kind === 'replace-part' && step.header !== undefined);
      const is = poolHdr.decode(step.header);
      assert.deepEqual(
        { ...is, crtime: 0n, checksum: 0n },
        { ...was, crtime: 0n, checksum: 0n },
        `${name} gets its old header back`,
      );
      assert(hasValidChecksum(step.header));
    }
  });

  test('a whole lost replica gets its first uuid back and new ones behind it', () => {
    const seen = withPart(withPart(TWO_BY_TWO, 'r1p0', MISSING), 'r1p1', MISSING);
    const result = plan(surveyOf(seen), FIXED);
    assert.deepEqual(
      result.steps.map((step) => describe(step).split(' ', 2).join(' ')),
      ['replace-part r1p1', 'replace-part r1p0'],
      'the first part becomes healthy last',
    );
    const headers = result.steps.map((step) => {
      assert(step.kind === 'replace-part' && step.header !== undefined);
      return poolHdr.decode(step.header);
    });
    assert.equal(headers[1]!.uuid, headerOf(TWO_BY_TWO, 1, 0).uuid);
    assert.equal(headers[1]!.nextPartUuid, headers[0]!.uuid);
    assert.equal(headers[0]!.prevPartUuid, headers[1]!.uuid);
  });

  test('a damaged header over equal data costs one page', () => {
    const seen = withPart(TWO_BY_TWO, 'r1p1', editHeader({ major: 9 }, { seal: false }));
    assert.deepEqual(steps(plan(surveyOf(seen), FIXED)), ['write-header r1p1']);
  });

  test('of a part with a damaged header only what differs is written', () => {
    const seen = withPart(TWO_BY_TWO, 'r1p1', editHeader({ major: 9 }, { seal: false }));
    const differing = [{ offset: 17 * MIB, end: 17 * MIB + 4096 }];
    assert.deepEqual(steps(plan(surveyOf(seen, { differing }), FIXED)), [
      `patch-data r1p1 r0p1@${MIB + 4096}→${MIB + 4096}+4096`,
      'write-header r1p1',
    ]);
  });

  test('beyond a sixteenth of the part a new file is made, and the old one kept until then', () => {
    const seen = withPart(TWO_BY_TWO, 'r1p1', editHeader({ major: 9 }, { seal: false }));
    const atLimit = [{ offset: 16 * MIB, end: 17 * MIB }];
    const beyond = [{ offset: 16 * MIB, end: 17 * MIB + 4096 }];
    assert.equal(plan(surveyOf(seen, { differing: atLimit }), FIXED).steps[0]!.kind, 'patch-data');
    assert.equal(plan(surveyOf(seen, { differing: beyond }), FIXED).steps[0]!.kind, 'replace-part');
  });

  test('a header that vouches for data about to change is broken first and written last', () => {
    const single = syntheticSet({
      replicas: [
        [16, 16],
        [16, 16],
      ],
      singleHeader: true,
    });
    const seen = withPart(single, 'r1p0', editHeader({ major: 9 }, { seal: false }));
    const differing = [{ offset: 20 * MIB, end: 20 * MIB + 4096 }];
    assert.deepEqual(
      plan(surveyOf(seen, { differing }), FIXED).steps.map(describe),
      [`patch-data r1p1 r0p1@${4 * MIB}→${4 * MIB}+4096`, 'write-header r1p0'],
      'a header that is broken already needs no breaking',
    );
  });

  test('a lost later part of a SINGLEHDR replica leaves the sound header alone', () => {
    const single = syntheticSet({
      replicas: [
        [16, 16],
        [16, 16],
      ],
      singleHeader: true,
    });
    const result = plan(surveyOf(withPart(single, 'r1p1', MISSING)), FIXED);
    assert.deepEqual(steps(result), [`replace-part r1p1 r0p1@0→0+${16 * MIB}`]);
    const [step] = result.steps;
    assert(step?.kind === 'replace-part' && step.header === undefined);
  });

  test('FF-PH-05: a new part gets owner and mode of its peers, never wider', () => {
    const open = withPart(TWO_BY_TWO, 'r1p0', (part) =>
      part.kind === 'present'
        ? { ...part, facts: { ...part.facts, mode: 0o666, uid: 7, gid: 8 } }
        : part,
    );
    const [step] = plan(surveyOf(withPart(open, 'r1p1', MISSING)), FIXED).steps;
    assert(step?.kind === 'replace-part');
    assert.deepEqual(
      { mode: step.access.mode, uid: step.access.uid, gid: step.access.gid },
      { mode: 0o640, uid: 7, gid: 8 },
    );
  });
});

suite('plan combines replicas of which none is whole', () => {
  const damaged = withPart(withPart(TWO_BY_TWO, 'r0p0', MISSING), 'r1p1', MISSING);

  test('FF-PB-03: each range comes from the replica that has it', () => {
    const length = 16 * MIB - 4096;
    assert.deepEqual(steps(plan(surveyOf(damaged), FIXED)), [
      `replace-part r0p0 r1p0@4096→4096+${length}`,
      `replace-part r1p1 r0p1@4096→4096+${length}`,
    ]);
  });

  test('a log that waits for recovery is a doubt', () => {
    const survey = surveyOf(damaged, { lanesIdle: false });
    assert.deepEqual(refusals(plan(survey, FIXED)), ['doubtful-combination']);
  });

  test('a pool that was open is a doubt', () => {
    const sds = new Uint8Array(64);
    sds[16] = 1;
    const seen = withPart(damaged, 'r1p0', editHeader({ sds }));
    assert.deepEqual(refusals(plan(surveyOf(seen), FIXED)), ['doubtful-combination']);
  });

  test('a pool without shutdown state is a doubt', () => {
    const plain = syntheticSet({
      replicas: [
        [16, 16],
        [16, 16],
      ],
      sds: false,
    });
    const seen = withPart(withPart(plain, 'r0p0', MISSING), 'r1p1', MISSING);
    assert.deepEqual(refusals(plan(surveyOf(seen), FIXED)), ['doubtful-combination']);
  });

  test('replicas that differ where both can be read are a doubt', () => {
    const survey = surveyOf(damaged, {
      change: (before) => ({
        ...before,
        differences: [{ range: { offset: 4096, end: 8192 }, groups: [[0], [1]], alone: undefined }],
      }),
    });
    assert.deepEqual(refusals(plan(survey, FIXED)), ['doubtful-combination']);
  });

  test('the user may accept the doubt, and the plan says what was accepted', () => {
    const result = plan(surveyOf(damaged, { lanesIdle: false }), { ...FIXED, combine: true });
    assert.equal(result.steps.length, 2);
    assert.deepEqual(result.accepted, [
      'a log in replica 0 waits for recovery',
      'a log in replica 1 waits for recovery',
    ]);
  });

  test('FF-PB-02: a range that nobody has is refused and named', () => {
    const seen = withPart(withPart(TWO_BY_TWO, 'r0p1', MISSING), 'r1p1', MISSING);
    const result = plan(surveyOf(seen), { ...FIXED, combine: true });
    assert.deepEqual(refusals(result), ['uncorrectable']);
    assert.deepEqual(result.refusals[0]!.data['ranges'], [
      { offset: 16 * MIB, end: 32 * MIB - 4096 },
    ]);
  });
});

suite('plan refuses before anything is written', () => {
  const lostPart = withPart(TWO_BY_TWO, 'r1p1', MISSING);

  test('one replica', () => {
    const lonely = syntheticSet({ replicas: [[16]] });
    assert.deepEqual(refusals(plan(surveyOf(lonely), FIXED)), ['no-replicas']);
  });

  test('FF-PI-04: a part below 8 MiB', () => {
    const small = syntheticSet({
      replicas: [
        [16, 7],
        [16, 7],
      ],
    });
    const result = plan(surveyOf(withPart(small, 'r1p1', MISSING)), FIXED);
    assert.deepEqual(refusals(result), ['part-too-small', 'part-too-small']);
    assert.equal(result.refusals[0]!.data['expected'], 8 * MIB);
    assert.equal(result.refusals[0]!.data['found'], 7 * MIB);
  });

  test('FF-PI-04: too little space, both sides of the boundary', () => {
    assert.deepEqual(refusals(plan(surveyOf(lostPart, { free: 16 * MIB - 1 }), FIXED)), [
      'no-space',
    ]);
    assert.equal(plan(surveyOf(lostPart, { free: 16 * MIB }), FIXED).steps.length, 1);
  });

  test('FF-PI-04: a missing directory', () => {
    const survey = surveyOf(lostPart, {
      change: (before) => ({
        ...before,
        places: before.places.map((places) =>
          places.map((place) =>
            partName(place.part) === 'r1p1' ? { ...place, space: undefined } : place,
          ),
        ),
      }),
    });
    assert.deepEqual(refusals(plan(survey, FIXED)), ['directory-missing']);
  });

  test('a directory without write permission', () => {
    const survey = surveyOf(lostPart, {
      change: (before) => ({
        ...before,
        places: before.places.map((places) =>
          places.map((place) => ({ ...place, writable: false })),
        ),
      }),
    });
    assert.deepEqual(refusals(plan(survey, FIXED)), ['directory-read-only']);
  });

  test('a locked part', () => {
    const seen = withPart(lostPart, 'r0p0', { kind: 'locked' });
    assert(refusals(plan(surveyOf(seen), FIXED)).includes('part-locked'));
  });

  test('a source that the user names and that is damaged itself', () => {
    assert.deepEqual(refusals(plan(surveyOf(lostPart, { healFrom: 1 }), FIXED)), [
      'heal-source-damaged',
    ]);
    assert.deepEqual(refusals(plan(surveyOf(lostPart, { healFrom: 2 }), FIXED)), [
      'no-such-replica',
    ]);
  });

  test('no header left anywhere', () => {
    const seen = ['r0p0', 'r0p1', 'r1p0', 'r1p1'].reduce(
      (set, name) => withPart(set, name, editHeader({ major: 9 }, { seal: false })),
      TWO_BY_TWO,
    );
    assert.deepEqual(refusals(plan(surveyOf(seen), FIXED)), ['no-healthy-replica']);
  });
});
