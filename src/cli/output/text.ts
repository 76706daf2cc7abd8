/** How something stands; decides its colour and its symbol. */
export type Tone = 'good' | 'lost' | 'damaged' | 'blocked' | 'warning';

/** Readable without colour: every tone has a sign of its own. */
export const SYMBOLS: Readonly<Record<Tone, string>> = {
  good: '✓',
  lost: '✗',
  damaged: '!',
  blocked: '⊘',
  warning: '?',
};

type Style = Tone | 'bold' | 'dim';

/** SGR parameters. Source: ECMA-48, 8.3.117. */
const SGR: Readonly<Record<Style, string>> = {
  good: '32',
  lost: '31',
  damaged: '33',
  blocked: '35',
  warning: '36',
  bold: '1',
  dim: '2',
};

export type Paint = (style: Style, text: string) => string;

export function painter(colour: boolean): Paint {
  return (style, text) => (colour ? `\u001B[${SGR[style]}m${text}\u001B[0m` : text);
}

/** Paths may hold anything; what a terminal would obey is shown as an escape. */
export function printable(text: string): string {
  // The bytes that terminals obey are what this is about.
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/**
 * Breaks `text` at blanks into lines of at most `width` columns. Words that are longer, such as paths, stay whole, so that
 * they can be copied.
 */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** A paragraph whose first line begins with `mark`, of `markWidth` columns; the others are set under its text. */
export function paragraph(mark: string, markWidth: number, text: string, width: number): string {
  const lines = wrap(printable(text), width - markWidth);
  return `${mark}${lines.join(`\n${' '.repeat(markWidth)}`)}\n`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(items: readonly string[]): string {
  if (items.length <= 1) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`;
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
