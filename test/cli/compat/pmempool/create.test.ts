/** `pmempool create` beside the reference: texts, streams, exit codes and the files that are left. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { create } from '../../../../src/cli/compat/pmempool/create.ts';
import { poolHdr } from '../../../../src/pool/layout/index.ts';
import { loopFileSystem } from '../../../support/loop-file-system.ts';
import { walkFill, walkVerify } from '../../../support/pmdk.ts';
import { scratchDirectory } from '../../../support/pool-fixture.ts';
import { referencePmempool, requires } from '../../../support/requirements.ts';

const MIB = 1024 * 1024;

interface Outcome {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
  /** Path, size and mode of everything that is there afterwards. */
  readonly files: readonly string[];
}

type Prepare = (directory: string) => void;
type Run = (directory: string, args: readonly string[]) => Promise<Outcome> | Outcome;

const inDirectory = (directory: string, args: readonly string[]): string[] =>
  args.map((arg) => arg.replaceAll('{DIR}', directory));

const ours: Run = async (directory, args) => {
  const texts = { out: '', err: '' };
  const exit = await create(inDirectory(directory, args), {
    out: (text) => void (texts.out += text),
    err: (text) => void (texts.err += text),
    readLine: () => undefined,
    inputIsTerminal: false,
  });
  return outcome(directory, { exit, ...texts });
};

const theirs: Run = (directory, args) => {
  const child = spawnSync(referencePmempool(), ['create', ...inDirectory(directory, args)], {
    encoding: 'utf8',
  });
  return outcome(directory, { exit: child.status, out: child.stdout, err: child.stderr });
};

function outcome(directory: string, raw: Omit<Outcome, 'files'>): Outcome {
  const clean = (text: string): string => text.replaceAll(directory, '{DIR}');
  const names = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.map((name) => {
    const { size, mode } = fs.statSync(join(directory, name));
    return `${name} ${fs.statSync(join(directory, name)).isDirectory() ? 0 : size} ${mode.toString(8)}`;
  });
  return { exit: raw.exit, out: clean(raw.out), err: clean(raw.err), files };
}

const file =
  (name: string, size: number, options: { head?: string; mode?: number } = {}): Prepare =>
  (directory) => {
    const path = join(directory, name);
    fs.writeFileSync(path, options.head ?? '');
    fs.truncateSync(path, size);
    fs.chmodSync(path, options.mode ?? 0o644);
  };

const blankFiles =
  (...names: string[]): Prepare =>
  (directory) => {
    for (const name of names) file(name, 8 * MIB)(directory);
  };

const set =
  (...lines: string[]): Prepare =>
  (directory) => {
    const text = `PMEMPOOLSET\n${lines.join('\n')}\n`.replaceAll('{DIR}', directory);
    fs.writeFileSync(join(directory, 'my.set'), text);
  };

const folder =
  (name: string): Prepare =>
  (directory) =>
    fs.mkdirSync(join(directory, name));

const existingPool =
  (name: string, ...options: string[]): Prepare =>
  (directory) =>
    void theirs(directory, [...options, 'obj', `{DIR}/${name}`]);

const SET = '{DIR}/my.set';
const NEW = '{DIR}/new';
const TWO = set('8M {DIR}/a', 'REPLICA', '8M {DIR}/b');

/** Arguments, and what there is beforehand. */
const SAME: Readonly<Record<string, readonly [readonly string[], ...Prepare[]]>> = {
  'no arguments': [[]],
  'no file': [['obj']],
  'unknown type': [['foo', NEW]],
  'unknown type before a layout that is too long': [['foo', '-l', 'x'.repeat(1024), NEW]],
  'unknown option': [['obj', '--foo', NEW]],
  'option without its argument': [['obj', NEW, '-s']],
  'a block size for obj': [['obj', '512', NEW]],
  'write-layout for obj': [['obj', '-w', NEW]],
  'a layout of 1024 bytes': [['obj', '-l', 'x'.repeat(1024), NEW]],
  'a layout of 1023 bytes': [['obj', '-l', 'x'.repeat(1023), NEW]],
  'size below the least': [['obj', '-s', '8388607', NEW]],
  'size of the least': [['obj', '-v', '-s', '8388608', NEW]],
  'size that is no multiple of a page': [['obj', '-v', '-s', '8390000', NEW]],
  'size with an unknown unit': [['obj', '-s', '1X', NEW]],
  'size of zero': [['obj', '-s', '0', NEW]],
  'size with a fraction': [['obj', '-s', '1G5', NEW]],
  'mode that is not octal': [['obj', '-m', '9', NEW]],
  'mode of four digits': [['obj', '-m', '1777', NEW]],
  'mode with a leading zero': [['obj', '-v', '-m', '0777', NEW]],
  'mode of nothing': [['obj', '-v', '-m', '0', NEW]],
  'no size': [['obj', '-v', NEW]],
  'everything given': [['obj', '-v', '-s', '9M', '-m', '640', '-l', 'hello', NEW]],
  'long options': [['obj', '--verbose', '--size=9M', '--mode', '600', '--layout=x', NEW]],
  'size and max-size': [['obj', '-M', '-s', '9M', NEW]],
  'max-size over a file': [['obj', '-M', NEW], file('new', 0)],
  'size with a set': [['obj', '-s', '8M', SET], TWO],
  'max-size with a set': [['obj', '-M', SET], TWO],
  'a missing directory': [['obj', '{DIR}/none/new']],
  'a directory for a pool': [['obj', '{DIR}/d'], folder('d')],
  'a size and a file that exists': [['obj', '-s', '8M', NEW], file('new', 8 * MIB)],
  'a blank file': [['obj', '-v', NEW], file('new', 8 * MIB, { mode: 0o600 })],
  'a blank file that is too small': [['obj', NEW], file('new', 8 * MIB - 1)],
  'an empty file': [['obj', NEW], file('new', 0)],
  'a file that holds something': [['obj', NEW], file('new', 8 * MIB, { head: 'x' })],
  'a pool': [['obj', NEW], existingPool('new')],
  'a pool, by force': [['obj', '-f', '-s', '10M', NEW], existingPool('new')],
  'force and nothing there': [['obj', '-f', NEW]],
  'a set': [['obj', '-v', '-l', 'hello', SET], TWO],
  'a set with clear-bad-blocks': [['obj', '-b', SET], TWO],
  'a set twice': [['obj', '-v', SET], TWO, existingPool('my.set')],
  'a set twice, by force': [['obj', '-v', '-f', SET], TWO, existingPool('my.set')],
  'a set with a blank part': [['obj', SET], TWO, file('b', 8 * MIB, { mode: 0o600 })],
  'a set with a part that holds something': [['obj', SET], TWO, file('b', 8 * MIB, { head: 'x' })],
  'a set with a part of another size': [['obj', SET], TWO, file('b', 9 * MIB)],
  'a set with an empty file for a part': [['obj', SET], TWO, file('b', 0)],
  'a set with a file under 2 MiB for a part': [['obj', SET], TWO, file('b', 2 * MIB - 1)],
  'a set with a file of 2 MiB for a part': [['obj', SET], TWO, file('b', 2 * MIB)],
  'a set with a part in no directory': [['obj', SET], set('8M {DIR}/a', '8M {DIR}/none/b')],
  'a set with one file twice': [['obj', SET], set('8M {DIR}/a', 'REPLICA', '8M {DIR}/a')],
  'a set that cannot fit': [['obj', SET], set('8M {DIR}/a', '8000G {DIR}/b')],
  'a set with NOHDRS': [['obj', SET], set('OPTION NOHDRS', '8M {DIR}/a')],
  'a set with SINGLEHDR': [
    ['obj', SET],
    set('OPTION SINGLEHDR', '8M {DIR}/a', '8M {DIR}/b', 'REPLICA', '16M {DIR}/c'),
  ],
  'a set with a bad line': [['obj', '-v', SET], set('8M a')],
  'a set with a small replica': [['obj', SET], set('16M {DIR}/a', 'REPLICA', '4M {DIR}/b')],
  'a set with a small part': [['obj', SET], set('1M {DIR}/a', '8M {DIR}/b')],
  'a set that its headers make too small': [['obj', SET], set('4M {DIR}/a', '4M {DIR}/b')],
  'a set of directories': [['obj', SET], set('OPTION SINGLEHDR', '64M {DIR}/d'), folder('d')],
  'a set of directories that has grown, by force': [
    ['-v', '-f', 'obj', SET],
    set('OPTION SINGLEHDR', '64M {DIR}/d'),
    folder('d'),
    existingPool('my.set'),
    file('d/000001.pmem', 9 * MIB),
  ],
  'a set of directories with headers': [['obj', SET], set('64M {DIR}/d'), folder('d')],
  'a set of small directories': [['obj', SET], set('OPTION SINGLEHDR', '4M {DIR}/d'), folder('d')],
  'inherit and nothing to make': [['-i', '{DIR}/old'], existingPool('old')],
  'inherit from nothing': [['-v', '-i', '{DIR}/old', NEW]],
  'inherit from what is no pool': [['-v', '-i', '{DIR}/old', NEW], file('old', 9 * MIB)],
  'inherit for a set': [['-v', '-i', '{DIR}/old', SET], TWO, existingPool('old', '-s', '9M')],
  'inherit everything': [
    ['-v', '-i', '{DIR}/old', NEW],
    existingPool('old', '-s', '9M', '-m', '640', '-l', 'hello'),
  ],
  'inherit with a type': [['obj', '-i', '{DIR}/old', NEW], existingPool('old', '-s', '9M')],
  'inherit, and say otherwise': [
    ['-v', '-i', '{DIR}/old', '-s', '10M', '-m', '600', '-l', 'other', NEW],
    existingPool('old', '-s', '9M', '-l', 'hello'),
  ],
  'inherit from a set': [['-v', '-i', SET, NEW], TWO, existingPool('my.set', '-l', 'hi')],
};

async function run(
  how: Run,
  args: readonly string[],
  prepare: readonly Prepare[],
): Promise<Outcome> {
  using scratch = scratchDirectory('resilver-create-');
  for (const step of prepare) step(scratch.path);
  return await how(scratch.path, args);
}

suite('create does and says what the reference does', () => {
  for (const [name, [args, ...prepare]] of Object.entries(SAME)) {
    test(name, async (t) => {
      if (!requires(t, 'pmempool')) return;
      assert.deepEqual(await run(ours, args, prepare), await run(theirs, args, prepare));
    });
  }
});

suite('create with max-size', () => {
  test('takes what the file system has left, but for a little', async (t) => {
    if (!requires(t, 'pmempool')) return;
    using disk = loopFileSystem(t, 'ext4', 64 * MIB);
    if (disk === undefined) return;
    const directory = join(disk.path, 'd');
    const attempt = async (how: Run): Promise<readonly [Outcome, number]> => {
      fs.mkdirSync(directory);
      const result = await how(directory, ['obj', '-M', '-v', NEW]);
      const { size } = fs.statSync(join(directory, 'new'));
      fs.rmSync(directory, { recursive: true });
      return [{ ...result, files: [] }, size];
    };
    const { bavail, bsize } = fs.statfsSync(disk.path);
    const [reference] = await attempt(theirs);
    const [own, size] = await attempt(ours);
    assert.deepEqual(own, reference);
    assert(size > 0.99 * bavail * bsize && size <= bavail * bsize, String(size));
  });

  test('says what there is before it looks at the file', async (t) => {
    if (!requires(t, 'pmempool')) return;
    const args = ['obj', '-M', '-v', NEW];
    const there = [file('new', 0)];
    const reference = withoutNumbers(await run(theirs, args, there));
    assert.deepEqual(withoutNumbers(await run(ours, args, there)), reference);
  });
});

suite('create does more than the reference', () => {
  test('an inherited layout is written', async (t) => {
    if (!requires(t, 'pmempool', 'libpmemobj')) return;
    using scratch = scratchDirectory('resilver-create-');
    existingPool('old', '-s', '16M', '-l', 'walk')(scratch.path);
    assert.equal((await ours(scratch.path, ['-i', '{DIR}/old', NEW])).exit, 0);
    walkFill(join(scratch.path, 'new'), { records: 10, blobs: 0 });
  });

  test('a set of what is no pool is said to be one without the errno of an earlier call', async (t) => {
    if (!requires(t, 'pmempool')) return;
    const prepare = [TWO, blankFiles('a', 'b')];
    const args = ['-v', '-i', SET, NEW];
    const { err, ...rest } = await run(theirs, args, prepare);
    const stale = '{DIR}/my.set: No such file or directory\n';
    assert(err.includes(stale), err);
    assert.deepEqual(await run(ours, args, prepare), { ...rest, err: err.replace(stale, '') });
  });

  test('a pool that is replaced without a size is made anew with the least, not only removed', async () => {
    const { exit, err, files } = await run(ours, ['obj', '-f', NEW], [file('new', 9 * MIB)]);
    assert.deepEqual([exit, err, files], [0, '', ['new 8388608 100664']]);
  });

  test('nothing is removed by force for a pool that cannot be made', async () => {
    const broken = set('8M {DIR}/a', '8M {DIR}/none/b');
    const { exit, files } = await run(ours, ['obj', '-f', SET], [broken, file('a', 9 * MIB)]);
    assert.equal(exit, 1);
    assert(files.includes(`a ${9 * MIB} 100644`), String(files));
  });

  test('blk and log pools are refused in one line', async () => {
    for (const args of [
      ['log', NEW],
      ['blk', '512', NEW],
    ]) {
      const { exit, out, err, files } = await run(ours, args, []);
      const text = 'error: creating pmemblk and pmemlog pools is not supported\n';
      assert.deepEqual([exit, out, err, files], [1, '', text, []]);
    }
  });
});

suite('a pool made by create', () => {
  const shapes: Readonly<Record<string, Prepare>> = {
    'two replicas of two parts': set(
      '16M {DIR}/a',
      '16M {DIR}/b',
      'REPLICA',
      '16M {DIR}/c',
      '20M {DIR}/d',
    ),
    SINGLEHDR: set('OPTION SINGLEHDR', '16M {DIR}/a', '16M {DIR}/b', 'REPLICA', '32M {DIR}/c'),
    directories: (directory) => {
      folder('d0')(directory);
      folder('d1')(directory);
      set('OPTION SINGLEHDR', '1G {DIR}/d0', 'REPLICA', '1G {DIR}/d1')(directory);
    },
    'blank files with something behind their first page': (directory) => {
      set('16M {DIR}/a')(directory);
      fs.writeFileSync(join(directory, 'a'), Buffer.alloc(16 * MIB, 0xa5).fill(0, 0, 4096));
    },
  };
  for (const [name, prepare] of Object.entries(shapes)) {
    test(`is filled and verified by libpmemobj: ${name}`, async (t) => {
      await opensWithLibrary(t, prepare, SET);
    });
  }
  test('is filled and verified by libpmemobj: one file', async (t) => {
    await opensWithLibrary(t, () => {}, NEW, '-s', '16M');
  });

  test('has no shutdown state when PMEMOBJ_CONF says so', async () => {
    using scratch = scratchDirectory('resilver-create-');
    const before = process.env['PMEMOBJ_CONF'];
    process.env['PMEMOBJ_CONF'] = 'heap.narenas.max=2;sds.at_create=0';
    try {
      assert.equal((await ours(scratch.path, ['obj', NEW])).exit, 0);
    } finally {
      if (before === undefined) delete process.env['PMEMOBJ_CONF'];
      else process.env['PMEMOBJ_CONF'] = before;
    }
    const head = fs.readFileSync(join(scratch.path, 'new')).subarray(0, 4096);
    assert.equal(poolHdr.decode(head).incompat, 2);
  });
});

async function opensWithLibrary(
  t: TestContext,
  prepare: Prepare,
  pool: string,
  ...options: string[]
): Promise<void> {
  if (!requires(t, 'libpmemobj')) return;
  using scratch = scratchDirectory('resilver-create-');
  prepare(scratch.path);
  const made = await ours(scratch.path, ['obj', '-l', 'walk', ...options, pool]);
  assert.equal(made.err, '');
  const target = pool.replace('{DIR}', scratch.path);
  const summary = walkFill(target, { records: 200, blobs: 3 });
  assert.deepEqual(walkVerify(target), { summary, ok: true, stderr: '' });
}

function withoutNumbers({ out, ...rest }: Outcome): Outcome {
  return { ...rest, out: out.replaceAll(/[\d.]+[KMGT] \[\d+\]/g, 'some') };
}
