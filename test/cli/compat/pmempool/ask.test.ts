import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, type Answer } from '../../../../src/cli/compat/pmempool/ask.ts';

function asked(
  lines: readonly string[],
  inputIsTerminal = false,
): { readonly answer: Answer; readonly out: string; readonly err: string } {
  const left = [...lines];
  let [out, err] = ['', ''];
  const answer = ask(
    {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      readLine: () => left.shift(),
      inputIsTerminal,
    },
    'Go on?',
  );
  return { answer, out, err };
}

suite('a question', () => {
  test('is answered by the words that the reference takes; an empty line means yes', () => {
    for (const line of ['', 'y', 'Y', 'yes']) assert.equal(asked([line]).answer, 'yes', line);
    for (const line of ['n', 'N', 'no']) assert.equal(asked([line]).answer, 'no', line);
  });

  test('is asked again after any other word', () => {
    const { answer, out } = asked(['maybe', ' y', 'n']);
    assert.equal(answer, 'no');
    assert.equal(out, 'Go on? [Y/n] Go on? [Y/n] Go on? [Y/n] n\n');
  });

  test('shows the answer unless somebody has typed it', () => {
    assert.equal(asked(['yes']).out, 'Go on? [Y/n] y\n');
    assert.equal(asked(['yes'], true).out, 'Go on? [Y/n] ');
  });

  test('without an answer means no', () => {
    assert.deepEqual(asked([]), {
      answer: 'no-input',
      out: 'Go on? [Y/n] ?\n',
      err: 'error: input is empty\n',
    });
  });
});
