/** The reference reports the first of our problems in the same words, and accepts what we accept. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { describeErrno } from '../../../src/base/index.ts';
import { renderPoolSetProblem } from '../../../src/pool/poolset/index.ts';
import { scratchDirectory } from '../../support/pool-fixture.ts';
import { referencePmempool, requires } from '../../support/requirements.ts';
import { contentOf, problemsOf, SET_FILE_CASES } from './set-file-cases.ts';

const PARSE_FAILED = 'error: failed to synchronize: parsing input poolset failed\n';

/** A dry run of sync never writes; create stops at the first problem, before it makes anything. */
function stderrOf(cwd: string, ...args: readonly string[]): string {
  const run = spawnSync(referencePmempool(), args, { cwd, encoding: 'utf8' });
  return run.stderr;
}

test('set files are refused as the reference refuses them', (t: TestContext) => {
  if (!requires(t, 'pmempool')) return;
  using scratch = scratchDirectory();
  const { path } = scratch;
  for (const name of ['d', 'e']) mkdirSync(join(path, name));
  writeFileSync(join(path, 'file'), 'not a pool');
  symlinkSync('loop', join(path, 'loop'));
  execFileSync('mkfifo', [join(path, 'pipe')]);
  let compared = 0;
  for (const setFile of SET_FILE_CASES) {
    if (setFile.departs !== undefined) continue;
    writeFileSync(join(path, 'my.set'), contentOf(setFile, path));
    const [first] = problemsOf(setFile, path);
    const sync = stderrOf(path, 'sync', '-d', 'my.set');
    if (first === undefined) {
      assert(!sync.includes(PARSE_FAILED), `${setFile.name}: the reference refuses it`);
    } else {
      assert.equal(sync, `${PARSE_FAILED}error: ${describeErrno(first.errno)}\n`, setFile.name);
      const [line] = stderrOf(path, 'create', 'obj', 'my.set').split('\n');
      const rendered = renderPoolSetProblem('my.set', first);
      assert.equal(line, `error: 'my.set' -- ${rendered}`, setFile.name);
    }
    compared++;
  }
  assert(compared > 120);
});
