import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './source-tree.ts';

export interface LongFunction {
  /** File and name, which stay when lines move. */
  readonly where: string;
  readonly lines: number;
}

interface Diagnostic {
  readonly message: string;
  readonly filename: string;
}

/** Functions of the folders that are longer than `max` lines, blank lines and comments not counted, as the linter counts. */
export function findLongFunctions(folders: readonly string[], max: number): LongFunction[] {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'resilver-tidy-'));
  try {
    const config = path.join(directory, 'oxlintrc.json');
    const options = { max, skipBlankLines: true, skipComments: true };
    fs.writeFileSync(
      config,
      JSON.stringify({
        categories: { correctness: 'off' },
        rules: { 'eslint/max-lines-per-function': ['error', options] },
      }),
    );
    const linter = path.join(ROOT, 'node_modules/.bin/oxlint');
    const run = spawnSync(linter, ['-c', config, '--format=json', ...folders], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: readonly Diagnostic[] };
    return diagnostics.map(({ message, filename }) => ({
      where: `${filename}: ${/`([^`]+)`/.exec(message)?.[1] ?? 'unnamed'}`,
      lines: Number(/\((\d+)\)/.exec(message)?.[1]),
    }));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}
