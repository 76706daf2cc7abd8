/**
 * The command behind `npm test`: all tests, or those named after `--`. `--nightly` lets the random ones run long.
 *
 *     npm test
 *     npm test -- test/pool/sync
 *     npm run test:nightly
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

const EVERYTHING = ['test/**/*.test.ts', 'tools/*.test.ts'];

/** What the tests against the reference and on other file systems want. On a user's machine they are skipped without it. */
const DEBIAN_PACKAGES = [
  'pmdk-tools',
  'libpmemobj-dev',
  'gcc',
  'libc6-dev',
  'strace',
  'xfsprogs',
  'btrfs-progs',
  'e2fsprogs',
  'util-linux',
  'fuse3',
  'libfuse3-dev',
  'pkg-config',
];

const MINUTE_MS = 60_000;

process.chdir(path.join(import.meta.dirname, '..'));
const nightly = process.argv.includes('--nightly');
const named = process.argv.slice(2).filter((argument) => argument !== '--nightly');
if (process.env['CI'] === 'true' && process.getuid?.() === 0) installMissing(DEBIAN_PACKAGES);
runTests(named.length === 0 ? EVERYTHING : named.map(toPattern), nightly);

function runTests(patterns: readonly string[], long: boolean): void {
  const options = [
    '--test',
    // One more than node's own choice: many tests wait for another program.
    `--test-concurrency=${Math.max(2, os.availableParallelism())}`,
    `--test-timeout=${(long ? 8 * 60 : 15) * MINUTE_MS}`,
  ];
  const child = spawn(process.execPath, [...options, ...patterns], {
    stdio: 'inherit',
    env: { ...process.env, ...(long ? { RESILVER_FUZZ_RUNS: fuzzRuns() } : {}) },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
}

function fuzzRuns(): string {
  return process.env['RESILVER_FUZZ_RUNS'] ?? '100000';
}

/** A folder means every test in it. */
function toPattern(name: string): string {
  const isFolder = fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? path.join(name, '**/*.test.ts') : name;
}

/** Says nothing unless it fails. The tests that miss something then say which. */
function installMissing(packages: readonly string[]): void {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const command of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...missing],
  ]) {
    const run = spawnSync('apt-get', command, { env, encoding: 'utf8' });
    if (run.status === 0) continue;
    process.stderr.write(`apt-get ${command.join(' ')} failed:\n${run.stdout}${run.stderr}\n`);
    return;
  }
}

function isInstalled(name: string): boolean {
  const run = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], {
    encoding: 'utf8',
  });
  return run.stdout === 'installed';
}
