import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';

const COMMAND = path.join(import.meta.dirname, 'test.ts');

/** Runs the test command on a folder with one test of the given body. */
function runWith(t: TestContext, body: string, ...options: string[]): SpawnSyncReturns<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resilver-test-command-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const source = `import { test } from 'node:test';\ntest('the only one', () => { ${body} });\n`;
  fs.writeFileSync(path.join(folder, 'one.test.ts'), source);
  // A runner inside a runner would report to the outer one.
  const env = { ...process.env, CI: '', NODE_TEST_CONTEXT: undefined };
  return spawnSync(process.execPath, [COMMAND, ...options, folder], { env, encoding: 'utf8' });
}

describe('the test command', () => {
  test('exits with 0 and ends with the summary when all tests pass', (t) => {
    const { status, stdout } = runWith(t, '');
    assert.equal(status, 0);
    assert.match(stdout, /tests 1\n[^]*pass 1\n[^]*duration_ms [\d.]+\s*$/);
  });

  test('exits with 1 and says which test failed', (t) => {
    const { status, stdout } = runWith(t, 'throw new Error("broken")');
    assert.equal(status, 1);
    assert.match(stdout, /the only one[^]*fail 1\n[^]*broken/);
  });

  test('asks for long random runs at night only', (t) => {
    const body = 'if (process.env.RESILVER_FUZZ_RUNS !== "100000") throw new Error("short");';
    assert.equal(runWith(t, body).status, 1);
    assert.equal(runWith(t, body, '--nightly').status, 0);
  });
});
