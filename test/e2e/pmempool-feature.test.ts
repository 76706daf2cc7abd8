/** Features, switched by both tools on copies of one pool: bytes, outputs and exit codes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { FileMedia, openAnyPool, planFeature, surveyFeature } from '../../src/pool/index.ts';
import { makePool, MIB, scratchDirectory, type PoolFixture } from '../support/pool-fixture.ts';
import { referencePmempool, requires } from '../support/requirements.ts';

const OURS = path.resolve(import.meta.dirname, '../../bin/pmempool');
const TOOLS = [referencePmempool(), OURS] as const;

interface Answer {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

function run(tool: string, { directory }: PoolFixture, args: string): Answer {
  const words = ['feature', ...args.split(' ').filter((word) => word !== '')];
  const { status, stdout, stderr } = spawnSync(tool, words, { cwd: directory, encoding: 'utf8' });
  return { exit: status, out: stdout, err: stderr };
}

const SEQUENCES: Readonly<Record<string, readonly string[]>> = {
  'what may be switched': [
    '-q SHUTDOWN_STATE my.set',
    '-d SHUTDOWN_STATE my.set',
    '-q SHUTDOWN_STATE my.set',
    '-d CKSUM_2K my.set',
    '-d CKSUM_2K my.set',
    '--query CKSUM_2K my.set',
    '-d CHECK_BAD_BLOCKS my.set',
    '-q CHECK_BAD_BLOCKS my.set',
    '-e CHECK_BAD_BLOCKS my.set',
    '-v --enable CKSUM_2K my.set',
    '-e SHUTDOWN_STATE my.set',
    '-q SINGLEHDR my.set',
  ],
  'what may not': [
    '-e SINGLEHDR my.set',
    '-d SINGLEHDR my.set',
    '-d CKSUM_2K my.set',
    '-d SHUTDOWN_STATE my.set',
    '-d CKSUM_2K my.set',
    '-e SHUTDOWN_STATE my.set',
    '-q CKSUM_2K missing',
  ],
  'wrong arguments': [
    '',
    '-q',
    '-q NAME my.set',
    '-q cksum_2k my.set',
    '-e CKSUM_2K',
    '-x',
    'my.set',
    '-e CKSUM_2K -d CKSUM_2K my.set',
  ],
};

suite('pmempool feature does what the reference does', () => {
  for (const singleHeader of [false, true]) {
    for (const [name, sequence] of Object.entries(SEQUENCES)) {
      test(`${name}${singleHeader ? ', SINGLEHDR' : ''}`, (t) => {
        if (!requires(t, 'pmempool')) return;
        using scratch = scratchDirectory();
        const pool = makePool(path.join(scratch.path, 'pool'), {
          replicas: [[8 * MIB, 8 * MIB], [17 * MIB]],
          singleHeader,
        });
        const pristine = pool.parts.flat().map((part) => fs.readFileSync(part));
        const [theirs, own] = TOOLS.map((tool) => {
          for (const [index, part] of pool.parts.flat().entries()) {
            fs.writeFileSync(part, pristine[index]!);
          }
          return sequence.map((args) => ({
            args,
            answer: run(tool, pool, args),
            headers: headers(pool),
          }));
        });
        assert.deepEqual(own, theirs);
      });
    }
  }
});

function headers({ parts }: PoolFixture): readonly string[] {
  return parts.flat().map((part) => fs.readFileSync(part).subarray(0, 8192).toString('base64'));
}

function smallPool(t: TestContext): (PoolFixture & Disposable) | undefined {
  if (!requires(t, 'pmempool')) return undefined;
  const scratch = scratchDirectory();
  const made = makePool(scratch.path, { replicas: [[8 * MIB, 8 * MIB], [17 * MIB]] });
  return { ...made, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

suite('pmempool feature, where the reference fails', () => {
  test('a missing part is an error, not an abort', (t) => {
    using made = smallPool(t);
    if (made === undefined) return;
    fs.rmSync(made.parts[0]![1]!);
    assert.deepEqual(run(OURS, made, '-q CKSUM_2K my.set'), { exit: 1, out: '', err: '' });
  });

  test('one part of a set is not switched by itself, but may be asked', (t) => {
    using made = smallPool(t);
    if (made === undefined) return;
    const before = headers(made);
    assert.equal(run(OURS, made, '-d CHECK_BAD_BLOCKS r0p0').exit, 1);
    assert.deepEqual(headers(made), before);
    assert.deepEqual(run(OURS, made, '-q CHECK_BAD_BLOCKS r0p0'), { exit: 0, out: '1', err: '' });
    using target = openAnyPool(new FileMedia(), made.parts[0]![0]!);
    const { refusals } = planFeature(surveyFeature(target), 'CHECK_BAD_BLOCKS', false);
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['part-of-set'],
    );
  });

  test('a damaged header is not sealed again', (t) => {
    using made = smallPool(t);
    if (made === undefined) return;
    const [part] = made.parts[1]!;
    const bytes = fs.readFileSync(part!);
    bytes[200]! ^= 1;
    fs.writeFileSync(part!, bytes);
    const before = headers(made);
    assert.equal(run(OURS, made, '-d CHECK_BAD_BLOCKS my.set').exit, 1);
    assert.deepEqual(headers(made), before);
  });
});
