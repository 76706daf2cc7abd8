import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePool, MIB, referenceEnvironment, type PoolShape } from '../support/pool-fixture.ts';
import { walkFill } from '../support/pmdk.ts';
import { referencePmempool } from '../support/requirements.ts';

import { execFileSync } from 'node:child_process';

/** Objects in every filled pool: enough for all three types, small enough to copy often. */
const FILL = { records: 300, blobs: 12 } as const;

const PART = 8 * MIB;

/** Pool sets that damages are done to. All are called `my.set`, with parts `rRpP`. */
const SHAPES = {
  /** Two replicas of two parts, with shutdown state. */
  plain: {
    replicas: [
      [PART, PART],
      [PART, PART],
    ],
    fill: FILL,
  },
  /** The same without shutdown state. */
  'no-sds': {
    replicas: [
      [PART, PART],
      [PART, PART],
    ],
    shutdownState: false,
    fill: FILL,
  },
  /** Never opened by a program. */
  fresh: {
    replicas: [
      [PART, PART],
      [PART, PART],
    ],
  },
  /** Three replicas, split differently. */
  uneven: {
    replicas: [[PART, PART], [2 * PART], [PART, PART + 2 * MIB]],
    fill: FILL,
  },
  /** Three parts to a replica. */
  long: {
    replicas: [
      [PART, PART, PART],
      [PART, PART, PART],
    ],
    shutdownState: false,
    fill: FILL,
  },
  singlehdr: {
    replicas: [
      [PART, PART],
      [PART, PART],
    ],
    singleHeader: true,
    fill: FILL,
  },
  directories: {
    replicas: [[300 * MIB], [300 * MIB]],
    singleHeader: true,
    directories: true,
  },
  /** A set without a second replica. */
  alone: { replicas: [[PART, PART]], fill: FILL },
  /** Two files, the commonest set. */
  mirror: { replicas: [[2 * PART], [2 * PART]], fill: FILL },
  /** Parts that `create` accepts and `sync` does not. */
  small: { replicas: [[4 * MIB, 6 * MIB], [10 * MIB]] },
} as const satisfies Record<string, PoolShape>;

export type FixtureName = keyof typeof SHAPES | 'file' | 'empty';

export interface MadeFixture {
  /** What `walk` printed after filling; empty when no program has filled the pool. */
  readonly summary: string;
}

/** Makes the pool set of that name in the empty `directory`. */
export function makeFixture(name: FixtureName, directory: string): MadeFixture {
  if (name === 'empty') return { summary: '' };
  if (name === 'file') return makeSingleFile(directory);
  return { summary: makePool(directory, SHAPES[name]).summary };
}

/** A pool in one file, `r0p0`; no set. */
function makeSingleFile(directory: string): MadeFixture {
  execFileSync(referencePmempool(), ['create', '--layout', 'walk', '-s', '16M', 'obj', 'r0p0'], {
    cwd: directory,
    env: referenceEnvironment(true),
  });
  return { summary: walkFill(join(directory, 'r0p0'), FILL) };
}

/** Writes `my.set` anew. `@` stands for the directory. */
export function rewriteSet(directory: string, text: string): void {
  writeFileSync(join(directory, 'my.set'), text.replaceAll('@', directory));
}
