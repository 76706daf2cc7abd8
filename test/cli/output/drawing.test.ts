import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { RangeSet } from '../../../src/base/index.ts';
import { drawReplicas, drawTitle } from '../../../src/cli/output/drawing.ts';
import { SYMBOLS } from '../../../src/cli/output/text.ts';
import { finding } from '../../../src/pool/check/index.ts';
import type { Survey } from '../../../src/pool/index.ts';
import { MISSING, surveyOf, syntheticSet, withPart } from '../../support/synthetic-set.ts';

const PLAIN = { width: 80, colour: false };
const TWO_BY_TWO = syntheticSet({
  replicas: [
    [16, 16],
    [16, 16],
  ],
});

function manyParts(count: number): Survey {
  return surveyOf(withPart(syntheticSet({ replicas: [filled(count), [16]] }), 'r0p7', MISSING));
}

function filled(count: number): number[] {
  return Array.from({ length: count }, () => 16);
}

suite('drawing', () => {
  test('a row for each replica, a cell for each part, and what is wrong in it', () => {
    const survey = surveyOf(withPart(TWO_BY_TWO, 'r0p1', MISSING));
    assert.deepEqual(drawReplicas(survey, PLAIN).split('\n'), [
      '             part 0     part 1',
      'replica 0  │ ✓ 16 MiB │ ✗ 16 MiB missing',
      'replica 1  │ ✓ 16 MiB │ ✓ 16 MiB',
      '',
    ]);
    assert.equal(drawTitle(survey, PLAIN), '/set: 2 replicas, a pool of 32 MiB\n');
  });

  test('every state has a sign of its own, so that it reads without colour', () => {
    assert.equal(new Set(Object.values(SYMBOLS)).size, Object.keys(SYMBOLS).length);
    const locked = surveyOf(withPart(TWO_BY_TWO, 'r1p0', { kind: 'locked' }));
    assert.match(drawReplicas(locked, PLAIN), /⊘ 16 MiB in use/);
  });

  test('a range that differs marks the parts that hold it, in every replica while none is suspected', () => {
    const range = { offset: 20 << 20, end: (20 << 20) + 4096 };
    const differs = (replica?: number): Survey =>
      surveyOf(TWO_BY_TWO, {
        change: (survey) => ({
          ...survey,
          findings: [
            finding(
              'data-differs',
              'damage',
              replica === undefined ? { range } : { replica, range },
              '',
            ),
          ],
        }),
      });
    assert.equal(drawReplicas(differs(), PLAIN).match(/data differs/g)?.length, 2);
    const [, first, second] = drawReplicas(differs(1), PLAIN).split('\n');
    assert.doesNotMatch(first!, /differs/);
    assert.match(second!, /✓ 16 MiB │ ! 16 MiB data differs/);
  });

  test('a range that only two of three were compared in marks these two', () => {
    const range = { offset: 4 << 20, end: (4 << 20) + 4096 };
    const survey = surveyOf(syntheticSet({ replicas: [[16], [16], [16]] }), {
      change: (before) => ({
        ...before,
        findings: [finding('data-differs', 'damage', { range }, '', { groups: [[1], [2]] })],
      }),
    });
    const marked = drawReplicas(survey, PLAIN)
      .split('\n')
      .map((line) => line.includes('differs'));
    assert.deepEqual(marked, [false, false, true, true, false]);
  });

  test('a part that is distrusted for what is wrong elsewhere says so', () => {
    const set = syntheticSet({ replicas: [[16, 16], [32]], singleHeader: true });
    const [, first] = drawReplicas(surveyOf(withPart(set, 'r0p0', MISSING)), PLAIN).split('\n');
    assert.match(first!, /✗ 16 MiB missing │ ! 16 MiB not trusted/);
  });

  test('what a cell has no room for is counted', () => {
    const survey = surveyOf(TWO_BY_TWO, {
      change: (before) => ({
        ...before,
        findings: (['heap', 'shutdown-state', 'bad-blocks'] as const).map((code) =>
          finding(code, 'damage', { replica: 0, part: 0 }, ''),
        ),
      }),
    });
    assert.match(drawReplicas(survey, PLAIN), /heap damaged \+2/);
  });

  test('a set that is too wide is cut into blocks of columns that fit', () => {
    for (const width of [40, 60, 80, 120]) {
      const lines = drawReplicas(manyParts(9), { width, colour: false }).split('\n');
      for (const line of lines) assert.ok(line.length <= width, line);
      assert.match(lines.join('\n'), width < 60 ? /✗/ : /✗ 16 MiB missing/);
    }
  });

  test('with very many parts only signs are left, ten to a group, with a legend', () => {
    assert.deepEqual(drawReplicas(manyParts(64), { width: 60, colour: false }).split('\n'), [
      'replica 0  ✓✓✓✓✓✓✓✗✓✓ ✓✓✓✓✓✓✓✓✓✓ ✓✓✓✓✓✓✓✓✓✓ ✓✓✓✓✓✓✓✓✓✓',
      '           ✓✓✓✓✓✓✓✓✓✓ ✓✓✓✓✓✓✓✓✓✓ ✓✓✓✓',
      'replica 1  ✓',
      '           ✓ healthy  ✗ lost',
      '',
    ]);
  });

  test('colours change nothing but the colour', () => {
    const survey = surveyOf(withPart(TWO_BY_TWO, 'r0p1', MISSING));
    const coloured = drawReplicas(survey, { width: 80, colour: true });
    assert.ok(coloured.includes('\u001B[31m✗'));
    assert.equal(stripVTControlCharacters(coloured), drawReplicas(survey, PLAIN));
  });

  test('bad blocks are drawn where they are', () => {
    const asked = new Map([['r1p1', RangeSet.of({ offset: 8192, end: 12288 })]]);
    const { set, evidence } = TWO_BY_TWO;
    const survey = surveyOf({
      set,
      evidence: { ...evidence, badBlocks: { ...evidence.badBlocks, asked } },
    });
    assert.match(drawReplicas(survey, PLAIN), /│ ! 16 MiB bad blocks/);
  });
});
