import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describeDifferences, describeEvidence } from '../../../src/cli/output/comparison.ts';
import { finding } from '../../../src/pool/check/index.ts';
import type { Difference, Survey } from '../../../src/pool/index.ts';
import { surveyOf, syntheticSet } from '../../support/synthetic-set.ts';

const RANGE = { offset: 0x500000, end: 0x502000 };
const ALONE_2: Difference = { range: RANGE, groups: [[0, 1], [2]], alone: 2 };
const ALONE_0: Difference = { range: RANGE, groups: [[1, 2], [0]], alone: 0 };

function diverged(
  replicas: number,
  differences: readonly Difference[],
  unsound: readonly number[] = [],
): Survey {
  const set = syntheticSet({ replicas: Array.from({ length: replicas }, () => [16]) });
  const heaps = unsound.map((replica) => finding('heap', 'warning', { replica }, 'x'));
  return surveyOf(set, { change: (survey) => ({ ...survey, differences, findings: heaps }) });
}

function evidence(...args: Parameters<typeof diverged>): string {
  return describeEvidence(diverged(...args), { width: 200 });
}

suite('differences', () => {
  test('a line for each range: where, how much, who agrees with whom', () => {
    const split: Difference = {
      range: { offset: 0x1000000, end: 0x1001000 },
      groups: [[0], [1], [2]],
      alone: undefined,
    };
    const text = describeDifferences(diverged(3, [ALONE_2, split]), { colour: false });
    assert.deepEqual(text.split('\n'), [
      '  0x500000 – 0x502000    8 KiB  replica 0 = 1 ≠ 2, 2 is alone',
      '  0x1000000 – 0x1001000  4 KiB  replica 0 ≠ 1 ≠ 2',
      '',
    ]);
  });
});

suite('evidence', () => {
  test('one that is always alone is to be made like the others', () => {
    const text = evidence(3, [ALONE_2]);
    assert.match(text, /Replica 2 is alone in every range/);
    assert.match(text, /resilver pool sync \/set --heal-from 0\n/);
  });

  test('one that is alone here and another there decides nothing', () => {
    const text = evidence(3, [ALONE_2, ALONE_0]);
    assert.match(text, /Not the same replica is alone/);
    assert.match(text, /--heal-from R\n/);
  });

  test('two that differ and have sound heaps decide nothing', () => {
    const pair: Difference = { range: RANGE, groups: [[0], [1]], alone: undefined };
    assert.match(evidence(2, [pair]), /speaks for none of them[\s\S]*--heal-from R\n/);
  });

  test('of two that differ the one with the sound heap is likely right', () => {
    const pair: Difference = { range: RANGE, groups: [[0], [1]], alone: undefined };
    const text = evidence(2, [pair], [0]);
    assert.match(text, /damaged in replica 0 and sound in replica 1/);
    assert.match(text, /--heal-from 1\n/);
    assert.match(evidence(2, [pair], [0, 1]), /damaged in every replica[\s\S]*--heal-from R\n/);
  });

  test('a majority whose first heap is damaged points to the next', () => {
    assert.match(evidence(3, [ALONE_2], [0]), /--heal-from 1\n/);
  });
});
