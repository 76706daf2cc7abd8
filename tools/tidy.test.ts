import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deadFiles, sourcesNamedIn } from './tidy/dead-files.ts';
import { directionFault } from './tidy/direction.ts';
import { codesExplainedIn, codesIn } from './tidy/error-codes.ts';
import { leftoversIn } from './tidy/leftovers.ts';
import { findLongFunctions } from './tidy/long-functions.ts';
import { filesBelow, importsOf, readText, type Import } from './tidy/source-tree.ts';

const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 500;

/**
 * Functions that were longer when the limit came, with their length. They may shrink, not grow; an entry that is no longer needed
 * fails too. New entries need a reason: a switch over all states, a table of options.
 */
const LONG_FUNCTIONS: Readonly<Record<string, number>> = {};

/** Media that only tests use; the program never opens them. */
const FOR_TESTS = 'src/pool/media/memory/';

const sources = filesBelow('src', '.ts');
const files = new Set(sources);
const ours = ['src', 'test', 'tools', 'bench'].flatMap((folder) => filesBelow(folder, '.ts'));
const imports = sources.flatMap(importsOf);

function sample(from: string, specifier: string, to?: string): Import {
  return { from, specifier, to, typeOnly: false };
}

describe('rooms', () => {
  test('imports point from cli to pool to linux to base, through the doors of rooms', () => {
    const faults = imports.map((found) => directionFault(found, files)).filter(isDefined);
    assert.deepEqual(faults, []);
  });

  test('every kind of wrong import is a fault', () => {
    const wrong = [
      sample('src/base/x.ts', '../linux/index.ts', 'src/linux/index.ts'),
      sample('src/linux/x.ts', '../pool/index.ts', 'src/pool/index.ts'),
      sample('src/pool/check/x.ts', '../media/media.ts', 'src/pool/media/media.ts'),
      sample('src/pool/check/x.ts', '../survey/index.ts', 'src/pool/survey/index.ts'),
      sample('src/pool/sync/x.ts', '../media/file/y.ts', 'src/pool/media/file/y.ts'),
      sample('src/pool/media/memory/x.ts', '../file/y.ts', 'src/pool/media/file/y.ts'),
      sample('src/pool/media/file/x.ts', '../memory/y.ts', 'src/pool/media/memory/y.ts'),
      sample('src/pool/sync/x.ts', '../check/check-set.ts', 'src/pool/check/check-set.ts'),
      sample('src/cli/x.ts', '../pool/sync/apply.ts', 'src/pool/sync/apply.ts'),
      sample('src/pool/index.ts', '../../test/support/x.ts', 'test/support/x.ts'),
      sample('src/pool/sync/x.ts', 'node:fs'),
      sample('src/pool/check/x.ts', 'koffi'),
      sample('src/nowhere/x.ts', 'node:path'),
    ];
    for (const found of wrong) assert.ok(isDefined(directionFault(found, files)), found.from);
  });

  test('imports that the map allows are no fault', () => {
    const right = [
      sample('src/pool/check/x.ts', '../../base/index.ts', 'src/base/index.ts'),
      sample('src/pool/check/x.ts', './y.ts', 'src/pool/check/y.ts'),
      sample('src/pool/sync/x.ts', '../media/media.ts', 'src/pool/media/media.ts'),
      sample('src/cli/x.ts', '../pool/index.ts', 'src/pool/index.ts'),
      sample('src/linux/x.ts', 'koffi'),
    ];
    for (const found of right) assert.equal(directionFault(found, files), undefined);
  });

  test('imports are found in every spelling', () => {
    const own = new Set(importsOf('tools/tidy.test.ts').map(({ specifier }) => specifier));
    assert.ok(own.has('node:test'));
    assert.ok(own.has('./tidy/source-tree.ts'));
    assert.ok(imports.some(({ typeOnly, to }) => typeOnly && to === 'src/pool/media/media.ts'));
    assert.ok(imports.some(({ from, to }) => from === 'src/base/index.ts' && to !== undefined));
    assert.deepEqual(
      imports.filter(({ to }) => to !== undefined && !files.has(to) && !to.endsWith('.json')),
      [],
      'every import leads to a file',
    );
  });
});

describe('files', () => {
  test('every file is reached from an entry', () => {
    const named = ['package.json', ...filesBelow('bin', '')].flatMap((name) =>
      sourcesNamedIn(readText(name)),
    );
    const fromTests = filesBelow('test', '.ts')
      .flatMap(importsOf)
      .flatMap(({ to }) => (to?.startsWith(FOR_TESTS) === true ? [to] : []));
    assert.ok(named.length > 0);
    assert.deepEqual(deadFiles(sources, imports, [...named, ...fromTests]), []);
  });

  test('a file that only a dead file imports is dead too', () => {
    const chain = [sample('entry', './a', 'a'), sample('b', './c', 'c'), sample('c', './b', 'b')];
    assert.deepEqual(deadFiles(['entry', 'a', 'b', 'c'], chain, ['entry']), ['b', 'c']);
    assert.deepEqual(sourcesNamedIn('"x": "./dist/pool/index.js", "node src/cli/start.ts"'), [
      'src/pool/index.ts',
      'src/cli/start.ts',
    ]);
  });

  test(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
    const long = ours
      .map((file) => ({ file, lines: readText(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    assert.deepEqual(long, []);
  });

  test(`no function is longer than ${FUNCTION_LINES_MAX} lines, but for the known ones`, () => {
    const folders = ['src', 'tools', 'bench', 'test/support'];
    const long = findLongFunctions(folders, FUNCTION_LINES_MAX).filter(
      ({ where }) => !where.includes('.test.ts'),
    );
    const grown = long.filter(({ where, lines }) => lines > (LONG_FUNCTIONS[where] ?? 0));
    assert.deepEqual(grown, []);
    const names = new Set(long.map(({ where }) => where));
    assert.deepEqual(
      Object.keys(LONG_FUNCTIONS).filter((where) => !names.has(where)),
      [],
      'entries that are no longer needed',
    );
  });

  test('the measure of functions finds some where the limit is low', () => {
    const found = findLongFunctions(['src/base'], 10);
    assert.ok(found.length > 0);
    for (const { lines } of found) assert.ok(lines > 10);
  });
});

describe('texts', () => {
  test('nobody has left a note to come back to', () => {
    const texts = [
      ...ours,
      ...['bin', 'docs', '.ci'].flatMap((folder) => filesBelow(folder, '')),
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
    ];
    const found = texts.flatMap((name) =>
      leftoversIn(readText(name)).map((line) => `${name}:${line}`),
    );
    assert.deepEqual(found, []);
  });

  test('notes and forgotten debugging are found', () => {
    // With a dash in each, so that this file does not find its own samples.
    for (const line of ['// TO-DO: later', "test-.only('x', f);", '  debug-ger;']) {
      assert.equal(leftoversIn(`first\n${line.replace('-', '')}\n`).length, 1, line);
    }
    assert.deepEqual(leftoversIn("mkdtemp('a-XXXXXX'); // only: once"), []);
  });

  test('every code of an error, finding or refusal is explained in docs/operating/errors.md', () => {
    const codes = new Set(sources.flatMap((file) => codesIn(readText(file))));
    const explained = codesExplainedIn(readText('docs/operating/errors.md'));
    assert.ok(codes.has('usage') && codes.has('part-missing'));
    assert.deepEqual(
      [...codes].filter((code) => !explained.has(code)),
      [],
    );
  });

  test('codes are found in every spelling', () => {
    const text = `super('one', m); super(\n  'two',\n m); return [{ code: 'three', message }];
      export type FindingCode =\n  | 'four-a'\n  | 'five';`;
    assert.deepEqual(codesIn(text), ['one', 'two', 'three', 'four-a', 'five']);
  });
});

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
