/** An option as `getopt_long` knows it. */
export interface OptionSpec {
  /** Long name, without dashes. */
  readonly long: string;
  readonly short?: string;
  readonly argument?: 'required';
}

export type GetoptEvent =
  | { readonly kind: 'option'; readonly name: string; readonly value: string }
  /** As glibc words it, with the program's name in front. */
  | { readonly kind: 'error'; readonly message: string };

/**
 * The habits of GNU `getopt_long`, because scripts rely on them: options may follow operands, long names may be cut short,
 * short ones bundled, `--` ends the options. Yields in the order of the command line; returns the operands.
 * Source: glibc 2.36 manual, "Parsing program options with getopt_long".
 */
export function* getopt(
  program: string,
  args: readonly string[],
  specs: readonly OptionSpec[],
): Generator<GetoptEvent, readonly string[]> {
  const operands: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return [...operands, ...rest];
    if (word.startsWith('--')) yield longOption(program, word.slice(2), rest, specs);
    else if (word.startsWith('-') && word !== '-') yield* shortOptions(program, word, rest, specs);
    else operands.push(word);
  }
  return operands;
}

function longOption(
  program: string,
  word: string,
  rest: string[],
  specs: readonly OptionSpec[],
): GetoptEvent {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const exact = specs.filter(({ long }) => long === name);
  const matches = exact.length > 0 ? exact : specs.filter(({ long }) => long.startsWith(name));
  const [match] = matches;
  if (match === undefined) return error(program, `unrecognized option '--${word}'`);
  if (matches.length > 1) {
    const names = matches.map(({ long }) => ` '--${long}'`).join('');
    return error(program, `option '--${word}' is ambiguous; possibilities:${names}`);
  }
  if (match.argument === undefined) {
    return equals < 0
      ? { kind: 'option', name: match.long, value: '' }
      : error(program, `option '--${match.long}' doesn't allow an argument`);
  }
  const value = equals < 0 ? rest.shift() : word.slice(equals + 1);
  return value === undefined
    ? error(program, `option '--${match.long}' requires an argument`)
    : { kind: 'option', name: match.long, value };
}

function* shortOptions(
  program: string,
  word: string,
  rest: string[],
  specs: readonly OptionSpec[],
): Generator<GetoptEvent> {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    const match = specs.find(({ short }) => short === letter);
    if (match === undefined) {
      yield error(program, `invalid option -- '${letter}'`);
    } else if (match.argument === undefined) {
      yield { kind: 'option', name: match.long, value: '' };
    } else {
      const value = at + 1 < word.length ? word.slice(at + 1) : rest.shift();
      yield value === undefined
        ? error(program, `option requires an argument -- '${letter}'`)
        : { kind: 'option', name: match.long, value };
      return;
    }
  }
}

function error(program: string, text: string): GetoptEvent {
  return { kind: 'error', message: `${program}: ${text}\n` };
}

/** All events and operands at once, for commands that need no order. Stops at the first error, as commands do. */
export function parseOptions(
  program: string,
  args: readonly string[],
  specs: readonly OptionSpec[],
): {
  readonly options: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
  readonly error: string | undefined;
} {
  const options = new Map<string, string>();
  const events = getopt(program, args, specs);
  for (let next = events.next(); ; next = events.next()) {
    if (next.done === true) return { options, operands: next.value, error: undefined };
    if (next.value.kind === 'error') {
      return { options, operands: [], error: next.value.message };
    }
    options.set(next.value.name, next.value.value);
    // What follows a call for help is not looked at.
    if (next.value.name === 'help') return { options, operands: [], error: undefined };
  }
}
