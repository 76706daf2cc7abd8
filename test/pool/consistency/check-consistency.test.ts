import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import {
  checkConsistency,
  type CheckedHeader,
  type ConsistencyEvent,
  type ConsistencyInput,
  type ConsistencyOptions,
  type ConsistencyResult,
} from '../../../src/pool/consistency/index.ts';
import {
  hasValidChecksum,
  INCOMPAT_CKSUM_2K,
  poolHdr,
  sealPoolHdr,
  SDS_SIZE,
  shutdownState,
  shutdownStateChecksum,
  type PoolHdr,
} from '../../../src/pool/layout/index.ts';
import { syntheticSet } from '../../support/synthetic-set.ts';

const LOOK: ConsistencyOptions = { repair: false, advanced: false };
const REPAIR: ConsistencyOptions = { repair: true, advanced: true };

function input(
  replicas: readonly (readonly number[])[] = [
    [8, 8],
    [8, 8],
  ],
  options: { readonly singleHeader?: boolean; readonly isSet?: boolean } = {},
): ConsistencyInput {
  const { evidence } = syntheticSet({ replicas, singleHeader: options.singleHeader ?? false });
  const headers = evidence.replicas.map(({ parts }, replica) =>
    parts.flatMap((found, part) =>
      found.kind === 'present' && found.header !== undefined
        ? [{ replica, part, bytes: found.header }]
        : [],
    ),
  );
  return {
    headers,
    isSet: options.isSet ?? true,
    current: headers.map(() => ({ usc: 0n, uuid: 0n })),
  };
}

function edit(
  given: ConsistencyInput,
  [replica, part]: readonly [number, number],
  change: (bytes: Uint8Array) => void,
): ConsistencyInput {
  const headers = given.headers.map((parts, r) =>
    parts.map((header, p) => {
      if (r !== replica || p !== part) return header;
      const bytes = header.bytes.slice();
      change(bytes);
      return { replica: header.replica, part: header.part, bytes };
    }),
  );
  return { headers, isSet: given.isSet, current: given.current };
}

const forge =
  (fields: Partial<PoolHdr>) =>
  (bytes: Uint8Array): void => {
    poolHdr.patch(bytes, fields);
    sealPoolHdr(bytes);
  };

function sds(fields: { readonly usc: bigint; readonly dirty: number }): Uint8Array {
  const state = new Uint8Array(SDS_SIZE);
  shutdownState.patch(state, fields);
  shutdownState.patch(state, { checksum: shutdownStateChecksum(state) });
  return state;
}

const LOST = sds({ usc: 3n, dirty: 1 });

interface Run {
  readonly result: ConsistencyResult;
  readonly events: readonly ConsistencyEvent[];
  /** What was said, without the steps that went well: `level what place`. */
  readonly said: readonly string[];
}

function run(
  given: ConsistencyInput,
  options: ConsistencyOptions,
  answer: (question: ConsistencyEvent, index: number) => boolean = () => true,
): Run {
  const events: ConsistencyEvent[] = [];
  const steps = checkConsistency(given, options);
  let questions = 0;
  let next = steps.next();
  while (next.done !== true) {
    const event = next.value;
    events.push(event);
    next = steps.next(event.level === 'question' && answer(event, questions++));
  }
  const quiet = /^(checking|.*-correct$)/;
  const said = events
    .filter(({ what }) => !quiet.test(what))
    .map(({ level, what, replica, part }) => {
      const place =
        replica === undefined ? '' : ` r${replica}${part === undefined ? '' : `p${part}`}`;
      return `${level} ${what}${place}`;
    });
  return { result: next.value, events, said };
}

const twice = (...words: readonly string[]): readonly string[] => [...words, ...words];

const OTHER = 'ab'.repeat(16);

suite('a look at a pool', () => {
  test('finds a healthy set consistent and names every step in order', () => {
    const { result, events } = run(input(), LOOK);
    assert.deepEqual(result, { verdict: 'consistent', changed: [] });
    assert.deepEqual(
      events.map(({ what }) => what),
      [
        ...twice('checking-shutdown-state', 'shutdown-state-correct'),
        ...twice('checking-header', 'header-correct'),
        ...twice('checking-header', 'header-correct'),
      ],
    );
  });

  const rows: readonly {
    readonly name: string;
    readonly given: ConsistencyInput;
    readonly said: readonly string[];
    readonly verdict: ConsistencyResult['verdict'];
  }[] = [
    {
      name: 'a header of zeros',
      given: edit(input(), [1, 1], (bytes) => bytes.fill(0)),
      said: ['error header-zero r1p1'],
      verdict: 'not-consistent',
    },
    {
      name: 'a wrong checksum',
      given: edit(input(), [0, 1], (bytes) => poolHdr.patch(bytes, { major: 9 })),
      said: ['error header-checksum r0p1'],
      verdict: 'not-consistent',
    },
    {
      name: 'an unknown signature, which also leaves the pool type unknown',
      given: edit(input(), [0, 0], forge({ signature: new Uint8Array(8).fill(65) })),
      said: ['error header-signature r0p0'],
      verdict: 'not-consistent',
    },
    {
      name: 'a part of another set',
      given: edit(input(), [1, 0], forge({ poolsetUuid: OTHER })),
      said: ['error various-pool-sets'],
      verdict: 'not-consistent',
    },
    {
      name: 'a header that nobody knows by its uuid',
      given: edit(input(), [0, 0], forge({ uuid: OTHER })),
      said: ['error uuid-ambiguous r0p0'],
      verdict: 'not-consistent',
    },
    {
      name: 'a wrong link to a part',
      given: edit(input([[8, 8, 8]]), [0, 0], forge({ nextPartUuid: OTHER })),
      said: ['error link-invalid r0p0'],
      verdict: 'not-consistent',
    },
    {
      name: 'a wrong link to a replica in a later part',
      given: edit(input(), [1, 1], forge({ prevReplUuid: OTHER })),
      said: ['error link-invalid r1p1'],
      verdict: 'not-consistent',
    },
    {
      name: 'power lost in one of two replicas, which sync repairs',
      given: edit(input(), [1, 0], forge({ sds: LOST })),
      said: [],
      verdict: 'sync-required',
    },
    {
      name: 'power lost in all replicas',
      given: edit(edit(input(), [0, 0], forge({ sds: LOST })), [1, 0], forge({ sds: LOST })),
      said: ['error power-lost r0'],
      verdict: 'not-consistent',
    },
    {
      name: 'other hardware below a pool that was closed',
      given: edit(input([[8]]), [0, 0], forge({ sds: sds({ usc: 3n, dirty: 0 }) })),
      said: [],
      verdict: 'consistent',
    },
    {
      name: 'a dirty state that nobody maintains',
      given: edit(input([[8]]), [0, 0], forge({ incompat: INCOMPAT_CKSUM_2K, sds: LOST })),
      said: ['error shutdown-state-dirty r0'],
      verdict: 'not-consistent',
    },
    {
      name: 'links of a part by itself, which lead out of sight',
      given: edit(input([[8]], { isSet: false }), [0, 0], forge({ nextPartUuid: OTHER })),
      said: [],
      verdict: 'consistent',
    },
  ];
  for (const { name, given, said, verdict } of rows) {
    test(`sees ${name}`, () => {
      const seen = run(given, LOOK);
      assert.deepEqual([seen.said, seen.result], [said, { verdict, changed: [] }]);
    });
  }
});

suite('a repair', () => {
  test('sets a link and the checksum when both are accepted', () => {
    const given = edit(input([[8, 8, 8]]), [0, 1], forge({ nextPartUuid: OTHER }));
    const { result, said } = run(given, REPAIR);
    assert.deepEqual(said, [
      'question link-invalid r0p1',
      'info setting-link r0p1',
      'question checksum-outdated r0p1',
      'info setting-checksum r0p1',
    ]);
    assert.equal(result.verdict, 'repaired');
    assert.deepEqual(
      result.changed.map(({ replica, part }) => [replica, part]),
      [[0, 1]],
    );
    assert.ok(hasValidChecksum(result.changed[0]!.bytes));
    assert.equal(run(replace(given, result.changed), LOOK).result.verdict, 'consistent');
  });

  test('leaves the checksum alone unless it is advanced, and then changes nothing', () => {
    const given = edit(input(), [1, 1], forge({ nextReplUuid: OTHER }));
    const { result, said } = run(given, { repair: true, advanced: false });
    assert.deepEqual(said.slice(-2), ['info needs-advanced r1p1', 'error checksum-outdated r1p1']);
    assert.deepEqual(result, { verdict: 'cannot-repair', changed: [] });
  });

  test('asks about all links of a header before it sets the first, and reverts when one is declined', () => {
    const given = edit(input(), [0, 1], forge({ uuid: OTHER }));
    const { result, said } = run(given, REPAIR, (_, index) => index === 0);
    assert.deepEqual(said, [
      'question link-invalid r0p0',
      'question link-invalid r0p0',
      'info setting-link r0p0',
      'error reverting',
    ]);
    assert.deepEqual(result, { verdict: 'not-consistent', changed: [] });
  });

  test('forgets what it has set when a later header cannot be repaired', () => {
    const given = edit(input([[8, 8, 8]]), [0, 1], forge({ uuid: OTHER }));
    const { result, said } = run(given, REPAIR);
    assert.equal(said.at(-1), 'error uuid-ambiguous r0p1');
    assert.deepEqual(result, { verdict: 'not-consistent', changed: [] });
  });

  test('does not know how to make a header', () => {
    const zero = edit(input(), [1, 0], (bytes) => bytes.fill(0));
    assert.deepEqual(run(zero, REPAIR).said, ['error repair-unsupported']);
    const unknown = edit(input(), [0, 0], (bytes) => bytes.fill(0));
    const { said, result } = run(unknown, REPAIR);
    assert.deepEqual([said, result.verdict], [['error pool-type-unknown'], 'cannot-repair']);
  });

  test('resets the first shutdown state that it may, and leaves the other to sync', () => {
    const given = edit(edit(input(), [0, 0], forge({ sds: LOST })), [1, 0], forge({ sds: LOST }));
    const { result, said } = run(given, REPAIR, (_, index) => index === 1);
    assert.deepEqual(said, [
      'question power-lost r0',
      'question power-lost r1',
      'info resetting-shutdown-state r1',
    ]);
    assert.equal(result.verdict, 'sync-required');
    assert.deepEqual(
      result.changed.map(({ replica }) => replica),
      [1],
    );
    assert.ok(poolHdr.decode(result.changed[0]!.bytes).sds.every((byte) => byte === 0));
    const none = run(given, REPAIR, () => false);
    assert.deepEqual(none.result, { verdict: 'not-consistent', changed: [] });
  });
});

function replace(given: ConsistencyInput, changed: readonly CheckedHeader[]): ConsistencyInput {
  return changed.reduce(
    (sum, { replica, part, bytes }) => edit(sum, [replica, part], (old) => old.set(bytes)),
    given,
  );
}

suite('any damage to headers', () => {
  const place = fc.record({
    replica: fc.nat(1),
    part: fc.nat(2),
    offset: fc.nat(4095),
    value: fc.integer({ min: 0, max: 255 }),
    seal: fc.boolean(),
  });

  test('changes no input; a repair ends in a pool that a look finds consistent, or in no change', () => {
    fc.assert(
      fc.property(fc.array(place, { maxLength: 4 }), fc.array(fc.boolean()), (edits, answers) => {
        const given = edits.reduce(
          (sum, { replica, part, offset, value, seal }) =>
            edit(sum, [replica, part], (bytes) => {
              bytes[offset] = value;
              if (seal) sealPoolHdr(bytes);
            }),
          input([
            [8, 8, 8],
            [8, 8, 8],
          ]),
        );
        const before = given.headers.flat().map(({ bytes }) => bytes.slice());
        const { result } = run(given, REPAIR, (_, index) => answers[index] ?? true);
        assert.deepEqual(
          given.headers.flat().map(({ bytes }) => bytes),
          before,
        );
        const after = run(replace(given, result.changed), LOOK).result.verdict;
        if (result.verdict === 'repaired') assert.equal(after, 'consistent');
        else if (result.verdict !== 'sync-required') assert.deepEqual(result.changed, []);
      }),
      { numRuns: Number(process.env['RESILVER_FUZZ_RUNS'] ?? 300) },
    );
  });
});
