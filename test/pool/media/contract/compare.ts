import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { MIB, RangeSet } from '../../../../src/base/index.ts';
import {
  assertRejects,
  bytes,
  CHUNK,
  compareAll,
  copyWhole,
  PAGE,
  pair,
  wholeOf,
} from './files.ts';
import type { Kit, MediaFixture } from './fixture.ts';

/** `compare`: pages, offsets, unreadable ranges, cancellation. */
export function compareContract({ name, it }: Kit, make: () => MediaFixture): void {
  it('equal runs, and empty ones, have no difference', async ({ media }, at) => {
    using files = pair(media, at, bytes(CHUNK + 5000), bytes(CHUNK + 5000));
    for (const length of [0, 1, PAGE, CHUNK, CHUNK + 5000]) {
      const found = await compareAll(media, files, length);
      assert.deepEqual(
        [...found.differing, ...found.unreadable[0], ...found.unreadable[1]],
        [],
        String(length),
      );
    }
  });

  const length = 2 * CHUNK + PAGE + 100;
  for (const [title, changed] of Object.entries({
    'the first byte': 0,
    'the last byte of the first page': PAGE - 1,
    'the last page of the first chunk': CHUNK - 1,
    'the first byte of the second chunk': CHUNK,
    'the second page of the second chunk': CHUNK + PAGE,
    'the last byte of an unfinished page': length - 1,
  })) {
    it(`names the page of ${title}`, async ({ media }, at) => {
      const other = bytes(length);
      other[changed]! ^= 1;
      using files = pair(media, at, bytes(length), other);
      const page = Math.floor(changed / PAGE) * PAGE;
      const found = await compareAll(media, files, length);
      assert.deepEqual(
        [...found.differing],
        [{ offset: page, end: Math.min(page + PAGE, length) }],
      );
      assert.ok(found.unreadable.every((side) => side.isEmpty));
    });
  }

  it('counts pages from the start of the run and offsets from the start of the first file', async ({
    media,
  }, at) => {
    const other = bytes(5 * PAGE);
    other[2 * PAGE + 10]! ^= 1;
    const shifted = new Uint8Array(7 * PAGE);
    shifted.set(other, 2 * PAGE - 100);
    using files = pair(media, at, bytes(5 * PAGE), shifted);
    const found = await media.compare(
      { file: files.source, offset: 100 },
      { file: files.target, offset: 2 * PAGE },
      4 * PAGE,
    );
    assert.deepEqual([...found.differing], [{ offset: PAGE + 100, end: 2 * PAGE + 100 }]);
  });

  it('pages behind the end of a file are unreadable on that side', async ({ media }, at) => {
    const size = CHUNK + 3 * PAGE;
    using files = pair(media, at, bytes(size), bytes(CHUNK + PAGE));
    const found = await compareAll(media, files, size);
    assert.deepEqual([...found.differing], []);
    assert.deepEqual([...found.unreadable[0]], []);
    assert.deepEqual([...found.unreadable[1]], [{ offset: CHUNK + PAGE, end: size }]);
  });

  test('pages that cannot be read are an answer, not an exception', async (t) => {
    using fixture = make();
    if (fixture.damage === undefined) {
      t.skip(`${name}: unreadable bytes cannot be made here`);
      return;
    }
    const at = (base: string): string => path.join(fixture.root, base);
    using files = pair(fixture.media, at, bytes(4 * PAGE), bytes(4 * PAGE));
    fixture.damage(at('source'), PAGE + 512, 512);
    fixture.damage(at('target'), 3 * PAGE, PAGE);
    const found = await compareAll(fixture.media, files, 4 * PAGE);
    assert.deepEqual(found.unreadable, [
      RangeSet.of({ offset: PAGE, end: 2 * PAGE }),
      RangeSet.of({ offset: 3 * PAGE, end: 4 * PAGE }),
    ]);
    assert.ok(found.differing.isEmpty);
    await assertRejects(
      copyWhole(fixture.media, files, 4 * PAGE, { targetIsZero: false }),
      'EIO',
      at('source'),
    );
  });

  it('an aborted signal ends it with the reason of the signal', async ({ media }, at) => {
    const size = 96 * MIB;
    for (const base of ['source', 'target']) {
      using file = media.create(at(base), 0o600);
      file.allocate(size);
    }
    using source = media.open(at('source'), 'read');
    using target = media.open(at('target'), 'read');
    const controller = new AbortController();
    const reason = new Error('enough');
    const comparing = media.compare(wholeOf(source), wholeOf(target), size, {
      signal: controller.signal,
      onBytes: () => controller.abort(reason),
    });
    await assert.rejects(comparing, reason);
  });
}
