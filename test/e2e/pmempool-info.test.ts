/** `pmempool info` by both tools on identical copies. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { compareTools, patchFile } from '../support/both-tools.ts';
import { MIB, type PoolFixture, type PoolShape } from '../support/pool-fixture.ts';
import { requires } from '../support/requirements.ts';

const SHAPES: Readonly<Record<string, PoolShape>> = {
  'two replicas, one of them larger': { replicas: [[8 * MIB, 8 * MIB], [20 * MIB]] },
  SINGLEHDR: { replicas: [[8 * MIB, 9 * MIB], [17 * MIB]], singleHeader: true },
  directories: { replicas: [[40 * MIB], [48 * MIB]], singleHeader: true, directories: true },
  'one part, without shutdown state': { replicas: [[8 * MIB]], shutdownState: false },
};

const VIEWS = [
  'info my.set',
  'info -p 1 my.set',
  'info -p 7 my.set',
  'info -k yes my.set',
  'info -k no -n my.set',
  'info -vx my.set',
  'info --replica=0 --verbose ./my.set',
].map((args) => ({ args }));

const firstPart = ({ parts }: PoolFixture): string => parts[0]![0]!;

suite('pmempool info prints what the reference prints', () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    test(`of a set: ${name}`, (t: TestContext) => {
      const answers = compareTools(t, shape, VIEWS);
      if (answers === undefined) return;
      assert.equal(answers[0]!.exit, 0);
      assert.match(answers[0]!.out, /^PMEM OBJ Header:$/m);
    });
  }

  test('of a pool in use', (t: TestContext) => {
    if (!requires(t, 'libpmemobj')) return;
    compareTools(t, { ...SHAPES['SINGLEHDR']!, fill: { records: 500, blobs: 10 } }, VIEWS);
  });

  test('of files by themselves', (t: TestContext) => {
    const answers = compareTools(t, { replicas: [[8 * MIB, 8 * MIB], [20 * MIB]] }, [
      { args: 'info r0p0' },
      { args: 'info -k yes r0p1' },
      { args: 'info -vxn r1p0' },
      { args: 'info -p 0 r1p0' },
      { args: 'info -p 1 r1p0' },
    ]);
    if (answers !== undefined) assert.match(answers[0]!.out, /^Part file:\npath/);
  });

  test('about wrong arguments', (t: TestContext) => {
    const answers = compareTools(
      t,
      SHAPES['SINGLEHDR']!,
      ['info', 'info -p x my.set', 'info -k', 'info -k what my.set', 'info nowhere', 'info .'].map(
        (args) => ({ args }),
      ),
    );
    if (answers !== undefined) assert(answers.every(({ exit }) => exit === 1));
  });

  const damages: Readonly<Record<string, (pool: PoolFixture) => void>> = {
    'the first header is zero': (pool) => patchFile(firstPart(pool), 0, Buffer.alloc(4096)),
    'a header has a wrong checksum': (pool) => patchFile(firstPart(pool), 200, Buffer.from('X')),
    'the signature is unknown': (pool) => patchFile(firstPart(pool), 0, Buffer.from('NOTAPOOL')),
    'the first part is missing': (pool) => fs.rmSync(firstPart(pool)),
    'another part is missing': (pool) => fs.rmSync(pool.parts[1]![0]!),
    'the set file makes no sense': (pool) => fs.writeFileSync(pool.set, 'PMEMPOOLSET\n8X /p\n'),
    'a recovery file waits': (pool) =>
      fs.writeFileSync(`${pool.set}_r0_p0_badblocks.txt`, '8192 4096\n0 0\n'),
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`when ${name}`, (t: TestContext) => {
      const steps = [
        'info my.set',
        'info -p 1 my.set',
        'info r0p0',
        'info -f obj r0p0',
        'info r1p0',
      ];
      compareTools(
        t,
        SHAPES['two replicas, one of them larger']!,
        steps.map((args) => ({ args })),
        damage,
      );
    });
  }
});
