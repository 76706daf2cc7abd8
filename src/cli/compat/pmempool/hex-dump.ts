const ROW = 16;

/**
 * Lines of 16 bytes with their offset, in hexadecimal and as text. A run of rows equal to the one before is a `*`; the last row is
 * always there. `length` a multiple of 16.
 */
export function hexDump(bytes: Uint8Array, firstOffset: number): readonly string[] {
  const lines: string[] = [];
  let skipping = false;
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = Buffer.from(bytes.subarray(at, at + ROW));
    const isLast = at + ROW >= bytes.length;
    const repeats = at > 0 && !isLast && row.equals(bytes.subarray(at - ROW, at));
    if (!repeats) lines.push(rowText(row, firstOffset + at));
    else if (!skipping) lines.push('*');
    skipping = repeats;
  }
  return lines;
}

function rowText(row: Buffer, offset: number): string {
  const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0'));
  const halves = `${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}`;
  const text = [...row].map(printable).join('');
  return `${offset.toString(16).padStart(8, '0')}  ${halves}  |${text}|`;
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
}
