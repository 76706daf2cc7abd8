import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatBytes, formatDuration, GIB, KIB, MIB } from '../../src/base/index.ts';

suite('units for people', () => {
  test('three significant digits and the unit that fits', () => {
    const rows = [
      [0, '0 B'],
      [1023, '1023 B'],
      [KIB, '1 KiB'],
      [1.25 * GIB, '1.25 GiB'],
      [256 * MIB, '256 MiB'],
      [12.34 * MIB, '12.3 MiB'],
    ] as const;
    for (const [count, text] of rows) assert.equal(formatBytes(count), text);
  });

  test('what rounds up to 1024 is one of the next unit', () => {
    assert.equal(formatBytes(GIB - 8192), '1 GiB');
    assert.equal(formatBytes(GIB - MIB), '1023 MiB');
    assert.equal(formatBytes(MIB - 1), '1 MiB');
  });

  test('durations get coarser as they get longer', () => {
    assert.deepEqual([40, 9900, 12_000, 185_000].map(formatDuration), [
      '0.0 s',
      '9.9 s',
      '12 s',
      '3 min 05 s',
    ]);
  });
});
