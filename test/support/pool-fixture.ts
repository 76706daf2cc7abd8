import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { walkFill } from './pmdk.ts';
import { referencePmempool } from './requirements.ts';

export const MIB = 1024 * 1024;

/** What pool set to make with the reference tool. */
export interface PoolShape {
  /** Per replica the sizes of its parts in bytes; with `directories`, the one reservation of each replica. */
  readonly replicas: readonly (readonly number[])[];
  readonly singleHeader?: boolean;
  /** Every replica is a directory of part files. Needs `singleHeader`. */
  readonly directories?: boolean;
  /** The SHUTDOWN_STATE feature; on unless said otherwise. */
  readonly shutdownState?: boolean;
  /** Objects to write with libpmemobj after creation; needs the layout name `walk`. */
  readonly fill?: { readonly records: number; readonly blobs: number | 'full' };
  readonly layout?: string;
}

export interface PoolFixture {
  /** The directory that holds everything. */
  readonly directory: string;
  /** Absolute path of the set file. */
  readonly set: string;
  /** Paths of the part files by replica, in order. */
  readonly parts: readonly (readonly string[])[];
  /** The part files that begin with a pool header. */
  readonly headers: readonly string[];
  /** What `walk` printed after filling; empty for a fresh pool. */
  readonly summary: string;
}

/** A new directory for one test, removed with everything in it when disposed. */
export function scratchDirectory(prefix = 'resilver-'): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(process.env['RESILVER_TEST_TMPDIR'] ?? tmpdir(), prefix));
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Makes a pool set `my.set` with parts `rRpP` (directories `rR`) in `directory`, with the reference tool. */
export function makePool(directory: string, shape: PoolShape): PoolFixture {
  mkdirSync(directory, { recursive: true });
  const set = join(directory, 'my.set');
  writeFileSync(set, setText(directory, shape));
  if (shape.directories === true)
    for (const index of shape.replicas.keys()) mkdirSync(join(directory, `r${index}`));
  execFileSync(
    referencePmempool(),
    ['create', '--layout', shape.layout ?? 'walk', 'obj', 'my.set'],
    { cwd: directory, env: referenceEnvironment(shape.shutdownState ?? true) },
  );
  const summary = shape.fill === undefined ? '' : walkFill(set, shape.fill);
  const parts = shape.replicas.map((sizes, replica) => {
    if (shape.directories !== true)
      return sizes.map((_, part) => partPath(directory, replica, part));
    const folder = join(directory, `r${replica}`);
    return readdirSync(folder)
      .toSorted()
      .map((name) => join(folder, name));
  });
  const headers = parts.flatMap((paths) =>
    shape.singleHeader === true ? paths.slice(0, 1) : paths,
  );
  return { directory, set, parts, headers, summary };
}

/** The environment under which the reference creates pools with or without SHUTDOWN_STATE. */
export function referenceEnvironment(shutdownState: boolean): NodeJS.ProcessEnv {
  return { ...process.env, PMEMOBJ_CONF: shutdownState ? '' : 'sds.at_create=0' };
}

/** The text of a set file for `shape`, every part under `directory`. */
export function setText(directory: string, shape: PoolShape): string {
  const lines = ['PMEMPOOLSET'];
  if (shape.singleHeader === true) lines.push('OPTION SINGLEHDR');
  for (const [replica, sizes] of shape.replicas.entries()) {
    if (replica > 0) lines.push('REPLICA');
    for (const [part, size] of sizes.entries()) {
      const path =
        shape.directories === true
          ? join(directory, `r${replica}`)
          : partPath(directory, replica, part);
      lines.push(`${size} ${path}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function partPath(directory: string, replica: number, part: number): string {
  return join(directory, `r${replica}p${part}`);
}
