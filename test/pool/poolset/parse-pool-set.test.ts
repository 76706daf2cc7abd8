import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import {
  allParts,
  isPoolSetFile,
  parsePoolSet,
  POOLSET_SIGNATURE,
  type PathKind,
  type PathLookup,
  type PoolSet,
  type PoolSetProblem,
} from '../../../src/pool/poolset/index.ts';
import { contentOf, lookupOf, problemsOf, SET_FILE_CASES } from './set-file-cases.ts';

const RUNS = Number(process.env['RESILVER_FUZZ_RUNS'] ?? 300);
const DIRECTORY = '/pools';
const NOTHING: PathLookup = { kind: () => ({ kind: 'missing' }), list: () => [] };

function parse(text: string, lookup = NOTHING): PoolSet {
  const parsed = parsePoolSet(Buffer.from(text), 'my.set', lookup);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.set;
}

function problems(text: string, lookup = NOTHING): readonly PoolSetProblem[] {
  const parsed = parsePoolSet(Buffer.from(text), 'my.set', lookup);
  return parsed.ok ? [] : parsed.problems;
}

suite('problems of a set file', () => {
  for (const setFile of SET_FILE_CASES) {
    test(setFile.name, () => {
      const content = contentOf(setFile, DIRECTORY);
      const parsed = parsePoolSet(content, 'my.set', lookupOf(DIRECTORY));
      assert.deepEqual(parsed.ok ? [] : parsed.problems, problemsOf(setFile, DIRECTORY));
    });
  }

  test('case names are unique', () => {
    assert.equal(new Set(SET_FILE_CASES.map(({ name }) => name)).size, SET_FILE_CASES.length);
  });

  test('another kind of file is only said to lack the signature', () => {
    for (const text of [
      '',
      'P',
      'foo\nbar\n',
      'pmempoolset\nfoo\n',
      '\nPMEMPOOLSET\n',
      '# x\nPMEMPOOLSET\n',
    ]) {
      assert.deepEqual(
        problems(text).map(({ line }) => line),
        [1],
        JSON.stringify(text),
      );
    }
  });
});

suite('recognition of set files', () => {
  test('eleven bytes decide', () => {
    const rows = [
      ['PMEMPOOLSET', true],
      ['PMEMPOOLSET\n', true],
      ['PMEMPOOLSETS', true],
      ['PMEMPOOLSE', false],
      ['pmempoolset', false],
      [' PMEMPOOLSET', false],
      ['', false],
      ['PMEMOBJ\0\0\0\0\0', false],
    ] as const;
    for (const [text, expected] of rows) {
      assert.equal(isPoolSetFile(Buffer.from(text)), expected, JSON.stringify(text));
    }
    assert.equal(POOLSET_SIGNATURE.length, 11);
  });
});

suite('the model of a set file', () => {
  test('replicas and parts in the order of their lines', () => {
    const set = parse(
      'PMEMPOOLSET\n\n8M /a\n# x\n16MiB /b\nREPLICA\nOPTION SINGLEHDR\n9000kB /c\n',
    );
    assert.equal(set.path, 'my.set');
    assert.deepEqual(set.options, { singleHeader: true, noHeaders: false });
    assert.equal(set.directoryBased, false);
    assert.deepEqual(
      allParts(set).map(({ replica, index, path, fileSize, kind, line }) => [
        replica,
        index,
        path,
        fileSize,
        kind,
        line,
      ]),
      [
        [0, 0, '/a', 8388608, 'file', 3],
        [0, 1, '/b', 16777216, 'file', 5],
        [1, 0, '/c', 9000000, 'file', 8],
      ],
    );
  });

  test('paths are UTF-8 and keep every character', () => {
    const path = '/dir/é\u{1F600}\u00a0\ufeff"\\';
    assert.equal(allParts(parse(`PMEMPOOLSET\n8M ${path}\n`))[0]!.path, path);
  });

  test('comments need not be UTF-8', () => {
    const content = Buffer.from('PMEMPOOLSET\n8M /a #\xff\n#\xff\n', 'latin1');
    assert(parsePoolSet(content, 'my.set', NOTHING).ok);
  });

  test('a view into a larger buffer is read as itself', () => {
    const buffer = Buffer.from('xxPMEMPOOLSET\n8M /a\nyy');
    assert(parsePoolSet(buffer.subarray(2, buffer.length - 2), 'my.set', NOTHING).ok);
  });
});

const dax = (alignment: number): PathLookup => ({
  kind: (path): PathKind =>
    path.startsWith('/dev/dax') ? { kind: 'dax', size: 64 << 20, alignment } : { kind: 'missing' },
  list: () => [],
});

suite('device DAX', () => {
  const MIXED = 'either all the parts must be Device DAX or none';
  const ALIGNMENT =
    'Multiple DAX devices with alignment other than 4KB. Use the SINGLEHDR poolset option.';

  test('AUTO takes the size of the device, a number is kept', () => {
    const set = parse('PMEMPOOLSET\nAUTO /dev/dax0.0\nREPLICA\n32M /dev/dax1.0\n', dax(2 << 20));
    assert.deepEqual(
      allParts(set).map(({ kind, fileSize }) => [kind, fileSize]),
      [
        ['dax', 64 << 20],
        ['dax', 32 << 20],
      ],
    );
  });

  test('a replica is all devices or all files', () => {
    const text = 'PMEMPOOLSET\nAUTO /dev/dax0.0\nREPLICA\n8M /a\nAUTO /dev/dax1.0\n';
    assert.deepEqual(problems(text, dax(4096)), [{ text: MIXED, near: 4, errno: 'EINVAL' }]);
    assert.deepEqual(problems('PMEMPOOLSET\nAUTO /dev/dax0.0\nREPLICA\n8M /a\n', dax(4096)), []);
  });

  test('several devices of a larger alignment need SINGLEHDR', () => {
    const two = 'AUTO /dev/dax0.0\nAUTO /dev/dax1.0\n';
    const found = [{ text: ALIGNMENT, near: 3, errno: 'EINVAL' }];
    assert.deepEqual(problems(`PMEMPOOLSET\n${two}`, dax(2 << 20)), found);
    assert.deepEqual(problems(`PMEMPOOLSET\n${two}`, dax(4096)), []);
    assert.deepEqual(problems(`PMEMPOOLSET\n${two}OPTION SINGLEHDR\n`, dax(2 << 20)), []);
    assert.deepEqual(problems(`PMEMPOOLSET\n${two}OPTION NOHDRS\n`, dax(2 << 20)), []);
    const apart = 'AUTO /dev/dax0.0\nREPLICA\nAUTO /dev/dax1.0\n';
    assert.deepEqual(problems(`PMEMPOOLSET\n${apart}`, dax(2 << 20)), []);
  });
});

function checkModel(set: PoolSet): void {
  assert(set.replicas.length > 0);
  for (const replica of set.replicas) {
    assert.equal(replica.directories.length > 0, set.directoryBased);
    assert(set.directoryBased || replica.parts.length > 0);
    assert(Number.isSafeInteger(replica.capacity));
  }
  assert(allParts(set).every((part) => part.fileSize > 0 && part.path.startsWith('/')));
}

function checkProblems(found: readonly PoolSetProblem[], bytes: Uint8Array): void {
  const newlines = bytes.filter((byte) => byte === 10).length;
  assert(found.length > 0);
  for (const { text, line = 1, near = 1 } of found) {
    assert(text !== '' && line >= 1 && line <= newlines + 2 && near >= 1 && near <= newlines + 1);
  }
}

suite('arbitrary set files', () => {
  const kinds: readonly PathKind[] = [
    { kind: 'missing' },
    { kind: 'file', size: 8 << 20 },
    { kind: 'directory' },
    { kind: 'dax', size: 64 << 20, alignment: 2 << 20 },
    { kind: 'other' },
    { kind: 'error', errno: 'EACCES' },
  ];
  const lookup: PathLookup = {
    kind: (path) => kinds[path.length % kinds.length]!,
    list: (directory) => [`${directory.length % 3}.pmem`, '00001.pmem', 'x.pmem'],
  };
  const word = fc.constantFrom(
    'PMEMPOOLSET',
    'OPTION',
    'SINGLEHDR',
    'NOHDRS',
    'REPLICA',
    '10M',
    '9G',
    'AUTO',
    '0',
    '-1',
    '/a',
    '/ab',
    '/abc',
    '/abcd',
    '/abcde',
    '/abcdef',
    'host',
    'desc',
    '#',
    ' ',
    '\t',
    '\r',
    '\n',
    '\n',
    '\n',
    '\0',
    '\xff',
  );
  const setLike = fc
    .array(word, { maxLength: 60 })
    .map((words) => Buffer.from(`PMEMPOOLSET\n${words.join(' ')}`, 'latin1'));
  const lines = fc
    .array(
      fc.constantFrom(
        '10M /a',
        '9000K /abcdef',
        '1G /abcde',
        'REPLICA',
        'OPTION SINGLEHDR',
        'REPLICA h d',
        '',
        '# x',
        '10M',
        'AUTO /abc',
        '300M /ab',
      ),
      { maxLength: 12 },
    )
    .map((all) => Buffer.from(`PMEMPOOLSET\n${all.join('\n')}\n`));
  const content = fc.oneof(fc.uint8Array({ maxLength: 300 }), setLike, lines);

  test('give a sound model or problems in the file, never an exception', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const parsed = parsePoolSet(bytes, 'my.set', lookup);
        if (parsed.ok) checkModel(parsed.set);
        else checkProblems(parsed.problems, bytes);
      }),
      { numRuns: RUNS },
    );
  });
});
