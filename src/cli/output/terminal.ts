import tty from 'node:tty';

/** What the streams of this process can show. Renderers take it as data, so tests choose it. */
export interface Terminal {
  /** Columns to fill. */
  readonly width: number;
  /** Standard output understands colours, and nobody has forbidden them. */
  readonly colour: boolean;
  /** Standard error is a terminal: a line there may be drawn again and again. */
  readonly live: boolean;
  /** Somebody can read a question on standard error and answer it on standard input. */
  readonly interactive: boolean;
}

const WIDTH_DEFAULT = 80;
/** Below this every sentence becomes a column of words. */
const WIDTH_MIN = 40;
/** Lines longer than this are hard to follow. */
const WIDTH_MAX = 120;

export function detectTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  const [input, output, error] = [tty.isatty(0), tty.isatty(1), tty.isatty(2)];
  const wished = Number(env['COLUMNS']);
  const columns = output ? process.stdout.columns : wished;
  return {
    width: boundWidth(columns),
    colour: output && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    live: error && env['TERM'] !== 'dumb',
    interactive: input && error,
  };
}

/** Zero, NaN and undefined stand for "unknown". */
export function boundWidth(columns: number | undefined): number {
  if (columns === undefined || !Number.isInteger(columns) || columns <= 0) return WIDTH_DEFAULT;
  return Math.min(Math.max(columns, WIDTH_MIN), WIDTH_MAX);
}
