import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { MIB } from '../../../src/base/index.ts';
import { ProgressBar, progressLine } from '../../../src/cli/output/progress-bar.ts';

const HALF = { phase: 'copy', done: 512 * MIB, total: 1024 * MIB };

function barAt(times: readonly number[]): { readonly bar: ProgressBar; readonly drawn: string[] } {
  const drawn: string[] = [];
  const left = [...times];
  const bar = new ProgressBar({
    write: (text) => drawn.push(text),
    width: () => 80,
    now: () => left.shift() ?? 0,
  });
  return { bar, drawn };
}

suite('progress', () => {
  test('a line says how much, how fast and how long', () => {
    assert.equal(
      progressLine(HALF, 1000, 79),
      `copy ${'█'.repeat(12)}${'░'.repeat(13)}  50 %  512 MiB of 1 GiB  512 MiB/s  1.0 s left`,
    );
  });

  test('a narrow line gives up the bar first, then the rest, never the share', () => {
    assert.equal(progressLine(HALF, 1000, 45), 'copy  50 %  512 MiB of 1 GiB  512 MiB/s');
    assert.equal(progressLine(HALF, 1000, 20), 'copy ███░░░░  50 %');
  });

  test('no line is wider than it may be', () => {
    const amounts = fc.tuple(fc.nat(2 ** 40), fc.nat(2 ** 40)).map(([a, b]) => ({
      phase: 'compare',
      done: Math.min(a, b),
      total: Math.max(a, b),
    }));
    fc.assert(
      fc.property(amounts, fc.nat(1e9), fc.integer({ min: 20, max: 200 }), (at, ms, width) => {
        assert.ok(progressLine(at, ms, width).length <= width);
      }),
    );
  });

  test('work that is over at once shows no bar', () => {
    const { bar, drawn } = barAt([0, 100, 200]);
    for (let i = 0; i < 3; i++) bar.update(HALF);
    bar.clear();
    assert.deepEqual(drawn, []);
  });

  test('a longer one is drawn ten times a second and wiped off at the end', () => {
    const { bar, drawn } = barAt([0, 300, 310, 390, 401]);
    for (let i = 0; i < 5; i++) bar.update(HALF);
    assert.equal(drawn.length, 2);
    bar.clear();
    assert.equal(drawn.at(-1), '\r\u001B[K');
    bar.clear();
    assert.equal(drawn.length, 3);
  });

  test('a new phase starts its own clock', () => {
    const { bar, drawn } = barAt([0, 300, 1000, 1100]);
    bar.update(HALF);
    bar.update(HALF);
    bar.update({ ...HALF, phase: 'compare' });
    bar.update({ ...HALF, phase: 'compare' });
    assert.deepEqual(
      drawn.map((text) => text.includes('copy')),
      [true, false],
    );
  });
});
