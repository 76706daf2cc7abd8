import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { seededRandom, systemRandom } from '../../src/base/index.ts';

suite('random bytes', () => {
  test('a seed gives the same bytes again, another seed others', () => {
    assert.deepEqual(seededRandom(1)(64), seededRandom(1)(64));
    assert.notDeepEqual(seededRandom(1)(64), seededRandom(2)(64));
    assert.notDeepEqual(seededRandom(0)(64), new Uint8Array(64));
  });

  test('one source does not repeat itself', () => {
    const random = seededRandom(5);
    assert.notDeepEqual(random(16), random(16));
  });

  test('as many bytes as asked for', () => {
    for (const random of [systemRandom, seededRandom(3)]) {
      assert.deepEqual(
        [0, 1, 33].map((size) => random(size).length),
        [0, 1, 33],
      );
    }
    assert.notDeepEqual(systemRandom(16), systemRandom(16));
  });
});
