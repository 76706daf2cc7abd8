/** Transformations by both tools on copies of one pool: bytes, outputs and exit codes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { allParts, openPoolSet, split, survey } from '../../src/pool/index.ts';
import { hasValidChecksum, poolHdr, SDS_OFFSET } from '../../src/pool/layout/index.ts';
import { walkVerify } from '../support/pmdk.ts';
import { makePool, MIB, scratchDirectory, type PoolShape } from '../support/pool-fixture.ts';
import { referencePmempool, requires } from '../support/requirements.ts';

const OURS = path.resolve(import.meta.dirname, '../../bin/pmempool');
const FILL = { records: 500, blobs: 100 };

interface Answer {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

function run(tool: string, directory: string, args: readonly string[]): Answer {
  const { status, stdout, stderr } = spawnSync(tool, ['transform', ...args], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { exit: status, out: stdout, err: stderr };
}

function writeSet(directory: string, name: string, lines: readonly string[]): string {
  const text = lines.map((line) => line.replace(/^(\d+M) /, `$1 ${directory}/`)).join('\n');
  fs.writeFileSync(path.join(directory, name), `PMEMPOOLSET\n${text}\n`);
  return path.join(directory, name);
}

const A = ['10M r0p0', '8M r0p1', '9M r0p2'];
const B = ['REPLICA', '28M r1p0', '8M r1p1'];
const C = ['REPLICA', '9M r2p0', '20M r2p1'];
const SHAPE_A: PoolShape = { replicas: [[10 * MIB, 8 * MIB, 9 * MIB]], fill: FILL };

/** Set files by turns: the pool is made by the first, and transformed from one to the next. */
const CHAINS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'replicas come and go': [
    A,
    [...A, ...C],
    [...C.slice(1), ...A.toSpliced(0, 0, 'REPLICA')],
    C.slice(1),
  ],
  'headers go and come back': [A, [...A, ...C], ['OPTION SINGLEHDR', ...A, ...C], [...A, ...C]],
  'replicas come and go in SINGLEHDR': [
    A,
    ['OPTION SINGLEHDR', ...A],
    ['OPTION SINGLEHDR', ...A, ...C],
    ['OPTION SINGLEHDR', ...C.slice(1)],
  ],
};

suite('pmempool transform leaves what the reference leaves', () => {
  for (const [name, chain] of Object.entries(CHAINS)) {
    test(name, async (t) => {
      if (!requires(t, 'pmempool', 'libpmemobj')) return;
      using scratch = scratchDirectory();
      const directory = path.join(scratch.path, 'pool');
      const { summary } = makePool(directory, SHAPE_A);
      const sets = chain.map((lines, index) => writeSet(directory, `${index}.set`, lines));
      for (const [index, destination] of sets.entries()) {
        const source = sets[index - 1];
        if (source === undefined) continue;
        // Each step from the same bytes: what one tool made random must not count against the other.
        const saved = path.join(scratch.path, 'saved');
        fs.cpSync(directory, saved, { recursive: true });
        const args = ['-v', path.basename(source), path.basename(destination)];
        const theirs = run(referencePmempool(), directory, args);
        const expected = await contentOf(destination);
        fs.rmSync(directory, { recursive: true });
        fs.renameSync(saved, directory);
        assert.deepEqual(run(OURS, directory, args), theirs);
        assert.deepEqual(await contentOf(destination), expected);
        assert.deepEqual(walkVerify(destination), { summary, ok: true, stderr: '' });
      }
    });
  }
});

/** Headers without what is random, a time, or left over from what was there before, and the pool of each replica. */
async function contentOf(setPath: string): Promise<unknown> {
  using pool = openPoolSet(setPath);
  const found = await survey(pool);
  assert.deepEqual(found.findings, []);
  const { poolSize } = found.health;
  const known = new Map<string, number>();
  const number = (uuid: string): number => {
    if (!known.has(uuid)) known.set(uuid, known.size);
    return known.get(uuid)!;
  };
  const headers = allParts(found.set).flatMap((part) => {
    const { mode, size } = fs.statSync(part.path);
    if (!part.hasHeader) return [{ mode, size }];
    const bytes = fs.readFileSync(part.path).subarray(0, 4096);
    assert.ok(hasValidChecksum(bytes));
    const { unused, unused2, crtime, checksum, sds, ...fields } = poolHdr.decode(bytes);
    assert.equal(bytes.length, SDS_OFFSET + 72);
    const { uuid, prevPartUuid, nextPartUuid, prevReplUuid, nextReplUuid, ...rest } = fields;
    const links = [uuid, prevPartUuid, nextPartUuid, prevReplUuid, nextReplUuid].map(number);
    const state = part.index === 0 ? Buffer.from(sds).toString('hex') : undefined;
    assert.ok(unused.length + unused2.length > 0 && crtime > 0n && checksum > 0n);
    return [{ mode, size, links, state, ...rest }];
  });
  const data = found.set.replicas.map((replica) =>
    split(replica, { offset: 4096, end: poolSize! }).map(({ part, fileOffset, length }) =>
      Buffer.from(fs.readFileSync(part.path).subarray(fileOffset, fileOffset + length)),
    ),
  );
  return { headers, poolSize, data: data.map((pieces) => Buffer.concat(pieces)) };
}

suite('pmempool transform refuses as the reference does', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'no set file': ['plain', 'my.set'],
    'no destination': ['my.set', 'missing'],
    'not one operand': [],
    'one operand': ['my.set'],
    'an unknown option': ['-x', 'my.set', 'add.set'],
    'a destination that is not parsed': ['my.set', 'empty.set'],
    'a source that is not parsed': ['empty.set', 'my.set'],
    'the same set': ['my.set', 'my.set'],
    'a directory that is missing': ['my.set', 'nodir.set'],
    'a file named twice': ['my.set', 'twice.set'],
    'a replica that is too small': ['my.set', 'small.set'],
    'a part that is too small': ['my.set', 'tiny.set'],
    'a part that exists': ['my.set', 'exists.set'],
    'no replica left': ['my.set', 'other.set'],
    'a change of replicas and option': ['my.set', 'both.set'],
    'a dry run of another operation': ['-d', '-v', 'my.set', 'single.set'],
    'a source of another shape': ['both.set', 'add.set'],
    'a dry run': ['-d', '-v', 'my.set', 'add.set'],
  };
  for (const [name, args] of Object.entries(cases)) {
    test(name, (t) => {
      const directory = refusalPool(t);
      if (directory === undefined) return;
      const before = digestsOf(directory);
      const theirs = run(referencePmempool(), directory, args);
      assert.deepEqual(run(OURS, directory, args), theirs);
      assert.deepEqual(digestsOf(directory), before);
    });
  }
});

test('headers for which the set has no room are refused by both', (t) => {
  if (!requires(t, 'pmempool', 'libpmemobj')) return;
  using scratch = scratchDirectory();
  const { path: directory } = scratch;
  makePool(directory, { replicas: [[8 * MIB, 8 * MIB]], singleHeader: true });
  writeSet(directory, 'headers.set', ['8M r0p0', '8M r0p1']);
  const [theirs, own] = [referencePmempool(), OURS].map((tool) =>
    run(tool, directory, ['my.set', 'headers.set']),
  );
  assert.deepEqual(own, theirs);
  assert.match(own!.err, /target poolset is too small/);
});

let made: string | undefined;
const scratches = new DisposableStack();
process.on('exit', () => scratches.dispose());

function refusalPool(t: TestContext): string | undefined {
  if (!requires(t, 'pmempool', 'libpmemobj')) return undefined;
  if (made !== undefined) return made;
  const { path: directory } = scratches.use(scratchDirectory());
  makePool(directory, SHAPE_A);
  fs.writeFileSync(path.join(directory, 'plain'), 'plain\n');
  fs.writeFileSync(path.join(directory, 'exists'), 'here\n');
  const sets: Readonly<Record<string, readonly string[]>> = {
    empty: [],
    add: [...A, ...C],
    nodir: [...A, 'REPLICA', '30M nowhere/x'],
    twice: [...A, 'REPLICA', '30M r0p0'],
    small: [...A, 'REPLICA', '9M x'],
    tiny: [...A, 'REPLICA', '4M x', '30M y'],
    exists: [...A, 'REPLICA', '30M exists'],
    other: ['30M x', '8M y'],
    both: ['OPTION SINGLEHDR', ...A, ...C],
    single: ['OPTION SINGLEHDR', ...A],
  };
  for (const [name, lines] of Object.entries(sets)) writeSet(directory, `${name}.set`, lines);
  made = directory;
  return made;
}

function digestsOf(directory: string): readonly unknown[] {
  return fs.readdirSync(directory).map((name) => {
    const { size, mtimeNs, ino } = fs.statSync(path.join(directory, name), { bigint: true });
    return { name, size, mtimeNs, ino };
  });
}

suite('pmempool transform, where the reference fails', () => {
  test('a first part that holds the whole pool', async (t) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory();
    const { path: directory } = scratch;
    const { summary } = makePool(directory, { replicas: [[8 * MIB, 8 * MIB]], fill: FILL });
    const source = path.join(directory, 'my.set');
    const first = ['8M r0p0', '8M r0p1'];
    const wide = writeSet(directory, 'wide.set', [...first, ...B]);
    const single = writeSet(directory, 'single.set', ['OPTION SINGLEHDR', ...first, ...B]);
    assert.equal(run(OURS, directory, [source, wide]).exit, 0);
    assert.equal(run(OURS, directory, [wide, single]).exit, 0);
    assert.deepEqual(walkVerify(single), { summary, ok: true, stderr: '' });
    assert.equal(run(OURS, directory, [single, wide]).exit, 0);
    assert.deepEqual(walkVerify(wide), { summary, ok: true, stderr: '' });
  });
});
