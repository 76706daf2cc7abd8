import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchesGlob } from 'node:path';
import { COMMANDS } from './commands.ts';
import { compareWithReference } from './compare-with-reference.ts';
import { DAMAGES } from './damages.ts';
import { parseKnownDifferences, readKnownDifferences } from './known-differences.ts';
import { CASES } from './matrix.ts';

compareWithReference(
  'pmempool create, info, rm and the command line',
  ({ command }) => !command.startsWith('sync') && !command.startsWith('check'),
);

describe('the matrix', () => {
  test('has every damage and every command in some case', () => {
    const used = new Set(CASES.flatMap(({ damage, command }) => [damage, command]));
    assert.deepEqual(
      Object.keys(COMMANDS).filter((name) => !used.has(name)),
      [],
    );
    assert.ok(CASES.every(({ damage }) => damage in DAMAGES));
    assert.ok(CASES.length >= 150);
  });
});

describe('known-differences.txt', () => {
  test('names cases that exist, each with a reason', () => {
    for (const { glob, reason } of readKnownDifferences()) {
      assert.ok(
        CASES.some(({ id }) => matchesGlob(id, glob)),
        `${glob} names no case`,
      );
      assert.ok(reason.length > 20, `${glob} has no reason`);
    }
  });

  test('a reason goes on in indented lines', () => {
    assert.deepEqual(
      parseKnownDifferences('# note\n\na/*/b because\n  of that\n  and this\nc/d/e x\n'),
      [
        { glob: 'a/*/b', reason: 'because of that and this' },
        { glob: 'c/d/e', reason: 'x' },
      ],
    );
  });
});
