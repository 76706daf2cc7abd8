import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

interface Requirement {
  readonly present: () => boolean;
  /** What the reader of a skipped test does about it. */
  readonly remedy: string;
}

const REQUIREMENTS = {
  pmempool: {
    present: () => existsSync(referencePmempool()),
    remedy: 'apt-get install pmdk-tools',
  },
  gcc: { present: () => onPath('gcc'), remedy: 'apt-get install gcc libc6-dev' },
  libpmemobj: {
    present: () => onPath('gcc') && compiles('#include <libpmemobj.h>\n', '-lpmemobj'),
    remedy: 'apt-get install libpmemobj-dev gcc libc6-dev',
  },
  fuse: {
    present: () =>
      existsSync('/dev/fuse') && onPath('gcc') && existsSync('/usr/include/fuse3/fuse.h'),
    remedy: 'apt-get install fuse3 libfuse3-dev gcc',
  },
  flock: { present: () => onPath('flock'), remedy: 'apt-get install util-linux' },
  filefrag: { present: () => onPath('filefrag'), remedy: 'apt-get install e2fsprogs' },
  xfs: { present: () => onPath('mkfs.xfs'), remedy: 'apt-get install xfsprogs' },
  btrfs: { present: () => onPath('mkfs.btrfs'), remedy: 'apt-get install btrfs-progs' },
  strace: { present: () => onPath('strace'), remedy: 'apt-get install strace' },
  root: { present: () => process.getuid?.() === 0, remedy: 'run the tests as root' },
  'not-root': { present: () => process.getuid?.() !== 0, remedy: 'run the tests as a user' },
} as const satisfies Record<string, Requirement>;

export type RequirementName = keyof typeof REQUIREMENTS;

/** What a machine either is or is not; the others can be installed, so CI insists on them. */
const NATURE: ReadonlySet<RequirementName> = new Set(['root', 'not-root']);

const known = new Map<RequirementName, boolean>();

/** The reference `pmempool` that conformance tests compare with. */
export function referencePmempool(): string {
  return process.env['RESILVER_REFERENCE_PMEMPOOL'] ?? '/usr/bin/pmempool';
}

/** Whether the machine has it; asked once per process. */
export function has(name: RequirementName): boolean {
  let present = known.get(name);
  if (present === undefined) {
    present = REQUIREMENTS[name].present();
    known.set(name, present);
  }
  return present;
}

/**
 * True when the machine has all of `names`. Otherwise skips the test `t` with the remedy and returns false,
 * or, in CI, fails it: there, a skipped test would pass unnoticed.
 */
export function requires(t: TestContext, ...names: readonly RequirementName[]): boolean {
  const missing = names.find((name) => !has(name));
  if (missing === undefined) return true;
  const message = `needs ${missing}: ${REQUIREMENTS[missing].remedy}`;
  if (NATURE.has(missing)) t.skip(message);
  else skipUnlessCi(t, message);
  return false;
}

/** Skips the test for a reason that shows only when something is tried; in CI it fails. */
export function skipUnlessCi(t: TestContext, reason: string): void {
  if (process.env['CI'] === 'true') throw new Error(reason);
  t.skip(reason);
}

function onPath(program: string): boolean {
  // Tools for administrators are often not on the path of a user.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, program)));
}

function compiles(source: string, ...libraries: string[]): boolean {
  const run = spawnSync('gcc', ['-x', 'c', '-', '-o', '/dev/null', ...libraries], {
    input: `${source}int main(void) { return 0; }\n`,
  });
  return run.status === 0;
}
