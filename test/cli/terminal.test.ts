/** What a person at a terminal sees; the terminal is one of `script`, of util-linux. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { boundWidth, detectTerminal } from '../../src/cli/output/terminal.ts';
import { MIB } from '../../src/base/index.ts';
import { scratchDirectory } from '../support/pool-fixture.ts';
import { requires, skipUnlessCi } from '../support/requirements.ts';
import { freshPool, overwrite, plainEnvironment, RESILVER } from './run-resilver.ts';

interface Screen {
  readonly status: number | null;
  readonly text: string;
}

/** Runs the command on a terminal of its own, with `typed` on its keyboard. */
function onTerminal(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly typed?: string } = {},
): Screen {
  const command = [process.execPath, RESILVER, ...args].map((word) => `'${word}'`).join(' ');
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    env: plainEnvironment({ TERM: 'xterm', ...options.env }),
    input: options.typed ?? '',
    encoding: 'utf8',
  });
  return { status, text: stdout.replaceAll('\r\n', '\n') };
}

function hasScript(t: TestContext): boolean {
  if (!requires(t, 'flock')) return false;
  const found = spawnSync('script', ['--version']).status === 0;
  if (!found) skipUnlessCi(t, 'needs script: apt-get install bsdutils');
  return found;
}

const ESCAPE = '\u001B[';

suite('on a terminal', () => {
  test('there is colour, unless NO_COLOR or a dumb terminal forbids it', (t) => {
    if (!hasScript(t)) return;
    using scratch = scratchDirectory();
    const { set } = freshPool(scratch.path);
    const check = ['pool', 'check', set];
    assert.ok(onTerminal(check).text.includes(`${ESCAPE}32m✓ 8 MiB`));
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { status, text } = onTerminal(check, { env });
      assert.equal(status, 0);
      assert.ok(!text.includes(ESCAPE), text);
      assert.match(text, /✓ 8 MiB │ ✓ 8 MiB/);
    }
    assert.ok(onTerminal(check, { env: { NO_COLOR: '' } }).text.includes(ESCAPE), 'empty is unset');
  });

  test('giving up bytes that look healthy is asked first; no means no', (t) => {
    if (!hasScript(t)) return;
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    overwrite(pool.part('r1p1'), 5 * MIB, 'wrong');
    const heal = ['pool', 'sync', '--heal-from', '0', pool.set];
    const no = onTerminal(heal, { typed: 'n\n' });
    assert.match(no.text, /Overwrite what differs from replica 0\?[^]*\[y\/N\]/);
    assert.equal(no.status, 1);
    assert.ok(fs.readFileSync(pool.part('r1p1')).includes('wrong'));
    const yes = onTerminal(heal, { typed: 'y\n' });
    assert.equal(yes.status, 0, yes.text);
    assert.ok(!fs.readFileSync(pool.part('r1p1')).includes('wrong'));
    overwrite(pool.part('r1p1'), 5 * MIB, 'wrong');
    const unasked = onTerminal([...heal, '--yes']);
    assert.equal(unasked.status, 0);
    assert.ok(!unasked.text.includes('[y/N]'));
  });

  test('an ordinary repair is not asked about', (t) => {
    if (!hasScript(t)) return;
    using scratch = scratchDirectory();
    const pool = freshPool(scratch.path);
    fs.unlinkSync(pool.part('r0p1'));
    const { status, text } = onTerminal(['pool', 'sync', pool.set]);
    assert.equal(status, 0);
    assert.ok(!text.includes('[y/N]'));
  });

  test('removing a pool is asked first', (t) => {
    if (!hasScript(t)) return;
    using scratch = scratchDirectory();
    const { set, part } = freshPool(scratch.path);
    const { status, text } = onTerminal(['pool', 'rm', set], { typed: '\n' });
    assert.match(text, /Remove 4 part files/);
    assert.equal(status, 1);
    assert.ok(fs.existsSync(part('r0p0')));
  });

  test('a long copy shows how far it is, and wipes that off', (t) => {
    if (!hasScript(t)) return;
    using scratch = scratchDirectory();
    const size = 640 * MIB;
    const pool = freshPool(scratch.path, [
      [8 * MIB, size],
      [8 * MIB, size],
    ]);
    fs.unlinkSync(pool.part('r0p1'));
    const { status, text } = onTerminal(['pool', 'sync', '--verify', pool.set]);
    assert.equal(status, 0, text);
    assert.match(text, /\r(copy|compare) [█░]+ +\d+ % {2}.* of .*\/s/);
    const afterLast = text.slice(text.lastIndexOf('█'));
    assert.ok(afterLast.includes(`\r${ESCAPE}K`));
  });
});

suite('the size of a terminal', () => {
  test('is bounded, and 80 where nobody says it', () => {
    assert.deepEqual(
      [undefined, 0, Number.NaN, 10, 100, 500].map(boundWidth),
      [80, 80, 80, 40, 100, 120],
    );
    assert.equal(detectTerminal({ COLUMNS: '97' }).width, process.stdout.columns ?? 97);
  });
});
