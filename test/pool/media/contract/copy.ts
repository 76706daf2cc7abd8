import assert from 'node:assert/strict';
import { MIB } from '../../../../src/base/index.ts';
import {
  assertRejects,
  assertSameBytes,
  bytes,
  CHUNK,
  copyWhole,
  PAGE,
  pair,
  put,
  randomBytes,
  withHoles,
} from './files.ts';
import type { Kit } from './fixture.ts';

/** `copy`: bytes, reservations, errors, cancellation. */
export function copyContract({ it }: Kit): void {
  const cases: { title: string; from: number; to: number; length: number }[] = [
    { title: 'nothing', from: 0, to: 0, length: 0 },
    { title: 'one byte', from: 5, to: 9, length: 1 },
    { title: 'one page', from: PAGE, to: 0, length: PAGE },
    {
      title: 'an aligned run that ends in the middle of a page',
      from: 0,
      to: PAGE,
      length: 10_001,
    },
    { title: 'a chunk less one page', from: PAGE, to: PAGE, length: CHUNK - PAGE },
    { title: 'a chunk and one page', from: 0, to: PAGE, length: CHUNK + PAGE },
    { title: 'several chunks at odd offsets', from: 3, to: PAGE + 1, length: 2 * CHUNK + 777 },
  ];
  for (const { title, from, to, length } of cases) {
    for (const targetIsZero of [true, false]) {
      it(`copies ${title}, ${targetIsZero ? 'onto zeros' : 'over old bytes'}`, async ({
        media,
      }, at) => {
        const source = withHoles(bytes(from + length + 100));
        const before = targetIsZero
          ? new Uint8Array(to + length + 100)
          : new Uint8Array(to + length + 100).fill(0xee);
        using files = pair(media, at, source, before);
        let counted = 0;
        await media.copy(
          { file: files.source, offset: from },
          { file: files.target, offset: to },
          length,
          { targetIsZero, onBytes: (count) => (counted += count) },
        );
        const expected = before.slice();
        expected.set(source.subarray(from, from + length), to);
        assertSameBytes(files.target.read(0, expected.length), expected);
        assert.equal(files.target.stat().size, expected.length);
        assert.equal(counted, length);
      });
    }
  }

  it('copies onto the reserved blocks of a new file and keeps the reservation', async (fixture, at) => {
    const { media } = fixture;
    put(media, at('source'), new Uint8Array(4 * MIB));
    using source = media.open(at('source'), 'read');
    using target = media.create(at('target'), 0o600);
    target.allocate(4 * MIB);
    await media.copy({ file: source, offset: 0 }, { file: target, offset: 0 }, 4 * MIB, {
      targetIsZero: true,
    });
    target.sync();
    assert.ok(fixture.ownedBytes(at('target')) >= 4 * MIB);
    assertSameBytes(target.read(0, 4 * MIB), new Uint8Array(4 * MIB));
  });

  it('a source that ends early fails with EIO that names it', async ({ media }, at) => {
    using files = pair(media, at, bytes(CHUNK + 10), new Uint8Array(2 * CHUNK));
    await assertRejects(
      copyWhole(media, files, CHUNK + PAGE, { targetIsZero: false }),
      'EIO',
      at('source'),
    );
  });

  it('a target that is not open for writing fails with EBADF', async ({ media }, at) => {
    put(media, at('source'), bytes(PAGE));
    put(media, at('target'), bytes(PAGE));
    using source = media.open(at('source'), 'read');
    using target = media.open(at('target'), 'read');
    for (const length of [PAGE, PAGE - 1]) {
      await assertRejects(
        copyWhole(media, { source, target }, length, { targetIsZero: false }),
        'EBADF',
        at('target'),
      );
    }
  });

  it('an aborted signal ends it with the reason of the signal', async ({ media }, at) => {
    using files = pair(media, at, bytes(8 * CHUNK), new Uint8Array(8 * CHUNK));
    const controller = new AbortController();
    const reason = new Error('enough');
    let seen = 0;
    const copying = copyWhole(media, files, 8 * CHUNK, {
      targetIsZero: true,
      signal: controller.signal,
      onBytes: (count) => {
        seen += count;
        controller.abort(reason);
      },
    });
    await assert.rejects(copying, reason);
    assert.ok(seen > 0 && seen < 8 * CHUNK);
  });

  it('runs beside other copies without mixing them up', async ({ media }, at) => {
    const data = [1, 2, 3].map((seed) => randomBytes(seed, CHUNK + 3 * PAGE));
    for (const [index, content] of data.entries()) put(media, at(`source${index}`), content);
    await Promise.all(
      data.map(async (content, index) => {
        using source = media.open(at(`source${index}`), 'read');
        using target = media.create(at(`target${index}`), 0o600);
        await copyWhole(media, { source, target }, content.length, { targetIsZero: true });
      }),
    );
    for (const [index, content] of data.entries()) {
      assertSameBytes(media.readFile(at(`target${index}`)), content);
    }
  });
}
