import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { MIB } from '../../../../src/base/index.ts';
import { DiskImage } from '../../../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../../../src/pool/media/memory/memory-media.ts';
import { powerLoss, type Survival } from '../../../../src/pool/media/memory/power-loss.ts';

const PAGE = 4096;

interface Run {
  readonly initial: DiskImage;
  readonly media: MemoryMedia;
}

function makeRun(work: (media: MemoryMedia) => void): Run {
  const image = new DiskImage();
  image.addFile('/d/file', new Uint8Array(4 * PAGE).fill(1));
  const initial = image.clone();
  const media = new MemoryMedia({ image });
  work(media);
  return { initial, media };
}

function after({ initial, media }: Run, survival: Survival): DiskImage {
  return powerLoss(initial, media.log, survival);
}

function random(seed: number): Survival {
  return { seed };
}

function bytesOf(image: DiskImage, target: string): Uint8Array {
  const file = image.fileAt(target);
  return file.content.read(0, file.size);
}

function has(image: DiskImage, target: string): boolean {
  return image.lookup(target).node !== undefined;
}

describe('data after a power failure', () => {
  test('written and synced is there whatever chance says', () => {
    const run = makeRun((media) => {
      using file = media.open('/d/file', 'write');
      file.write(10, new Uint8Array(2 * PAGE).fill(2));
      file.sync();
    });
    const expected = bytesOf(run.media.image, '/d/file');
    for (let seed = 0; seed < 20; seed++) {
      assert.deepEqual(bytesOf(after(run, random(seed)), '/d/file'), expected);
    }
    assert.deepEqual(bytesOf(after(run, 'none'), '/d/file'), expected);
  });

  test('written and not synced is gone, there, or there in some sectors only', () => {
    const run = makeRun((media) => {
      using file = media.open('/d/file', 'write');
      file.write(0, new Uint8Array(4 * PAGE).fill(2));
    });
    assert.ok(bytesOf(after(run, 'none'), '/d/file').every((byte) => byte === 1));
    assert.ok(bytesOf(after(run, 'all'), '/d/file').every((byte) => byte === 2));
    const mixed = seeds(40).map((seed) => bytesOf(after(run, random(seed)), '/d/file'));
    assert.ok(mixed.some((bytes) => bytes.includes(1) && bytes.includes(2)));
    for (const bytes of mixed) {
      for (let at = 0; at < bytes.length; at += 512) {
        const sector = bytes.subarray(at, at + 512);
        assert.ok(
          sector.every((byte) => byte === sector[0]),
          'a sector is never torn',
        );
      }
    }
  });

  test('an older version than that of the last sync never comes back', () => {
    const run = makeRun((media) => {
      using file = media.open('/d/file', 'write');
      for (const value of [2, 3, 4]) {
        file.write(0, new Uint8Array(PAGE).fill(value));
        if (value === 3) file.sync();
      }
    });
    const seen = new Set<number>();
    for (const seed of seeds(40)) {
      for (const byte of bytesOf(after(run, random(seed)), '/d/file').subarray(0, PAGE)) {
        seen.add(byte);
      }
    }
    assert.deepEqual(seen, new Set([3, 4]));
  });

  test('what was pending when a sync failed stays doubtful after a sync that succeeds', () => {
    const run = makeRun((media) => {
      using file = media.open('/d/file', 'write');
      file.write(0, new Uint8Array(PAGE).fill(2));
      media.faults.failChange(1, 'EIO');
      assert.throws(() => file.sync());
      file.write(PAGE, new Uint8Array(PAGE).fill(3));
      file.sync();
    });
    const bytes = bytesOf(after(run, 'none'), '/d/file');
    assert.equal(bytes[0], 1);
    assert.equal(bytes[PAGE], 3);
  });

  test('size, and owner with mode, of a file that was not synced may be lost, each by itself', () => {
    const access = { mode: 0o640, uid: 5, gid: 6 };
    const run = makeRun((media) => {
      using file = media.open('/d/file', 'write');
      file.allocate(MIB);
      file.setAccess(access);
    });
    const seen = new Set(
      seeds(60).map((seed) => {
        const { size, access: found } = after(run, random(seed)).fileAt('/d/file');
        return `${size} ${found.uid}`;
      }),
    );
    assert.deepEqual(seen, new Set([`${MIB} 5`, `${MIB} 0`, `${4 * PAGE} 5`, `${4 * PAGE} 0`]));
  });
});

function create(media: MemoryMedia): void {
  using file = media.create('/d/new', 0o600);
  file.write(0, new Uint8Array(PAGE).fill(2));
  file.sync();
}

describe('names after a power failure', () => {
  test('a created name is not saved by sync of its file, but by syncDirectory', () => {
    const run = makeRun(create);
    assert.equal(has(after(run, 'none'), '/d/new'), false);
    assert.equal(has(after(run, 'all'), '/d/new'), true);
    run.media.syncDirectory('/d');
    assert.deepEqual(bytesOf(after(run, 'none'), '/d/new'), new Uint8Array(PAGE).fill(2));
  });

  test('a created file whose data was not synced is empty with the mode of its creation', () => {
    const run = makeRun((media) => {
      using file = media.create('/d/new', 0o600);
      media.syncDirectory('/d');
      file.write(0, new Uint8Array(PAGE).fill(2));
      file.setAccess({ mode: 0o644, uid: 0, gid: 0 });
    });
    const file = after(run, 'none').fileAt('/d/new');
    assert.equal(file.size, 0);
    assert.equal(file.access.mode, 0o600);
  });

  test('syncDirectory of another directory saves nothing', () => {
    const run = makeRun((media) => {
      media.image.addDirectory('/e');
      create(media);
    });
    const initial = run.initial.clone();
    initial.addDirectory('/e');
    run.media.syncDirectory('/e');
    assert.equal(has(powerLoss(initial, run.media.log, 'none'), '/d/new'), false);
  });

  test('a rename is whole: the name leads to the old file or to the new one, never to nothing', () => {
    const run = makeRun((media) => {
      create(media);
      media.rename('/d/new', '/d/file');
    });
    const firstBytes = seeds(40).map((seed) => {
      const state = after(run, random(seed));
      const [first] = bytesOf(state, '/d/file');
      assert.ok(first === 1 || !has(state, '/d/new'), 'the new file has one name');
      return first;
    });
    assert.deepEqual(new Set(firstBytes), new Set([1, 2]));
    assert.equal(bytesOf(after(run, 'none'), '/d/file')[0], 1);
    run.media.syncDirectory('/d');
    assert.equal(bytesOf(after(run, 'none'), '/d/file')[0], 2);
  });

  test('a removed file may be back, with what was durable of it', () => {
    const run = makeRun((media) => {
      {
        using file = media.open('/d/file', 'write');
        file.write(0, new Uint8Array(PAGE).fill(2));
      }
      media.unlink('/d/file');
    });
    assert.equal(bytesOf(after(run, 'none'), '/d/file')[0], 1);
    assert.equal(has(after(run, 'all'), '/d/file'), false);
  });
});

type Call =
  | { kind: 'write'; file: number; page: number; pages: number; value: number }
  | { kind: 'sync'; file: number }
  | { kind: 'unlink'; file: number }
  | { kind: 'create'; file: number }
  | { kind: 'rename'; file: number; to: number }
  | { kind: 'syncDirectory' };

const index = fc.nat({ max: 2 });
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    file: index,
    page: fc.nat({ max: 3 }),
    pages: fc.integer({ min: 1, max: 3 }),
    value: fc.integer({ min: 2, max: 9 }),
  }),
  fc.record({ kind: fc.constant('sync' as const), file: index }),
  fc.record({ kind: fc.constant('unlink' as const), file: index }),
  fc.record({ kind: fc.constant('create' as const), file: index }),
  fc.record({ kind: fc.constant('rename' as const), file: index, to: index }),
  fc.record({ kind: fc.constant('syncDirectory' as const) }),
);

/** Calls that are impossible at the moment fail and change nothing, as they would on a real medium. */
function play(media: MemoryMedia, calls: readonly Call[]): void {
  for (const call of calls) {
    try {
      if (call.kind === 'syncDirectory') media.syncDirectory('/d');
      else if (call.kind === 'create') media.create(`/d/${call.file}`, 0o600).close();
      else if (call.kind === 'unlink') media.unlink(`/d/${call.file}`);
      else if (call.kind === 'rename') media.rename(`/d/${call.file}`, `/d/${call.to}`);
      else {
        using file = media.open(`/d/${call.file}`, 'write');
        if (call.kind === 'sync') file.sync();
        else file.write(call.page * PAGE, new Uint8Array(call.pages * PAGE).fill(call.value));
      }
    } catch {
      // The model is about what happened.
    }
  }
}

function setUp(calls: readonly Call[]): Run {
  const image = new DiskImage();
  image.addFile('/d/0', new Uint8Array(2 * PAGE).fill(1));
  image.addFile('/d/1', new Uint8Array(PAGE).fill(1));
  const initial = image.clone();
  const media = new MemoryMedia({ image });
  play(media, calls);
  return { initial, media };
}

function summary(image: DiskImage): ReadonlyMap<string, string> {
  return new Map(
    image
      .names()
      .filter(([name]) => name !== '/' && name !== '/d')
      .map(([name]) => [name, Buffer.from(bytesOf(image, name)).toString('base64')]),
  );
}

describe('any sequence of calls', () => {
  test('with everything synced at its end loses nothing', () => {
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 12 }), fc.nat(), (calls, seed) => {
        const run = setUp([
          ...calls,
          ...[0, 1, 2].map((file) => ({ kind: 'sync' as const, file })),
          { kind: 'syncDirectory' },
        ]);
        const expected = summary(run.media.image);
        assert.deepEqual(summary(after(run, 'none')), expected);
        assert.deepEqual(summary(after(run, random(seed))), expected);
      }),
    );
  });

  test('of which everything survives leaves what a reader saw', () => {
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 12 }), (calls) => {
        const run = setUp(calls);
        assert.deepEqual(summary(after(run, 'all')), summary(run.media.image));
      }),
    );
  });
});

function seeds(count: number): number[] {
  return Array.from({ length: count }, (_, seed) => seed);
}
