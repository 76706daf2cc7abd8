/** Lines and words of a set file, as texts in which one character is one byte. */

/** Lines with their ends, `\r\n` turned into `\n`; one character is one byte. No empty line after the last end. */
export function splitLines(content: Uint8Array): readonly string[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return (text.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line) =>
    line.endsWith('\r\n') ? `${line.slice(0, -2)}\n` : line,
  );
}

/** Undefined when the line is empty or all comment. A line of blanks is not empty. */
export function statementOf(line: string): string | undefined {
  const text = line.endsWith('\n') ? line.slice(0, -1) : line;
  if (text === '' || text.startsWith('#')) return undefined;
  const comment = text.indexOf('#');
  return comment < 0 ? text : text.slice(0, comment);
}

/** What blanks and tabs separate. */
export function tokensOf(text: string): readonly string[] {
  return text.split(/[ \t]+/).filter((token) => token !== '');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined when the bytes behind a one-byte-per-character text are not UTF-8. */
export function decodeUtf8(latin1: string): string | undefined {
  try {
    return UTF8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}
