import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { SystemError } from '../../../src/base/index.ts';
import {
  parsePoolSet,
  partFileName,
  type PathKind,
  type PathLookup,
  type PoolSetParse,
} from '../../../src/pool/poolset/index.ts';
import { makePool, MIB, scratchDirectory } from '../../support/pool-fixture.ts';
import { referencePmempool, requires } from '../../support/requirements.ts';

const HEAD = 'PMEMPOOLSET\nOPTION SINGLEHDR\n';

/** A file system of the given files; their directories exist, and `/a`, `/b`, `/c` always do. */
function lookup(files: Readonly<Record<string, number | PathKind>>): PathLookup {
  const directories = new Set([
    '/a',
    '/b',
    '/c',
    ...Object.keys(files).map((file) => dirname(file)),
  ]);
  return {
    kind(path) {
      const found = files[path];
      if (typeof found === 'number') return { kind: 'file', size: found };
      return found ?? (directories.has(path) ? { kind: 'directory' } : { kind: 'missing' });
    },
    list: (directory) =>
      Object.keys(files)
        .filter((file) => dirname(file) === directory)
        .map((file) => basename(file)),
  };
}

function parse(text: string, found: PathLookup): PoolSetParse {
  return parsePoolSet(Buffer.from(HEAD + text), 'my.set', found);
}

/** Path and size of the parts of each replica. */
function parts(parsed: PoolSetParse): readonly (readonly (readonly [string, number])[])[] {
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.set.replicas.map((replica) =>
    replica.parts.map((part) => [part.path, part.fileSize] as const),
  );
}

function texts(parsed: PoolSetParse): readonly string[] {
  assert(!parsed.ok);
  return parsed.problems.map(({ text, near, errno }) => `${near ?? '-'} ${errno} ${text}`);
}

suite('parts in directories', () => {
  test('a set of empty directories has replicas without parts', () => {
    const parsed = parse('64M /a\nREPLICA\n64M /b\n', lookup({}));
    assert.deepEqual(parts(parsed), [[], []]);
    assert(parsed.ok && parsed.set.directoryBased);
    assert.deepEqual(parsed.set.replicas[1]!.directories, [
      { path: '/b', reservation: 64 * MIB, line: 5 },
    ]);
  });

  test('digits and .pmem make a part, other names do not', () => {
    const found = lookup({
      '/a/000000.pmem': 8,
      '/a/1.pmem': 9,
      '/a/x1.pmem': 1,
      '/a/2.pmem~': 1,
      '/a/.pmem': 1,
      '/a/2.PMEM': 1,
      '/a/-2.pmem': 1,
    });
    assert.deepEqual(parts(parse('64M /a\n', found)), [
      [
        ['/a/000000.pmem', 8],
        ['/a/1.pmem', 9],
      ],
    ]);
  });

  test('numbers run over all directories of a replica, whatever the order of names', () => {
    const found = lookup({
      '/a/10.pmem': 1,
      ...Object.fromEntries(
        Array.from({ length: 10 }, (_, n) => [
          `/${n % 2 === 0 ? 'a' : 'b'}/${partFileName(n)}`,
          n + 100,
        ]),
      ),
    });
    const [replica] = parts(parse('64M /a\n64M /b\n', found));
    assert.deepEqual(
      replica!.map(([, size]) => size),
      [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 1],
    );
    assert.equal(replica![3]![0], '/b/000003.pmem');
  });

  test('what one replica lacks is missing from its first directory, with the size that another has', () => {
    const found = lookup({ '/a/000000.pmem': 8, '/a/000001.pmem': 9, '/c/000000.pmem': 8 });
    assert.deepEqual(parts(parse('64M /a\nREPLICA\n64M /b\n64M /c\n', found))[1], [
      ['/c/000000.pmem', 8],
      ['/b/000001.pmem', 9],
    ]);
  });

  test('also a part in the middle, and a first part', () => {
    const found = lookup({
      '/a/000000.pmem': 8,
      '/a/000002.pmem': 8,
      '/b/000001.pmem': 9,
      '/b/000002.pmem': 8,
    });
    assert.deepEqual(parts(parse('64M /a\nREPLICA\n64M /b\n', found)), [
      [
        ['/a/000000.pmem', 8],
        ['/a/000001.pmem', 9],
        ['/a/000002.pmem', 8],
      ],
      [
        ['/b/000000.pmem', 8],
        ['/b/000001.pmem', 9],
        ['/b/000002.pmem', 8],
      ],
    ]);
  });

  test('a part keeps the size that it has', () => {
    const found = lookup({ '/a/000000.pmem': 8, '/b/000000.pmem': 9 });
    assert.deepEqual(parts(parse('64M /a\nREPLICA\n64M /b\n', found)), [
      [['/a/000000.pmem', 8]],
      [['/b/000000.pmem', 9]],
    ]);
  });

  test('a link to nowhere is a missing part', () => {
    const found = lookup({ '/a/000000.pmem': { kind: 'missing' }, '/b/000000.pmem': 8 });
    assert.deepEqual(parts(parse('64M /a\nREPLICA\n64M /b\n', found))[0], [['/a/000000.pmem', 8]]);
  });
});

suite('what is wrong in directories', () => {
  test('a part that no replica has', () => {
    const found = lookup({
      '/a/000000.pmem': 8,
      '/b/000003.pmem': 8,
      [`/b/${'9'.repeat(400)}.pmem`]: 8,
    });
    assert.deepEqual(texts(parse('64M /a\nREPLICA\n64M /b\n', found)), [
      '- ENOENT part 1 is missing in every replica, but part 3 exists',
    ]);
  });

  test('two files that claim one number', () => {
    const found = lookup({ '/a/000000.pmem': 8, '/b/0.pmem': 8 });
    assert.deepEqual(texts(parse('64M /a\n64M /b\n', found)), [
      '- EEXIST "/a/000000.pmem" and "/b/0.pmem" claim to be the same part',
    ]);
    assert(
      parse('64M /a\nREPLICA\n64M /b\n', found).ok,
      'in different replicas they are no rivals',
    );
  });

  test('a part that is no regular file, or cannot be looked at', () => {
    const found = lookup({
      '/a/0.pmem': { kind: 'directory' },
      '/a/1.pmem': { kind: 'error', errno: 'EACCES' },
    });
    assert.deepEqual(texts(parse('64M /a\n', found)), [
      '3 EINVAL cannot use part file "/a/0.pmem": not a regular file',
      '3 EACCES cannot use part file "/a/1.pmem": Permission denied',
    ]);
  });

  test('a directory that cannot be read', () => {
    const denied: PathLookup = {
      kind: () => ({ kind: 'directory' }),
      list: (path) => {
        throw new SystemError(`Cannot list ${path}`, { errno: 'EACCES', syscall: 'readdir', path });
      },
    };
    assert.deepEqual(texts(parse('64M /a\n', denied)), [
      '3 EACCES cannot open directory "/a": Permission denied',
    ]);
  });

  test('an error that is no system error is our bug and passes', () => {
    const broken: PathLookup = {
      kind: () => ({ kind: 'directory' }),
      list: () => {
        throw new TypeError('bug');
      },
    };
    assert.throws(() => parse('64M /a\n', broken), TypeError);
  });

  test('directories are not read when the file has other problems', () => {
    const unread: PathLookup = {
      kind: () => ({ kind: 'directory' }),
      list: () => assert.fail('read'),
    };
    assert.deepEqual(texts(parse('64M /a\nfoo\n', unread)), [
      '- EINVAL invalid token found in the current line',
    ]);
  });
});

test('the reference and we find the same missing part', (t: TestContext) => {
  if (!requires(t, 'pmempool')) return;
  using scratch = scratchDirectory();
  const shape = { replicas: [[64 * MIB], [64 * MIB]], singleHeader: true, directories: true };
  const pool = makePool(scratch.path, shape);
  const [, lost] = pool.parts.map(([part]) => part!);
  rmSync(lost!);
  const directories = pool.parts.map(([part]) => dirname(part!));
  const onDisk: PathLookup = {
    kind: (path) => {
      if (directories.includes(path)) return { kind: 'directory' };
      return path === lost ? { kind: 'missing' } : { kind: 'file', size: 8 * MIB };
    },
    list: (directory) => readdirSync(directory),
  };
  const text = `64M ${directories[0]!}\nREPLICA\n64M ${directories[1]!}\n`;
  assert.deepEqual(parts(parse(text, onDisk))[1], [[lost, 8 * MIB]]);
  const run = spawnSync(referencePmempool(), ['sync', pool.set], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(readdirSync(directories[1]!), [basename(lost!)]);
});
