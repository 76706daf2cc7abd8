import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { MIB } from '../../../src/base/index.ts';
import { scratchDirectory } from '../../support/pool-fixture.ts';
import { freshPool, overwrite, resilver } from '../run-resilver.ts';

const DOCUMENTATION = fs.readFileSync(
  path.join(import.meta.dirname, '../../../docs/operating/json.md'),
  'utf8',
);

/** Every name that the documentation sets in backticks, taken apart at dots: `plan.steps[]` explains both. */
const EXPLAINED = new Set(
  [...DOCUMENTATION.replaceAll(/```[^]*?```/g, '').matchAll(/`([^`]+)`/g)].flatMap(([, text]) =>
    text!.split(/[^\w-]+/),
  ),
);

/** Facts that differ from code to code: the documentation speaks of them as a whole. */
const BY_CODE = new Set(['data']);

function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    return [[name], BY_CODE.has(name) ? [] : namesIn(inner)].flat();
  });
}

function documentOf(args: readonly string[]): Record<string, unknown> {
  const { stdout, stderr } = resilver([...args, '--json']);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Record<string, unknown>;
}

suite('docs/operating/json.md', () => {
  test('explains every field and outcome of every document', () => {
    using scratch = scratchDirectory();
    const sizes = [8 * MIB, 8 * MIB, 8 * MIB];
    const { set, part } = freshPool(scratch.path, [sizes, sizes]);
    const documents = [documentOf(['pool', 'check', set]), documentOf(['pool', 'info', set])];
    overwrite(part('r1p1'), 5 * MIB, 'another moment');
    documents.push(
      documentOf(['pool', 'compare', set]),
      documentOf(['pool', 'sync', '--compare', set]),
    );
    fs.unlinkSync(part('r0p2'));
    overwrite(part('r1p0'), 0, 'x');
    documents.push(
      documentOf(['pool', 'check', set]),
      documentOf(['pool', 'compare', set]),
      documentOf(['pool', 'sync', set]),
      documentOf(['pool', 'sync', '--combine', '--dry-run', set]),
      documentOf(['pool', 'sync', '--combine', '--verify', set]),
      documentOf(['pool', 'sync', '--heal-from', '0', set]),
      documentOf(['pool', 'rm', '--yes', set]),
      documentOf(['pool', 'sync', set]),
      documentOf(['pool', 'create', set]),
      documentOf(['pool', 'sync', `${set}.not`]),
      documentOf(['pool', 'sync']),
    );
    const outcomes = documents.flatMap(({ outcome }) =>
      typeof outcome === 'string' ? [outcome] : [],
    );
    assert.deepEqual(outcomes, [
      'healthy',
      'healthy',
      'different',
      'damaged',
      'damaged',
      'different',
      'refused',
      'planned',
      'not-repaired',
      'repaired',
      'removed',
      'refused',
      'created',
    ]);
    const unexplained = new Set(documents.flatMap(namesIn).filter((name) => !EXPLAINED.has(name)));
    assert.deepEqual([...unexplained], []);
    for (const outcome of outcomes) assert.ok(EXPLAINED.has(outcome), outcome);
    for (const { schema } of documents) assert.equal(schema, 1);
  });
});
