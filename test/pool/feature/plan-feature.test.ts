import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { planFeature, queryFeature, type FeatureFacts } from '../../../src/pool/feature/index.ts';
import type { FeatureName } from '../../../src/pool/feature/index.ts';
import { hasValidChecksum, poolHdr, sealPoolHdr } from '../../../src/pool/layout/index.ts';
import { createPoolSet } from '../../../src/pool/poolset/index.ts';

const DEFAULTS = { compat: 1, incompat: 6, roCompat: 0 };
const SIGNATURE = Buffer.from('PMEMOBJ\0', 'latin1');
const SDS = new Uint8Array(64).fill(7);
const OWN = '01'.repeat(16);
const OTHER = '02'.repeat(16);

function factsOf(
  words: readonly Partial<typeof DEFAULTS>[],
  options: { readonly isSet?: boolean; readonly damaged?: boolean; readonly link?: string } = {},
): FeatureFacts {
  const parts = words.map((_, index) => ({
    path: `/p${index}`,
    fileSize: 8388608,
    kind: 'file' as const,
    line: undefined,
  }));
  const plain = { singleHeader: false, noHeaders: false };
  const set = createPoolSet({ path: '/s', options: plain, replicas: [{ parts }] });
  const headers = words.map((word, index) => {
    const bytes = new Uint8Array(4096);
    const link = options.link ?? OWN;
    poolHdr.patch(bytes, {
      ...DEFAULTS,
      ...word,
      signature: SIGNATURE,
      uuid: OWN,
      prevPartUuid: link,
      nextPartUuid: link,
      prevReplUuid: OWN,
      nextReplUuid: OWN,
      sds: SDS,
    });
    sealPoolHdr(bytes);
    if (options.damaged === true) bytes[30]! ^= 1;
    const state = hasValidChecksum(bytes) ? ('sound' as const) : ('damaged' as const);
    return { part: set.replicas[0]!.parts[index]!, bytes, fields: poolHdr.decode(bytes), state };
  });
  return { path: '/s', isSet: options.isSet ?? true, headers, pendingTransform: undefined };
}

const REFUSED: readonly (readonly [string, FeatureFacts, FeatureName, boolean])[] = [
  ['feature-fixed', factsOf([{}]), 'SINGLEHDR', true],
  ['feature-needed', factsOf([{}]), 'CKSUM_2K', false],
  ['feature-needed', factsOf([{ incompat: 0 }]), 'SHUTDOWN_STATE', true],
  ['features-differ', factsOf([{}, { compat: 0 }]), 'SHUTDOWN_STATE', false],
  ['features-unknown', factsOf([{ incompat: 0x16 }]), 'CHECK_BAD_BLOCKS', false],
  ['features-unknown', factsOf([{ roCompat: 1 }]), 'CHECK_BAD_BLOCKS', false],
  ['header-damaged', factsOf([{}], { damaged: true }), 'CHECK_BAD_BLOCKS', false],
  ['part-of-set', factsOf([{}], { isSet: false, link: OTHER }), 'CHECK_BAD_BLOCKS', false],
  [
    'transform-pending',
    { ...factsOf([{}]), pendingTransform: '/s.resilver-transform' },
    'CHECK_BAD_BLOCKS',
    false,
  ],
];

suite('a feature', () => {
  for (const [code, facts, name, enable] of REFUSED) {
    test(`${name} ${enable ? 'on' : 'off'} is refused: ${code}`, () => {
      const { refusals, steps } = planFeature(facts, name, enable);
      assert.equal(refusals[0]?.code, code);
      assert.deepEqual(steps, []);
    });
  }

  test('that is as it should be needs no step', () => {
    const { refusals, steps } = planFeature(factsOf([{}, {}]), 'CHECK_BAD_BLOCKS', true);
    assert.deepEqual([refusals, steps], [[], []]);
  });

  test('that some headers have is switched in the others, and those keep every byte', () => {
    const facts = factsOf([{ compat: 0 }, {}]);
    const { refusals, steps } = planFeature(facts, 'CHECK_BAD_BLOCKS', false);
    assert.deepEqual(refusals, []);
    assert.deepEqual(steps[0]!.after, steps[0]!.before);
    assert.equal(poolHdr.decode(steps[1]!.after).compat, 0);
    assert.ok(hasValidChecksum(steps[1]!.after));
  });

  test('that some headers have cannot be told', () => {
    const answer = queryFeature(factsOf([{ compat: 0 }, {}]), 'CHECK_BAD_BLOCKS');
    assert.equal(answer.kind, 'refused');
  });

  test('other than the shutdown state leaves the shutdown state alone', () => {
    const [kept] = planFeature(factsOf([{}]), 'CHECK_BAD_BLOCKS', false).steps;
    assert.deepEqual(Buffer.from(poolHdr.decode(kept!.after).sds), Buffer.from(SDS));
    const [cleared] = planFeature(factsOf([{}]), 'SHUTDOWN_STATE', false).steps;
    assert.deepEqual(Buffer.from(poolHdr.decode(cleared!.after).sds), Buffer.alloc(64));
  });
});
