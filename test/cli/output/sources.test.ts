import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RangeSet } from '../../../src/base/index.ts';
import { describeSources } from '../../../src/cli/output/sources.ts';
import { finding } from '../../../src/pool/check/index.ts';
import { plan, type PlanOptions } from '../../../src/pool/sync/index.ts';
import {
  editHeader,
  MISSING,
  surveyOf,
  syntheticSet,
  withPart,
  type Synthetic,
} from '../../support/synthetic-set.ts';

const THREE = syntheticSet({
  replicas: [
    [16, 16],
    [16, 16],
    [16, 16],
  ],
});
const TWO = syntheticSet({
  replicas: [
    [16, 16],
    [16, 16],
  ],
});

function sources(
  synthetic: Synthetic,
  said: Parameters<typeof surveyOf>[1] = {},
  options: PlanOptions = {},
): string {
  const steps = plan(surveyOf(synthetic, said), options);
  assert.deepEqual(steps.refusals, []);
  return describeSources(steps).join('. ');
}

suite('why a source was chosen', () => {
  test('the only whole replica', () => {
    assert.match(sources(withPart(TWO, 'r0p1', MISSING)), /^Replica 1: the only replica/);
  });

  test('the first of several', () => {
    assert.match(sources(withPart(THREE, 'r2p1', MISSING)), /^Replica 0: the first of 2 replicas/);
  });

  test('not the first, because its heap is damaged', () => {
    const set: Synthetic = withPart(THREE, 'r2p1', MISSING);
    const heap = [{ poolOffset: 0x302000, what: 'zone-magic', detail: 'x' }] as const;
    const replicas = set.evidence.replicas.map((old, r) => (r === 0 ? { ...old, heap } : old));
    const text = sources({ set: set.set, evidence: { ...set.evidence, replicas } });
    assert.match(text, /^Replica 1: .*heap structure is sound/);
  });

  test('the one that the user named', () => {
    const text = sources(withPart(THREE, 'r2p1', MISSING), { healFrom: 1 });
    assert.match(text, /^Replica 1: chosen by --heal-from 1/);
  });

  test('what comparing has shown is said', () => {
    const damaged = withPart(TWO, 'r0p1', editHeader({ major: 1 }, { seal: false }));
    assert.match(sources(damaged), /were compared with it: all equal, no data need be written/);
    const range = { offset: 20 << 20, end: (20 << 20) + 8192 };
    assert.match(sources(damaged, { differing: [range] }), /compared with it: 8 KiB differ/);
  });

  test('pieces from several, with the evidence that they were in step', () => {
    const set = withPart(withPart(TWO, 'r0p1', MISSING), 'r1p0', MISSING);
    assert.equal(
      sources(set),
      'No replica is whole, together they hold everything: r0p1 from r1p1; r1p0 from r0p0. The replicas were in step: the pool was closed, no log waits for recovery',
    );
  });

  test('pieces from several against the evidence, with the doubts that were accepted', () => {
    const set = withPart(withPart(TWO, 'r0p1', MISSING), 'r1p0', MISSING);
    const text = sources(set, { lanesIdle: false }, { combine: true });
    assert.match(text, /Accepted with --combine, although a log in replica 0 waits for recovery/);
    assert.doesNotMatch(text, /in step/);
  });

  test('blocks of one replica from another', () => {
    const bad = RangeSet.of({ offset: 8192, end: 12288 });
    const badBlocks = {
      ...TWO.evidence.badBlocks,
      fix: true,
      asked: new Map([
        ['r0p0', bad],
        ['r1p1', bad],
      ]),
    };
    const text = sources({ set: TWO.set, evidence: { ...TWO.evidence, badBlocks } });
    assert.equal(
      text,
      'What lies in bad blocks of one replica comes from others: replicas 0 and 1',
    );
  });

  test('a survey that found nothing names no source', () => {
    const warned = surveyOf(TWO, {
      change: (survey) => ({ ...survey, findings: [finding('heap', 'warning', {}, 'x')] }),
    });
    assert.deepEqual(describeSources(plan(warned)), []);
  });
});
