import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { enumerate, painter, paragraph, printable, wrap } from '../../../src/cli/output/text.ts';

suite('text', () => {
  test('wrapping loses nothing and keeps to the width but for words that are longer', () => {
    const words = fc.array(
      fc.string({ minLength: 1, maxLength: 30 }).filter((s) => !s.includes(' ')),
    );
    fc.assert(
      fc.property(words, fc.integer({ min: 5, max: 60 }), (list, width) => {
        const text = list.join(' ');
        const lines = wrap(text, width);
        assert.equal(lines.join(' '), text);
        for (const line of lines) assert.ok(line.length <= width || !line.includes(' '), line);
      }),
    );
  });

  test('a paragraph sets its later lines under the text of the first', () => {
    assert.equal(paragraph(' ! ', 3, 'one two three', 10), ' ! one two\n   three\n');
  });

  test('what a terminal would obey is shown, not obeyed', () => {
    assert.equal(printable('a\u001B[2Jb\u0007\u009Bc'), 'a\\x1b[2Jb\\x07\\x9bc');
    assert.equal(printable('päth/✓'), 'päth/✓');
  });

  test('colour comes only when asked for', () => {
    assert.equal(painter(false)('lost', 'x'), 'x');
    assert.equal(painter(true)('lost', 'x'), '\u001B[31mx\u001B[0m');
  });

  test('lists read like sentences', () => {
    assert.deepEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(enumerate), [
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });
});
