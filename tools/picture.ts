/**
 * Draws docs/picture.svg: what a terminal shows when a pool set that lost a part and a header is repaired. A real run, in a
 * terminal of its own; needs `script` of util-linux.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');
const PMEMPOOL = path.join(ROOT, 'bin/pmempool');
const RESILVER = path.join(ROOT, 'bin/resilver');
const COLUMNS = 88;
const CELL = { width: 8.4, height: 19 };
const MARGIN = 18;
const COLOURS: Readonly<Record<string, string>> = {
  '31': '#f47067',
  '32': '#57ab5a',
  '33': '#daaa3f',
  '36': '#39c5cf',
  '1': '#ffffff',
  '2': '#8b949e',
};

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'pools-'));
try {
  prepare();
  const text = runInTerminal(`${RESILVER} pool sync my.set`);
  const shown = ['$ resilver pool sync my.set', ...text.split(/\r?\n/)].map((line) =>
    line.replaceAll(scratch, '/pools'),
  );
  while (shown.at(-1)?.trim() === '') shown.pop();
  fs.writeFileSync(path.join(ROOT, 'docs/picture.svg'), drawSvg(shown));
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}

function prepare(): void {
  const replicas = ['r0', 'r1'].map((name) =>
    ['p0', 'p1', 'p2'].map((part) => `64M ${path.join(scratch, name + part)}\n`).join(''),
  );
  fs.writeFileSync(path.join(scratch, 'my.set'), `PMEMPOOLSET\n${replicas.join('REPLICA\n')}`);
  execFileSync(PMEMPOOL, ['create', 'obj', 'my.set'], { cwd: scratch });
  fs.rmSync(path.join(scratch, 'r1p1'));
  const fd = fs.openSync(path.join(scratch, 'r0p0'), 'r+');
  fs.writeSync(fd, Buffer.alloc(512, 0x5a), 0, 512, 0);
  fs.closeSync(fd);
}

function runInTerminal(command: string): string {
  const typescript = path.join(scratch, 'typescript');
  const wide = `stty cols ${COLUMNS} rows 50; ${command}`;
  execFileSync('script', ['-qefc', wide, typescript], {
    cwd: scratch,
    env: { ...process.env, TERM: 'xterm-256color' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const lines = fs.readFileSync(typescript, 'utf8').split('\n').slice(1, -2);
  // A progress bar draws over itself; what was there last stays.
  return lines.map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1)).join('\n');
}

function drawSvg(lines: readonly string[]): string {
  const width = Math.ceil(COLUMNS * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  const rows = lines.map((line, index) => {
    const y = MARGIN + (index + 0.75) * CELL.height;
    return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${colourSpans(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<style>text{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d0d7de}</style>',
    `<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

/** SGR sequences become spans; every other control sequence goes. */
function colourSpans(line: string): string {
  // eslint-disable-next-line no-control-regex
  const pieces = line.split(/\u001b\[([0-9;]*)([A-Za-z])/);
  let fill = '';
  let spans = '';
  for (let i = 0; i < pieces.length; i += 3) {
    const text = escapeXml(pieces[i]!.replaceAll('\r', ''));
    spans += fill === '' || text === '' ? text : `<tspan fill="${fill}">${text}</tspan>`;
    if (pieces[i + 2] === 'm') fill = fillOf(pieces[i + 1]!.split(';'), fill);
  }
  return spans;
}

function fillOf(codes: readonly string[], before: string): string {
  const colour = codes.map((code) => COLOURS[code]).find((found) => found !== undefined);
  const ends = codes.some((code) => ['', '0', '22', '39'].includes(code));
  return colour ?? (ends ? '' : before);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
