/** `pmempool check` by both tools on identical copies: answers, exit codes and what is in the files afterwards. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import {
  SDS_OFFSET,
  SDS_SIZE,
  shutdownState,
  shutdownStateChecksum,
} from '../../src/pool/layout/index.ts';
import { compareTools, OWN_PMEMPOOL, patchFile, runTool } from '../support/both-tools.ts';
import {
  makePool,
  MIB,
  scratchDirectory,
  setText,
  type PoolFixture,
  type PoolShape,
} from '../support/pool-fixture.ts';
import { requires } from '../support/requirements.ts';

const TWO_BY_TWO: PoolShape = {
  replicas: [
    [8 * MIB, 8 * MIB],
    [8 * MIB, 8 * MIB],
  ],
};
const ONE_BY_THREE: PoolShape = { replicas: [[8 * MIB, 8 * MIB, 9 * MIB]] };
const FOUR_PARTS: PoolShape = { replicas: [[8 * MIB, 8 * MIB, 8 * MIB, 8 * MIB], [33 * MIB]] };

/** Offsets in a header. */
const AT = { signature: 0, nextPart: 72 } as const;

const part = (pool: PoolFixture, replica: number, index: number): string =>
  pool.parts[replica]![index]!;

/** A shutdown state that another machine left behind, open. */
function leaveDirty(file: string): void {
  const state = new Uint8Array(SDS_SIZE);
  shutdownState.patch(state, { usc: 5n, uuid: 77n, dirty: 1 });
  shutdownState.patch(state, { checksum: shutdownStateChecksum(state) });
  patchFile(file, SDS_OFFSET, state);
}

function exits(answers: readonly { readonly exit: number | null }[] | undefined): unknown {
  return answers?.map(({ exit }) => exit);
}

suite('pmempool check says what the reference says', () => {
  for (const [name, shape] of Object.entries({ TWO_BY_TWO, ONE_BY_THREE, FOUR_PARTS })) {
    for (const singleHeader of [false, true]) {
      test(`of a sound pool: ${name}${singleHeader ? ', SINGLEHDR' : ''}`, (t: TestContext) => {
        const answers = compareTools(t, { ...shape, singleHeader }, [
          { args: 'check my.set' },
          { args: 'check -v my.set' },
          { args: 'check -q my.set' },
          { args: 'check -ryav my.set' },
          { args: 'check --repair --dry-run -v my.set' },
          { args: 'check -v ./r0p0' },
        ]);
        if (answers !== undefined) assert.deepEqual(exits(answers), Array(6).fill(0));
      });
    }
  }

  test('about wrong arguments', (t: TestContext) => {
    const answers = compareTools(
      t,
      ONE_BY_THREE,
      [
        'check',
        'check -N my.set',
        'check -d my.set',
        'check -b x my.set',
        'check -y my.set',
        'check -a my.set',
        'check -rd -b x my.set',
        'check --bogus my.set',
        'check -b',
        'check nowhere',
      ].map((args) => ({ args })),
    );
    if (answers !== undefined) assert.deepEqual(exits(answers), Array(10).fill(1));
  });

  test('about each kind of damage', (t: TestContext) => {
    const damages: Readonly<Record<string, (pool: PoolFixture) => void>> = {
      signature: (pool) => patchFile(part(pool, 0, 1), AT.signature, Buffer.from('X')),
      zero: (pool) => patchFile(part(pool, 1, 1), 0, Buffer.alloc(4096)),
      missing: (pool) => fs.rmSync(part(pool, 1, 0)),
      short: (pool) => fs.truncateSync(part(pool, 0, 1), 4 * MIB),
      foreign: (pool) => fs.copyFileSync(part(pool, 0, 0), part(pool, 0, 1)),
      'one dirty replica': (pool) => leaveDirty(part(pool, 1, 0)),
      'all replicas dirty': (pool) => pool.parts.forEach(([first]) => leaveDirty(first!)),
    };
    for (const damage of Object.values(damages)) {
      compareTools(
        t,
        TWO_BY_TWO,
        [
          { args: 'check my.set' },
          { args: 'check -v my.set' },
          { args: 'check -q my.set' },
          { args: 'check -rv my.set', input: 'n\nn\n' },
          { args: 'check -rdyav my.set' },
          { args: 'check -rav my.set', input: 'maybe\nYes\ny\n' },
          { args: 'check -v my.set' },
        ],
        damage,
      );
    }
  });

  test('a reset shutdown state is written, a dry run is not', (t: TestContext) => {
    const answers = compareTools(
      t,
      { replicas: [[8 * MIB]] },
      [
        { args: 'check r0p0' },
        { args: 'check -rdy r0p0' },
        { args: 'check r0p0' },
        { args: 'check -ry r0p0' },
        { args: 'check r0p0' },
      ],
      (pool) => leaveDirty(part(pool, 0, 0)),
    );
    if (answers !== undefined) assert.deepEqual(exits(answers), [1, 0, 1, 0, 0]);
  });
});

function dirty(pool: PoolFixture): void {
  leaveDirty(part(pool, 0, 0));
}

suite('pmempool check -b', () => {
  test('copies a file, and asks before it overwrites the copy', (t: TestContext) => {
    const answers = compareTools(
      t,
      { replicas: [[8 * MIB]] },
      [
        { args: 'check -rv -b copy r0p0', input: 'n\n' },
        { args: 'check -rv -b copy r0p0', input: 'n\n' },
        { args: 'check -rv -b copy r0p0', input: 'y\ny\n' },
        { args: 'check -ryv -b copy r0p0' },
      ],
      dirty,
    );
    if (answers !== undefined) assert.deepEqual(exits(answers), [1, 1, 0, 0]);
  });

  test('copies a set into another one of the same shape, and no other', (t: TestContext) => {
    const answers = compareTools(
      t,
      ONE_BY_THREE,
      [
        { args: 'check -ryv -b few.set my.set' },
        { args: 'check -ryv -b uneven.set my.set' },
        { args: 'check -ryv -b double.set my.set' },
        { args: 'check -ryv -b bad.set my.set' },
        { args: 'check -ryv -b good.set my.set' },
        { args: 'check -rv -b good.set my.set', input: 'n\n' },
        { args: 'check -v good.set' },
      ],
      (pool) => {
        dirty(pool);
        const sets: Readonly<Record<string, readonly (readonly number[])[]>> = {
          few: [[8, 8]],
          uneven: [[8, 9, 8]],
          double: [[8, 8, 9], [8]],
          good: [[8, 8, 9]],
        };
        for (const [name, replicas] of Object.entries(sets)) {
          const folder = path.join(pool.directory, name);
          fs.mkdirSync(folder);
          const sizes = replicas.map((parts) => parts.map((size) => size * MIB));
          fs.writeFileSync(`${folder}.set`, setText(folder, { replicas: sizes }));
          if (name === 'good') continue;
          // The reference reports parts that are still to be made as an error of the system, beside what is wrong.
          for (const [r, parts] of sizes.entries()) {
            for (const [p, size] of parts.entries()) {
              fs.writeFileSync(path.join(folder, `r${r}p${p}`), Buffer.alloc(size));
            }
          }
        }
        fs.writeFileSync(path.join(pool.directory, 'bad.set'), 'PMEMPOOLSET\nnonsense\n');
      },
    );
    if (answers !== undefined) assert.equal(answers[4]!.exit, 0, answers[4]!.out);
  });
});

suite('pmempool check, where the reference does harm', () => {
  test('a repair that cannot be completed leaves every byte', (t: TestContext) => {
    if (!requires(t, 'pmempool')) return;
    using scratch = scratchDirectory();
    const pool = makePool(scratch.path, FOUR_PARTS);
    patchFile(part(pool, 0, 1), AT.nextPart, Buffer.alloc(16, 7));
    const before = pool.parts.flat().map((file) => fs.readFileSync(file));
    assert.equal(runTool(OWN_PMEMPOOL, pool.directory, { args: 'check -ry my.set' }).exit, 1);
    for (const [index, file] of pool.parts.flat().entries()) {
      assert(fs.readFileSync(file).equals(before[index]!), file);
    }
  });
});
