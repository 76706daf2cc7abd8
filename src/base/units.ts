const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export const KIB = 1024;
export const MIB = 1024 * 1024;
export const GIB = 1024 * 1024 * 1024;

/** For people: three significant digits and a binary unit, `256 MiB`, `1.25 GiB`. */
export function formatBytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), BINARY.length - 1);
  const text = trimNumber(count / 2 ** (10 * power));
  // What rounds to 1024 is one of the next unit.
  return text === '1024' && power < BINARY.length - 1
    ? `1 ${BINARY[power + 1]}`
    : `${text} ${BINARY[power]}`;
}

/** For people: `0.4 s`, `12 s`, `3 min 05 s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

function trimNumber(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits).replace(/\.0+$|(?<=\.\d*[1-9])0+$/, '');
}
