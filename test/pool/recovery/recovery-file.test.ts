import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { RangeSet } from '../../../src/base/index.ts';
import {
  formatRecoveryFile,
  judgeRecoveryFiles,
  parseRecoveryFile,
  recoveryFilePath,
  type RecoveryFile,
  type RecoveryState,
} from '../../../src/pool/recovery/index.ts';

const RANGE = { offset: 8192, end: 12288 };

suite('recovery file', () => {
  test('is named after the set file as it was given', () => {
    assert.equal(
      recoveryFilePath('dir/my.set', { replica: 0, index: 12 }),
      'dir/my.set_r0_p12_badblocks.txt',
    );
  });

  test('begins with the reference’s bytes; what is ours comes behind the end mark', () => {
    const text = formatRecoveryFile(RangeSet.of(RANGE), 'pool r0p1');
    assert.equal(text, '8192 4096\n0 0\n# resilver pool r0p1\n');
    assert.deepEqual(parseRecoveryFile(text), {
      kind: 'complete',
      ranges: RangeSet.of(RANGE),
      owner: 'pool r0p1',
    });
  });

  const rows: readonly [name: string, text: string, kind: RecoveryFile['kind']][] = [
    ['nothing', '', 'incomplete'],
    ['only the end mark', '0 0\n', 'complete'],
    ['no end mark', '8192 4096\n', 'incomplete'],
    ['half an end mark', '8192 4096\n0', 'incomplete'],
    ['half a pair takes its length from the next line', '8192\n0 0\n', 'invalid'],
    ['line structure does not matter', '8192\t4096 0\n\n0', 'complete'],
    ['text after the end mark', '0 0 and so on', 'complete'],
    ['text before the end mark', '8192 x\n0 0', 'incomplete'],
    ['not sorted', '8192 4096\n4096 4096\n0 0\n', 'invalid'],
    ['overlapping', '8192 4096\n8193 1\n0 0\n', 'invalid'],
    ['touching', '8192 4096\n12288 1\n0 0\n', 'complete'],
    ['an empty range', '8192 0\n0 0\n', 'invalid'],
    ['beyond any file', '9007199254740993 4096\n0 0\n', 'invalid'],
  ];
  for (const [name, text, kind] of rows) {
    test(`${name}: ${kind}`, () => assert.equal(parseRecoveryFile(text).kind, kind));
  }

  test('any ranges come back; any text is judged', () => {
    const ranges = fc
      .array(fc.tuple(fc.nat(1 << 30), fc.integer({ min: 1, max: 1 << 20 })))
      .map((pairs) => RangeSet.from(pairs.map(([offset, n]) => ({ offset, end: offset + n }))));
    fc.assert(
      fc.property(ranges, (set) => {
        const parsed = parseRecoveryFile(formatRecoveryFile(set, 'x'));
        assert(parsed.kind === 'complete');
        assert.deepEqual(parsed.ranges, set);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => parseRecoveryFile(text).kind !== undefined));
  });
});

function files(...texts: readonly (string | undefined)[]): RecoveryState {
  return judgeRecoveryFiles(
    texts.map((text, index) => [
      `r0p${index}`,
      text === undefined ? undefined : parseRecoveryFile(text),
    ]),
  );
}

function lostBy(...texts: readonly (string | undefined)[]): readonly string[] {
  const state = files(...texts);
  assert(state.kind === 'incomplete');
  return state.lost;
}

suite('a set of recovery files', () => {
  test('none', () => assert.equal(files(undefined, undefined).kind, 'none'));
  test('all complete', () => assert.equal(files('0 0', '8192 4096 0 0').kind, 'complete'));
  test('one invalid', () => assert.equal(files('0 0', '5 0').kind, 'invalid'));

  test('all empty, or some missing and the rest empty: nothing was cleared yet', () => {
    assert.deepEqual(lostBy('', ''), []);
    assert.deepEqual(lostBy('', undefined), []);
  });

  test('one missing while others say something: it was removed, or was never needed', () => {
    assert.deepEqual(lostBy('8192 4096 0 0', undefined), ['r0p1']);
  });

  test('one cut: what it said is not believed to be all', () => {
    assert.deepEqual(lostBy('0 0', '8192 4096'), ['r0p1']);
    assert.deepEqual(lostBy('8192 4096', '0 0'), ['r0p0']);
    assert.deepEqual(lostBy('0 0', ''), ['r0p1']);
  });
});
