import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RangeSet, type Range } from '../../src/base/index.ts';
import { fileExtents } from '../../src/linux/index.ts';
import { MKFS_OPTIONS, withSbin, type LoopKind } from './loop-file-system.ts';
import { scratchDirectory } from './pool-fixture.ts';
import { requires } from './requirements.ts';

const SOURCE = path.join(import.meta.dirname, 'fuse/failing-disk.c');

/** A mounted file system on a disk whose sectors fail on request: the kernel itself says EIO. */
export interface FailingDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  /** From now on these bytes of the file cannot be read, until they are written. */
  fail(file: string, ranges: Iterable<Range>): void;
  /** Bytes of the disk that still fail. */
  remaining(): RangeSet;
}

/**
 * A loop device over a file system in user space. Undefined, after skipping the test `t`, where the machine cannot do that.
 */
export async function failingDisk(
  t: TestContext,
  kind: LoopKind,
  sizeBytes: number,
): Promise<FailingDisk | undefined> {
  if (!requires(t, 'root', 'fuse') || (kind !== 'ext4' && !requires(t, kind))) return undefined;
  const scratch = scratchDirectory('resilver-failing-');
  const at = (name: string): string => path.join(scratch.path, name);
  const [image, list, fuse, mountPoint] = ['image', 'list', 'fuse', 'mounted'].map(at) as [
    string,
    string,
    string,
    string,
  ];
  execFileSync('gcc', ['-O2', '-I/usr/include/fuse3', '-o', at('program'), SOURCE, '-lfuse3']);
  fs.writeFileSync(image, '');
  fs.truncateSync(image, sizeBytes);
  fs.writeFileSync(list, '');
  for (const directory of [fuse, mountPoint]) fs.mkdirSync(directory);
  const blockSize = kind === 'ext4' ? ['-b', '4096'] : [];
  execFileSync(`mkfs.${kind}`, [...MKFS_OPTIONS[kind], ...blockSize, image], {
    env: withSbin(),
    stdio: 'pipe',
  });
  const server = spawn(at('program'), [image, list, fuse, '-f'], { stdio: 'inherit' });
  await untilServed(path.join(fuse, 'disk'), server);
  execFileSync('mount', ['-o', 'loop', path.join(fuse, 'disk'), mountPoint], { env: withSbin() });
  return {
    path: mountPoint,
    fail(file, ranges) {
      spawnSync('sync');
      const lines = [...toDisk(file, RangeSet.from(ranges))].map(
        ({ offset, end }) => `${offset} ${end - offset}\n`,
      );
      fs.appendFileSync(list, lines.join(''));
      // What the page cache holds would hide the failure from buffered reads.
      fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
    },
    remaining() {
      const pairs = fs.readFileSync(list, 'utf8').trim().split('\n').filter(Boolean);
      return RangeSet.from(
        pairs.map((line) => {
          const [offset, length] = line.split(' ').map(Number) as [number, number];
          return { offset, end: offset + length };
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [mountPoint], { env: withSbin() });
      const gone = new Promise((resolve) => server.once('exit', resolve));
      execFileSync('umount', [fuse], { env: withSbin() });
      await gone;
      scratch[Symbol.dispose]();
    },
  };
}

async function untilServed(file: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (fs.existsSync(file)) return;
    if (server.exitCode !== null) break;
    await sleep(20);
  }
  throw new Error('the failing disk did not come up');
}

function toDisk(file: string, ranges: RangeSet): RangeSet {
  const fd = fs.openSync(file, 'r');
  try {
    return RangeSet.from(
      fileExtents(fd, file).flatMap(
        ({ logical, physicalOffset }) =>
          ranges.intersect(RangeSet.of(logical)).shift(physicalOffset - logical.offset).ranges,
      ),
    );
  } finally {
    fs.closeSync(fd);
  }
}
