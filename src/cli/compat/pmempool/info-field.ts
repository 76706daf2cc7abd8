const NAME_WIDTH = 24;

/** A line of `info`: blanks, the name padded to a width of its own, and the value. */
export function field(name: string, value: string, indent = 0): string {
  return `${' '.repeat(indent)}${name.padEnd(NAME_WIDTH)} : ${value}`;
}
