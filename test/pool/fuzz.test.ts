/**
 * Arbitrary damage to set files, headers, descriptors and heaps: no crash, no hang, no write outside the set's parts,
 * always a clear answer. Long runs: RESILVER_FUZZ_RUNS.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { ResilverError, RangeSet } from '../../src/base/index.ts';
import {
  apply,
  createPool,
  openPoolSet,
  plan,
  survey,
  UnrepairableError,
} from '../../src/pool/index.ts';
import { DiskImage } from '../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../src/pool/media/memory/memory-media.ts';

const RUNS = Number(process.env['RESILVER_FUZZ_RUNS'] ?? 150);
const MIB = 1024 * 1024;
const SET = '/pool/my.set';
const SHAPES = [
  'PMEMPOOLSET\n8M /pool/a0\n8M /pool/a1\nREPLICA\n8M /pool/b0\n8M /pool/b1\n',
  'PMEMPOOLSET\nOPTION SINGLEHDR\n8M /pool/a0\n8M /pool/a1\nREPLICA\n16M /pool/b0\n',
  'PMEMPOOLSET\n8M /pool/a0\nREPLICA\n8M /pool/b0\nREPLICA\n8M /pool/c0\n',
];

/** A pool fresh from `create`, with something in the heap that differs from page to page. */
function pristine(text: string): DiskImage {
  const image = new DiskImage();
  image.addDirectory('/pool');
  image.addFile(SET, Buffer.from(text));
  const media = new MemoryMedia({ image });
  {
    using pool = openPoolSet(SET, media);
    createPool(media, pool.set, { layout: 'fuzz' });
  }
  return image;
}

const IMAGES = SHAPES.map(pristine);

/** Places that something depends on: every field of a header, the descriptor, the heap header, lanes, and anywhere. */
const place = fc.oneof(
  { weight: 5, arbitrary: fc.nat(4095) },
  { weight: 3, arbitrary: fc.integer({ min: 4096, max: 8191 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0x302000, max: 0x302000 + 2048 }) },
  { weight: 1, arbitrary: fc.nat(8 * MIB - 1) },
);

const damage = fc.oneof(
  fc.record({
    kind: fc.constant('flip' as const),
    part: fc.nat(3),
    at: place,
    xor: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({
    kind: fc.constant('overwrite' as const),
    part: fc.nat(3),
    at: place,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  }),
  fc.record({ kind: fc.constant('swap' as const), part: fc.nat(3), other: fc.nat(3) }),
  fc.record({ kind: fc.constant('remove' as const), part: fc.nat(3) }),
  fc.record({ kind: fc.constant('unreadable' as const), part: fc.nat(3), page: fc.nat(2047) }),
  fc.record({ kind: fc.constant('resize' as const), part: fc.nat(3), size: fc.nat(9 * MIB) }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function applyDamage(image: DiskImage, what: Damage): void {
  const parts = image
    .names()
    .map(([name]) => name)
    .filter((name) => /\/[abc]\d$/.test(name))
    .toSorted();
  const target = parts[what.part % parts.length];
  if (target === undefined) return;
  const file = image.fileAt(target);
  const whole = (): Uint8Array => file.content.read(0, file.size).slice();
  switch (what.kind) {
    case 'flip': {
      const bytes = whole();
      bytes[what.at % bytes.length]! ^= what.xor;
      image.addFile(target, bytes);
      return;
    }
    case 'overwrite': {
      const bytes = whole();
      const at = Math.min(what.at, bytes.length - what.bytes.length);
      if (at >= 0) bytes.set(what.bytes, at);
      image.addFile(target, bytes);
      return;
    }
    case 'swap': {
      const other = parts[what.other % parts.length]!;
      const [mine, theirs] = [whole(), image.fileAt(other)];
      image.addFile(target, theirs.content.read(0, theirs.size).slice());
      image.addFile(other, mine);
      return;
    }
    case 'remove':
      new MemoryMedia({ image }).unlink(target);
      return;
    case 'unreadable':
      image.damage(target, RangeSet.of({ offset: what.page * 4096, end: what.page * 4096 + 4096 }));
      return;
    case 'resize':
      image.addFile(target, whole().slice(0, what.size));
  }
}

/** Paths that a repair may change: the parts, and the new files beside them. */
const ALLOWED = /^\/pool\/[abc]\d(\.resilver-new)?$|^\/pool$/;

async function repair(
  image: DiskImage,
  options: { readonly healFrom?: number; readonly combine: boolean },
): Promise<string> {
  const media = new MemoryMedia({ image });
  const before = image.clone();
  try {
    using pool = openPoolSet(SET, media);
    const found = await survey(
      pool,
      options.healFrom === undefined ? {} : { healFrom: options.healFrom },
    );
    const steps = plan(found, { combine: options.combine });
    for (const { message } of [...found.findings, ...steps.refusals]) assert(message.length > 10);
    if (steps.refusals.length === 0) await apply(pool, steps);
    return steps.refusals.length === 0 ? 'repaired' : 'refused';
  } catch (error) {
    if (!(error instanceof ResilverError)) throw error;
    assert(!(error instanceof UnrepairableError) && error.code !== 'invariant', error.message);
    return error.code;
  } finally {
    for (const change of media.log) {
      const touched = pathsOf(change, before, image);
      assert(
        touched.every((path) => ALLOWED.test(path)),
        `${change.kind} ${touched.join()}`,
      );
    }
  }
}

function pathsOf(
  change: MemoryMedia['log'][number],
  before: DiskImage,
  after: DiskImage,
): readonly string[] {
  if ('path' in change) return [change.path];
  if ('from' in change) return [change.from, change.to];
  const names = [...before.names(), ...after.names()];
  return names.filter(([, node]) => node === change.node).map(([name]) => name);
}

suite('arbitrary damage', () => {
  test('every damaged set is repaired or refused, and a repaired one stays so', async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(SHAPES.length - 1),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        fc.option(fc.nat(2), { nil: undefined, freq: 4 }),
        fc.boolean(),
        async (shape, damages, healFrom, combine) => {
          const image = IMAGES[shape]!.clone();
          for (const what of damages) applyDamage(image, what);
          const options = { combine, ...(healFrom === undefined ? {} : { healFrom }) };
          const first = await repair(image, options);
          outcomes.set(first, (outcomes.get(first) ?? 0) + 1);
          if (first !== 'repaired') return;
          using pool = openPoolSet(SET, new MemoryMedia({ image }));
          const after = await survey(pool);
          const wrong = after.findings.filter(({ severity }) => severity !== 'warning');
          assert.deepEqual(
            wrong.map(({ message }) => message),
            [],
          );
        },
      ),
      { numRuns: RUNS },
    );
    assert((outcomes.get('repaired') ?? 0) > 0 && (outcomes.get('refused') ?? 0) > 0, 'both occur');
  });

  test('a set file of any bytes is parsed or refused', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'PMEMPOOLSET',
        'REPLICA',
        'OPTION SINGLEHDR',
        'OPTION NOHDRS',
        '8M /pool/a0',
        '0 /x',
        'AUTO /pool',
        '8M rel',
        '#',
        ' ',
        'REPLICA a b',
      ),
      fc.string(),
    );
    const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(
        fc.oneof(
          text.map((t) => Buffer.from(`PMEMPOOLSET\n${t}`)),
          fc.uint8Array({ maxLength: 200 }),
        ),
        (bytes) => {
          const image = new DiskImage();
          image.addDirectory('/pool');
          image.addFile(SET, bytes);
          const media = new MemoryMedia({ image });
          try {
            using pool = openPoolSet(SET, media);
            assert(pool.set.replicas.length > 0);
          } catch (error) {
            assert(error instanceof ResilverError && error.code !== 'invariant', String(error));
          }
          assert.deepEqual(media.log, []);
        },
      ),
      { numRuns: RUNS * 2 },
    );
  });
});
