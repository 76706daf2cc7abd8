/** Words that say "not finished". The brackets keep this line from finding itself. */
const MARKER = /(?<![\w'".-])(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K|WI[P])(?![\w'"-])/;
/** Forgotten from debugging: they hide other tests, or stop the program. */
const DEBUGGING = /\b(?:test|it|describe|suite)\.only\(|\bonly: true|^\s*debugger;/;

/** Lines, as `number: text`, that somebody meant to come back to. */
export function leftoversIn(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => MARKER.test(line) || DEBUGGING.test(line))
    .map(({ line, number }) => `${number}: ${line.trim()}`);
}
