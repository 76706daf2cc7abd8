import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { scratchDirectory } from './pool-fixture.ts';
import { requires, skipUnlessCi } from './requirements.ts';

export type LoopKind = 'xfs' | 'btrfs' | 'ext4';

export interface LoopFileSystem extends Disposable {
  /** Where it is mounted. */
  readonly path: string;
}

export const MKFS_OPTIONS: Readonly<Record<LoopKind, readonly string[]>> = {
  xfs: ['-q', '-f', '-m', 'reflink=1'],
  btrfs: ['-q', '-f'],
  ext4: ['-q', '-F'],
};

/**
 * A file system of its own in a sparse file, mounted until disposed. Undefined, after skipping the test `t`, without root, the tools, or
 * the permission to mount, which a container may not have.
 */
export function loopFileSystem(
  t: TestContext,
  kind: LoopKind,
  sizeBytes: number,
): LoopFileSystem | undefined {
  if (!requires(t, 'root') || (kind !== 'ext4' && !requires(t, kind))) return undefined;
  const scratch = scratchDirectory('resilver-loop-');
  const image = path.join(scratch.path, 'image');
  const mountPoint = path.join(scratch.path, 'mounted');
  fs.writeFileSync(image, '');
  fs.truncateSync(image, sizeBytes);
  fs.mkdirSync(mountPoint);
  execFileSync(`mkfs.${kind}`, [...MKFS_OPTIONS[kind], image], { env: withSbin(), stdio: 'pipe' });
  const mounted = spawnSync('mount', ['-o', 'loop', image, mountPoint], {
    env: withSbin(),
    encoding: 'utf8',
  });
  if (mounted.status !== 0) {
    scratch[Symbol.dispose]();
    skipUnlessCi(t, `cannot mount ${kind} here: ${mounted.stderr.trim()}`);
    return undefined;
  }
  return {
    path: mountPoint,
    [Symbol.dispose]() {
      execFileSync('umount', [mountPoint], { env: withSbin() });
      scratch[Symbol.dispose]();
    },
  };
}

/** The blocks of a file that another file owns too, as `filefrag` sees them. */
export function hasSharedBlocks(file: string): boolean {
  const text = execFileSync('filefrag', ['-v', file], { env: withSbin(), encoding: 'utf8' });
  return /\bshared\b/.test(text);
}

/** The environment with the folders of administrators' tools on the path. */
export function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
}
