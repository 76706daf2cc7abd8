import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { expectedLinks, type Links } from '../../../src/pool/poolset/index.ts';

/** prev part, next part, prev replica, next replica. */
function shortForm(links: readonly (readonly Links[])[]): readonly (readonly string[])[] {
  return links.map((replica) =>
    replica.map((link) =>
      [link.prevPartUuid, link.nextPartUuid, link.prevReplUuid, link.nextReplUuid].join(' '),
    ),
  );
}

suite('expectedLinks', () => {
  test('a single part is its own neighbour in both rings', () => {
    assert.deepEqual(shortForm(expectedLinks([['a']], false)), [['a a a a']]);
  });

  test('a single replica: its first part is the replica neighbour of all parts', () => {
    assert.deepEqual(shortForm(expectedLinks([['a', 'b', 'c']], false)), [
      ['c b a a', 'a c a a', 'b a a a'],
    ]);
  });

  test('two replicas name each other twice', () => {
    assert.deepEqual(shortForm(expectedLinks([['a', 'b'], ['c']], false)), [
      ['b b c c', 'a a c c'],
      ['c c a a'],
    ]);
  });

  test('three replicas form a ring in the order of the set file', () => {
    assert.deepEqual(shortForm(expectedLinks([['a'], ['b', 'x'], ['c']], false)), [
      ['a a c b'],
      ['x x a c', 'b b a c'],
      ['c c b a'],
    ]);
  });

  test('with SINGLEHDR a part is its own neighbour', () => {
    assert.deepEqual(shortForm(expectedLinks([['a'], ['b']], true)), [['a a b b'], ['b b a a']]);
  });

  test('a replica without a first part is refused', () => {
    assert.throws(() => expectedLinks([['a'], []], false), RangeError);
  });
});
