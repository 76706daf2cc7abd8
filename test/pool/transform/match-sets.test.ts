import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createPoolSet, type PoolSet } from '../../../src/pool/poolset/index.ts';
import { identifyOperation, matchSets } from '../../../src/pool/transform/match-sets.ts';

/** `a0:8 a1:8 | b0:16`, with an asterisk in front for SINGLEHDR. */
function parse(text: string): PoolSet {
  const singleHeader = text.startsWith('*');
  const replicas = text
    .replace('*', '')
    .split('|')
    .map((replica) => ({
      parts: replica
        .trim()
        .split(' ')
        .map((part) => {
          const [path, size] = part.split(':');
          const fileSize = Number(size) * 1024 * 1024;
          return { path: `/${path}`, fileSize, kind: 'file' as const, line: undefined };
        }),
    }));
  return createPoolSet({ path: '/s', options: { singleHeader, noHeaders: false }, replicas });
}

const CASES: readonly (readonly [string, string, string])[] = [
  ['a:8', 'a:8 | b:8', 'add-replicas'],
  ['a:8', 'b:8 | a:8 | c:9', 'add-replicas'],
  ['*a:8 b:8', '*a:8 b:8 | c:16', 'add-replicas'],
  ['a:8 | b:8', 'b:8', 'remove-replicas'],
  ['a:8 | b:8 | c:8', 'c:8 | a:8', 'remove-replicas'],
  ['a:8 b:8', '*a:8 b:8', 'to-singlehdr'],
  ['*a:8 b:8 | c:16', 'c:16 | a:8 b:8', 'from-singlehdr'],
  ['a:8', 'a:8', 'sets-equal'],
  ['a:8 | b:8', 'b:8 | a:8', 'sets-equal'],
  ['a:8', 'b:8', 'no-replica-left'],
  ['a:8', 'a:9', 'no-replica-left'],
  ['a:8 b:8', 'b:8 a:8', 'no-replica-left'],
  ['a:8 b:8', 'a:8', 'no-replica-left'],
  ['a:8', '*b:8', 'no-replica-left'],
  ['a:8 | b:8', 'a:8 | c:8', 'add-and-remove'],
  ['a:8 | b:8', '*a:8 | c:8', 'add-and-remove'],
  ['a:8', '*a:8 | b:8', 'replicas-and-option'],
  ['*a:8 | b:8', 'a:8', 'replicas-and-option'],
];

suite('what leads from one set to another', () => {
  for (const [source, destination, expected] of CASES) {
    test(`${source}  →  ${destination}: ${expected}`, () => {
      const [from, to] = [parse(source), parse(destination)];
      const found = identifyOperation(from, to, matchSets(from, to));
      assert.equal(typeof found === 'string' ? found : found.code, expected);
    });
  }
});
