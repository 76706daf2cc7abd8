import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MIB, seededRandom, SystemError } from '../../../src/base/index.ts';
import {
  createPool,
  CreateRefusedError,
  type CreateOptions,
  type CreateRefusalCode,
} from '../../../src/pool/create/index.ts';
import { hasValidChecksum } from '../../../src/pool/layout/index.ts';
import { Killed } from '../../../src/pool/media/memory/call-faults.ts';
import { DiskImage } from '../../../src/pool/media/memory/disk-image.ts';
import { MemoryMedia } from '../../../src/pool/media/memory/memory-media.ts';
import { powerLoss } from '../../../src/pool/media/memory/power-loss.ts';
import { openPoolSetOn, survey } from '../../../src/pool/survey/index.ts';
import { differingFiles, readImage } from '../../support/memory-image.ts';
import { diskWith, parseSet, SET_PATH } from '../../support/new-pool.ts';

const TWO_BY_TWO = 'PMEMPOOLSET\n8M /d/a0\n8M /d/a1\nREPLICA\n8M /d/b0\n8M /d/b1\n';
const MIXED_DISK = 'PMEMPOOLSET\n8M /d/a0\n8M /d/used\nREPLICA\n8M /d/b0\n8M /d/b1\n';

interface Row {
  readonly name: string;
  readonly text: string;
  readonly code: CreateRefusalCode;
  readonly data: Readonly<Record<string, unknown>>;
  readonly prepare?: (media: MemoryMedia) => void;
  readonly options?: CreateOptions;
}

const set = (...lines: string[]): string => `PMEMPOOLSET\n${lines.join('\n')}\n`;
const addFile = (path: string, content: Uint8Array) => (media: MemoryMedia) =>
  media.image.addFile(path, content);

const REFUSALS: readonly Row[] = [
  {
    name: 'a layout name of 1024 bytes',
    text: TWO_BY_TWO,
    options: { layout: 'x'.repeat(1024) },
    code: 'layout-name-too-long',
    data: { max: 1023 },
  },
  {
    name: 'the option NOHDRS',
    text: set('OPTION NOHDRS', '8M /d/a0'),
    code: 'no-headers-option',
    data: {},
  },
  {
    name: 'a replica under 8 MiB',
    text: set('16M /d/a0', 'REPLICA', '4M /d/b0'),
    code: 'reservation-too-small',
    data: { size: 4 * MIB, min: 8 * MIB },
  },
  {
    name: 'a replica that its headers make smaller than 8 MiB',
    text: set('4M /d/a0', '4M /d/a1'),
    code: 'reservation-too-small',
    data: { size: 8 * MIB - 4096, min: 8 * MIB },
  },
  {
    name: 'a directory that reserves less than 8 MiB',
    text: set('OPTION SINGLEHDR', '4M /d/d0'),
    code: 'reservation-too-small',
    data: { size: 4 * MIB, min: 8 * MIB },
  },
  {
    name: 'a part under 2 MiB',
    text: set('8M /d/a0', '2097151 /d/a1'),
    code: 'part-too-small',
    data: { size: 2 * MIB - 1, min: 2 * MIB },
  },
  {
    name: 'one file for two parts',
    text: set('8M /d/a0', 'REPLICA', '8M /d/a0'),
    code: 'part-repeated',
    data: { path: '/d/a0' },
  },
  {
    name: 'a file of another size',
    text: TWO_BY_TWO,
    prepare: addFile('/d/b1', new Uint8Array(8 * MIB + 1)),
    code: 'part-size-differs',
    data: { path: '/d/b1', size: 8 * MIB + 1, expected: 8 * MIB },
  },
  {
    name: 'a file under 2 MiB, whatever its size should be',
    text: TWO_BY_TWO,
    prepare: addFile('/d/b1', new Uint8Array(2 * MIB - 1)),
    code: 'part-too-small',
    data: { size: 2 * MIB - 1, min: 2 * MIB },
  },
  {
    name: 'a file whose first page ends in a byte that is not zero',
    text: TWO_BY_TWO,
    prepare: addFile('/d/b1', new Uint8Array(8 * MIB).fill(1, 4095, 4096)),
    code: 'part-not-empty',
    data: { path: '/d/b1' },
  },
  {
    name: 'a file that another process has locked',
    text: TWO_BY_TWO,
    prepare: (media) => {
      media.image.addFile('/d/b1', new Uint8Array(8 * MIB));
      media.lockElsewhere('/d/b1');
    },
    code: 'part-locked',
    data: { path: '/d/b1' },
  },
  {
    name: 'a locked file also when files are to be replaced',
    text: TWO_BY_TWO,
    options: { replace: true },
    prepare: (media) => {
      media.image.addFile('/d/b1', new Uint8Array(5));
      media.lockElsewhere('/d/b1');
    },
    code: 'part-locked',
    data: { path: '/d/b1' },
  },
  {
    name: 'a directory that does not exist',
    text: set('8M /d/a0', '8M /none/a1'),
    code: 'directory-missing',
    data: { path: '/none/a1', directory: '/none' },
  },
  {
    name: 'parts that fit one by one and not together',
    text: TWO_BY_TWO,
    prepare: (media) => media.image.mount('/d', 25 * MIB),
    code: 'no-space',
    data: { path: '/d/b1', size: 8 * MIB, free: 1 * MIB - 4096 },
  },
];

suite('createPool refuses before it changes anything', () => {
  for (const { name, text, code, data, prepare, options } of REFUSALS) {
    test(name, () => {
      const media = diskWith(['/d/d0'], text);
      prepare?.(media);
      const parsed = parseSet(media, text);
      assert.throws(
        () => createPool(media, parsed, options),
        (error) => {
          assert(error instanceof CreateRefusedError, String(error));
          assert.equal(error.code, code);
          assert.deepEqual(error.data, data);
          return true;
        },
      );
      assert.deepEqual(media.log, []);
    });
  }

  test('a set of directories with headers in every part', () => {
    const media = diskWith(['/d/d0']);
    const parsed = parseSet(media, set('OPTION SINGLEHDR', '64M /d/d0'));
    const options = { singleHeader: false, noHeaders: false };
    assert.throws(() => createPool(media, { ...parsed, options }), {
      code: 'directories-need-single-header',
    });
    assert.deepEqual(media.log, []);
  });

  test('a directory at the place of a part', () => {
    const media = diskWith(['/d']);
    const parsed = parseSet(media, set('8M /d/a0'));
    media.image.addDirectory('/d/a0');
    assert.throws(() => createPool(media, parsed), { code: 'part-not-a-file' });
    assert.deepEqual(media.log, []);
  });

  test('a directory that may not be written', () => {
    const image = diskWith(['/d'], TWO_BY_TWO).image;
    const media = new MemoryMedia({ image, caller: { uid: 7, gid: 7 } });
    assert.throws(() => createPool(media, parseSet(media, TWO_BY_TWO)), {
      code: 'directory-read-only',
    });
    assert.deepEqual(media.log, []);
  });
});

suite('createPool', () => {
  test('uses a file of the right size with a first page of zeros, and keeps its mode', () => {
    const media = diskWith(['/d'], MIXED_DISK);
    const access = { mode: 0o600, uid: 5, gid: 6 };
    media.image.addFile('/d/used', new Uint8Array(8 * MIB), { access });
    const { created } = createPool(media, parseSet(media, MIXED_DISK), { mode: 0o640 });
    assert.deepEqual(created, ['/d/a0', '/d/b0', '/d/b1']);
    const { mode, uid, gid } = media.stat('/d/used')!;
    assert.deepEqual({ mode, uid, gid }, access);
    assert.equal(media.stat('/d/a0')!.mode, 0o640);
  });

  test('does not take what lay behind the first page of a file for chunks', () => {
    const media = diskWith(['/d']);
    const junk = new Uint8Array(8 * MIB).fill(0xa5, 4096);
    media.image.addFile('/d/a0', junk);
    createPool(media, parseSet(media, set('8M /d/a0')));
    const clean = diskWith(['/d']);
    createPool(clean, parseSet(clean, set('8M /d/a0')));
    const upTo = 0x302000 + 1024 + 64;
    assert.deepEqual(
      readImage(media.image, '/d/a0').subarray(4096, upTo),
      readImage(clean.image, '/d/a0').subarray(4096, upTo),
    );
  });

  test('reserves new files in full', () => {
    const media = diskWith(['/d']);
    createPool(media, parseSet(media, set('9M /d/a0')));
    assert.equal(media.image.fileAt('/d/a0').reserved, 9 * MIB);
  });

  test('replaces what lies at the places when told to', () => {
    const media = diskWith(['/d'], TWO_BY_TWO);
    media.image.addFile('/d/b1', new Uint8Array(5).fill(7));
    const { created } = createPool(media, parseSet(media, TWO_BY_TWO), { replace: true });
    assert.deepEqual(created, ['/d/a0', '/d/a1', '/d/b0', '/d/b1']);
    assert.equal(media.stat('/d/b1')!.size, 8 * MIB);
  });

  test('replaces a file that may only be read, in a directory that may be written', () => {
    const caller = { uid: 7, gid: 7 };
    const image = new DiskImage();
    image.addDirectory('/d', { mode: 0o755, ...caller });
    image.addFile('/d/a0', new Uint8Array(5).fill(7), { access: { mode: 0o444, ...caller } });
    const media = new MemoryMedia({ image, caller });
    createPool(media, parseSet(media, set('8M /d/a0')), { replace: true });
    assert.equal(media.stat('/d/a0')!.size, 8 * MIB);
  });

  test('replaces a grown set of directories by its first parts alone', () => {
    const text = set('OPTION SINGLEHDR', '64M /d/d0');
    const media = diskWith(['/d/d0'], text);
    createPool(media, parseSet(media, text));
    media.image.addFile('/d/d0/000001.pmem', new Uint8Array(9 * MIB));
    const { created } = createPool(media, parseSet(media, text), { replace: true });
    assert.deepEqual(created, ['/d/d0/000000.pmem']);
    assert.equal(media.stat('/d/d0/000001.pmem'), undefined);
  });

  test('replaces nothing of a grown set of directories while a later part is in use', () => {
    const text = set('OPTION SINGLEHDR', '64M /d/d0');
    const media = diskWith(['/d/d0'], text);
    media.image.addFile('/d/d0/000000.pmem', new Uint8Array(8 * MIB));
    media.image.addFile('/d/d0/000001.pmem', new Uint8Array(9 * MIB));
    media.lockElsewhere('/d/d0/000001.pmem');
    const parsed = parseSet(media, text);
    assert.throws(() => createPool(media, parsed, { replace: true }), { code: 'part-locked' });
    assert.deepEqual(media.log, []);
  });

  test('takes its uuids from the given source', () => {
    assert.equal(seededUuid(), seededUuid());
  });
});

suite('when creation fails', () => {
  test('at any change, only what it made itself is gone and the rest is as it was', () => {
    let failures = 0;
    for (let nth = 1; ; nth++) {
      const media = diskInUse();
      media.faults.failChange(nth, 'EIO');
      try {
        createPool(media, parseSet(media, MIXED_DISK));
        break;
      } catch (error) {
        assert(error instanceof SystemError, String(error));
        failures++;
      }
      const left = ['/d/a0', '/d/b0', '/d/b1'].filter((path) => media.stat(path) !== undefined);
      assert.deepEqual(left, [], `change ${nth}`);
      const used = readImage(media.image, '/d/used').subarray(0, 4096);
      assert(
        used.every((byte) => byte === 0),
        `change ${nth}: the existing file has a header`,
      );
      const untouched = differingFiles(media.image, diskInUse().image);
      assert.deepEqual(
        untouched.filter((path) => path !== '/d/used'),
        [],
        `change ${nth}`,
      );
    }
    assert(failures > 20, `only ${failures} changes were tried`);
  });

  test('killed before any change, the set is not healthy until the last header is written', async () => {
    const before = diskWith(['/d'], TWO_BY_TWO).image;
    const whole = new MemoryMedia({ image: before.clone() });
    createPool(whole, parseSet(whole, TWO_BY_TWO));
    const lastHeader = whole.log.findLastIndex(({ kind }) => kind === 'write') + 1;
    for (let nth = 1; nth <= lastHeader; nth++) {
      const media = new MemoryMedia({ image: before.clone() });
      media.faults.killAtChange(nth);
      assert.throws(() => createPool(media, parseSet(media, TWO_BY_TWO)), Killed);
      assert.equal(
        await isHealthy(new MemoryMedia({ image: media.image })),
        false,
        `change ${nth}`,
      );
    }
    assert.equal(await isHealthy(new MemoryMedia({ image: whole.image })), true);
  });
});

suite('when the power fails at any change', () => {
  const seeds = Array.from({ length: 24 }, (_, seed) => ({ seed }));
  for (const survival of ['none', 'all', ...seeds] as const) {
    const name = typeof survival === 'string' ? survival : `seed ${survival.seed}`;
    test(`a sound first header means a whole pool; what survives: ${name}`, async () => {
      const before = diskWith(['/d'], TWO_BY_TWO).image;
      const run = new MemoryMedia({ image: before.clone() });
      createPool(run, parseSet(run, TWO_BY_TWO));
      const firstHeader = run.log.findIndex(
        (change) => change.kind === 'write' && change.offset === 0,
      );
      let sound = 0;
      for (let count = firstHeader; count <= run.log.length; count++) {
        const image = powerLoss(before, run.log.slice(0, count), survival);
        const media = new MemoryMedia({ image });
        if (!hasHeader(media, '/d/a0')) continue;
        sound++;
        assert.equal(await isHealthy(media), true, `after change ${count}`);
      }
      assert(sound > 0);
    });
  }
});

function hasHeader(media: MemoryMedia, path: string): boolean {
  const size = media.stat(path)?.size ?? 0;
  if (size < 4096) return false;
  const head = readImage(media.image, path).subarray(0, 4096);
  return hasValidChecksum(head) && head.some((byte) => byte !== 0);
}

async function isHealthy(media: MemoryMedia): Promise<boolean> {
  using pool = openPoolSetOn(media, SET_PATH);
  const { health, findings } = await survey(pool);
  return findings.length === 0 && health.parts.flat().every(({ state }) => state === 'healthy');
}

function seededUuid(): string {
  const media = diskWith(['/d']);
  const random = seededRandom(7);
  return createPool(media, parseSet(media, set('8M /d/a0')), { random }).poolsetUuid;
}

/** A disk with one file that creation uses, and one that is none of its business. */
function diskInUse(): MemoryMedia {
  const media = diskWith(['/d'], MIXED_DISK);
  media.image.addFile('/d/used', new Uint8Array(8 * MIB));
  media.image.addFile('/d/stranger', new Uint8Array(10).fill(3));
  return media;
}
