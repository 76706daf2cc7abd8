/** Bad-block healing as the reference was seen to do it: who gives which bytes to whom. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { RangeSet } from '../../../src/base/index.ts';
import { judgeRecoveryFiles, parseRecoveryFile } from '../../../src/pool/recovery/index.ts';
import { copiesOf, plan, type SyncPlan } from '../../../src/pool/sync/index.ts';
import { surveyOf, syntheticSet } from '../../support/synthetic-set.ts';

interface HealVector {
  readonly name: string;
  readonly replicas_MiB: readonly (readonly number[])[];
  readonly options: readonly string[];
  readonly recovery: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly exit: number;
  readonly copied?: readonly (readonly [number, number, number, number, number])[];
}

const GOLDEN = join(import.meta.dirname, '../../golden/pool-vectors/pool-vectors.json');
const { heal_vectors: vectors } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as {
  heal_vectors: readonly HealVector[];
};

function healingPlan(vector: HealVector): SyncPlan {
  const { set, evidence } = syntheticSet({
    replicas: vector.replicas_MiB,
    singleHeader: vector.options.includes('SINGLEHDR'),
    sds: false,
  });
  const files = set.replicas.flatMap(({ parts }) =>
    parts.map((part) => {
      const ranges = vector.recovery[`r${part.replica}_p${part.index}`] ?? [];
      const text = `${ranges.map((pair) => pair.join(' ')).join('\n')}\n0 0\n`;
      return [`r${part.replica}p${part.index}`, parseRecoveryFile(text)] as const;
    }),
  );
  const badBlocks = {
    ...evidence.badBlocks,
    recovery: judgeRecoveryFiles(files),
    recoveryFiles: files.map(([name]) => name),
    fix: true,
  };
  return plan(surveyOf({ set, evidence: { ...evidence, badBlocks } }));
}

/** `[replica, part, file offset, length, source replica]`, with runs from one source joined. */
function copied(result: SyncPlan): readonly (readonly number[])[] {
  const rows = result.steps.flatMap((step) =>
    copiesOf(step).map(({ source, targetOffset, length }) => {
      assert('part' in step);
      return [step.part.replica, step.part.index, targetOffset, length, source.replica];
    }),
  );
  const joined: number[][] = [];
  for (const row of rows.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!)) {
    const last = joined.at(-1);
    const continues =
      last !== undefined &&
      last[0] === row[0] &&
      last[1] === row[1] &&
      row[2] === last[2]! + last[3]! &&
      last[4] === row[4];
    if (continues) last[3]! += row[3]!;
    else joined.push([...row]);
  }
  return joined;
}

suite('healing bad blocks', () => {
  for (const vector of vectors.filter(({ exit }) => exit === 0)) {
    if (vector.name === 'starts-in-header-of-second-part') continue;
    test(vector.name, () => {
      const result = healingPlan(vector);
      assert.deepEqual(result.refusals, []);
      assert.deepEqual(copied(result), vector.copied);
      assert.equal(result.steps.at(-1)!.kind, 'discard-records', 'the records go last');
    });
  }

  test('a header in a bad block costs its page and the blocks, not the part', () => {
    const vector = vectors.find(({ name }) => name === 'starts-in-header-of-second-part')!;
    const result = healingPlan(vector);
    assert.deepEqual(copied(result), [[1, 1, 4096, 8192, 0]]);
    assert.deepEqual(
      result.steps.map(({ kind }) => kind),
      ['patch-data', 'write-header', 'discard-records'],
    );
  });

  for (const vector of vectors.filter(({ exit }) => exit !== 0)) {
    test(`FF-PB-02: ${vector.name}`, () => {
      const result = healingPlan(vector);
      assert.deepEqual(
        result.refusals.map(({ code }) => code),
        ['uncorrectable'],
      );
      assert.deepEqual(result.refusals[0]!.data['ranges'], [{ offset: 6148096, end: 6152192 }]);
    });
  }

  test('ranges beyond the pool are not healed and do not matter', () => {
    const { set, evidence } = syntheticSet({ replicas: [[16], [24]], sds: false });
    const badBlocks = {
      ...evidence.badBlocks,
      asked: new Map([['r1p0', RangeSet.of({ offset: 20 << 20, end: (20 << 20) + 4096 })]]),
      fix: true,
    };
    const result = plan(surveyOf({ set, evidence: { ...evidence, badBlocks } }));
    assert.deepEqual(result.refusals, []);
    assert.deepEqual(copied(result), []);
  });
});
