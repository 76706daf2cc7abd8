import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PoolSetFileError, renderPoolSetProblem } from '../../../src/pool/poolset/index.ts';

const TOKEN = { text: 'invalid token found in the current line', line: 3, errno: 'EINVAL' };
const MIX = { text: 'cannot mix directories and files in a set', near: 4, errno: 'EINVAL' };

suite('PoolSetFileError', () => {
  test('names the file, the first problem, its line and how many more there are', () => {
    const rows = [
      [[TOKEN], `Cannot use pool set file my.set: ${TOKEN.text} in line 3`],
      [[MIX, TOKEN], `Cannot use pool set file my.set: ${MIX.text} in line 4 (and 1 more problem)`],
      [
        [TOKEN, MIX, MIX],
        `Cannot use pool set file my.set: ${TOKEN.text} in line 3 (and 2 more problems)`,
      ],
      [[{ text: 'x', errno: 'EINVAL' }], 'Cannot use pool set file my.set: x'],
    ] as const;
    for (const [problems, message] of rows) {
      assert.equal(new PoolSetFileError('my.set', problems).message, message);
    }
  });

  test('carries everything for machines', () => {
    const error = new PoolSetFileError('my.set', [TOKEN, MIX]);
    assert.equal(error.code, 'pool-set-file');
    assert.deepEqual(JSON.parse(JSON.stringify(error.data)), {
      path: 'my.set',
      problems: [TOKEN, MIX],
    });
  });
});

test('the reference adds file and line only where it knows the line', () => {
  assert.equal(renderPoolSetProblem('my.set', TOKEN), `my.set [${TOKEN.text}:3]`);
  assert.equal(renderPoolSetProblem('my.set', MIX), MIX.text);
});
