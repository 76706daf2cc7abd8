import { formatBytes, formatDuration, type OnProgress, type Progress } from '../../base/index.ts';

/** A repair that is over in less needs no bar; a flash of one is noise. */
const QUIET_MS = 250;
const REDRAW_MS = 100;
const BAR_MAX = 30;

export interface ProgressBarOptions {
  readonly write: (text: string) => void;
  /** Asked at each drawing: people resize their terminals. */
  readonly width: () => number;
  readonly now?: () => number;
}

/** One line on a terminal that is drawn over and over, and gone when the work is done. */
export class ProgressBar {
  readonly #options: ProgressBarOptions;
  readonly #now: () => number;
  #phase = '';
  #startedAt = 0;
  #drawnAt = -Infinity;
  #visible = false;

  constructor(options: ProgressBarOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  readonly update: OnProgress = (progress) => {
    const now = this.#now();
    if (progress.phase !== this.#phase) {
      this.clear();
      this.#phase = progress.phase;
      this.#startedAt = now;
    }
    if (now - this.#startedAt < QUIET_MS || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#visible = true;
    const line = progressLine(progress, now - this.#startedAt, this.#options.width() - 1);
    // Erase to the end of the line: the text before may have been longer. Source: ECMA-48, EL.
    this.#options.write(`\r${line}\u001B[K`);
  };

  /** Removes the line; the next update begins a new phase. */
  clear(): void {
    if (this.#visible) this.#options.write('\r\u001B[K');
    this.#visible = false;
    this.#drawnAt = -Infinity;
    this.#phase = '';
  }
}

/** Phase, bar, share, bytes, throughput and time left, as many of them as fit into `width` columns. */
export function progressLine(
  { phase, done, total }: Progress,
  elapsedMs: number,
  width: number,
): string {
  const share = total === 0 ? 1 : done / total;
  const perMs = elapsedMs === 0 ? 0 : done / elapsedMs;
  const words = [
    `${Math.floor(share * 100)} %`.padStart(5),
    `${formatBytes(done)} of ${formatBytes(total)}`,
    ...(perMs === 0
      ? []
      : [`${formatBytes(perMs * 1000)}/s`, `${formatDuration((total - done) / perMs)} left`]),
  ];
  const fits = (count: number): boolean =>
    phase.length + 2 + words.slice(0, count).join('  ').length <= width;
  let count = words.length;
  while (count > 1 && !fits(count)) count--;
  const text = words.slice(0, count).join('  ');
  const room = Math.min(BAR_MAX, width - phase.length - text.length - 4);
  if (room < 5) return `${phase} ${text}`.slice(0, width);
  const filled = Math.floor(share * room);
  return `${phase} ${'█'.repeat(filled)}${'░'.repeat(room - filled)} ${text}`;
}
