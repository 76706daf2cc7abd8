import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import koffi from 'koffi';
import { scratchDirectory } from '../support/pool-fixture.ts';
import { freshPool } from './run-resilver.ts';

const PMEMPOOL = path.join(import.meta.dirname, '../../src/cli/pmempool.ts');

/** Source: fcntl(2). */
const F_SETFL = 4;
const fcntl = koffi.load(null).func('int fcntl(int fd, int command, int argument)');

test('an answer is waited for, also where standard input does not block', async () => {
  using scratch = scratchDirectory();
  const pool = freshPool(path.join(scratch.path, 'pool'));
  const fifo = path.join(scratch.path, 'keyboard');
  execFileSync('mkfifo', [fifo]);
  const fd = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  try {
    const child = spawn(process.execPath, [PMEMPOOL, 'rm', '--interactive', pool.set], {
      stdio: [fd, 'pipe', 'pipe'],
    });
    // Spawning has made it block; from here on it does not, for both processes.
    assert.equal(fcntl(fd, F_SETFL, fs.constants.O_RDWR | fs.constants.O_NONBLOCK), 0);
    const { stdout, stderr: complaints } = child;
    assert.ok(stdout !== null && complaints !== null);
    let stderr = '';
    complaints.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    let questions = 0;
    stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!text.includes('?')) return;
      questions += 1;
      // Long enough for the program to look at its empty input first.
      setTimeout(() => fs.writeSync(fd, 'n\n'), 100);
    });
    const code = await new Promise((resolve) => {
      child.once('close', resolve);
    });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.equal(questions, 4);
    assert.ok(fs.existsSync(pool.part('r0p0')));
  } finally {
    fs.closeSync(fd);
  }
});
