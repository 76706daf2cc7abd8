import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  apply,
  openPoolSet,
  plan,
  survey,
  UnrepairableError,
  type SyncPlan,
} from '../../src/pool/index.ts';
import { MemoryMedia, type MemoryMediaOptions } from '../../src/pool/media/memory/memory-media.ts';
import { LOST_PARTS } from '../crash/lost-parts.ts';
import { damagedPool, type DamagedPool } from '../crash/scenarios.ts';
import { readImage } from '../support/memory-image.ts';
import { requires } from '../support/requirements.ts';

const MIB = 1024 * 1024;

/** What stands in the way of repairing a pool that has lost r0p1. */
interface Obstacle {
  readonly name: string;
  readonly prepare: (pool: DamagedPool, image: DamagedPool['damaged']) => MemoryMediaOptions;
  readonly lock?: string;
  /** Each must be found in the message. */
  readonly says: readonly (string | RegExp)[];
}

const OBSTACLES: readonly Obstacle[] = [
  {
    name: 'a directory is missing',
    prepare: (pool, image) => {
      editSet(pool, image, (text) => text.replace(`${pool.directory}/r0p1`, '/nowhere/r0p1'));
      return {};
    },
    says: ['r0p1', '/nowhere', 'does not exist'],
  },
  {
    name: 'a part is below the minimum',
    prepare: (pool, image) => {
      editSet(pool, image, (text) => text.replace(/\d+(?= \S*r0p1)/, String(4 * MIB)));
      return {};
    },
    says: ['r0p1', String(4 * MIB), String(8 * MIB)],
  },
  {
    name: 'there is too little space',
    prepare: (pool, image) => {
      image.mount(pool.directory, 4 * 8 * MIB - 4096);
      return {};
    },
    says: ['r0p1', String(8 * MIB), /\d+ bytes\) free/],
  },
  {
    name: 'names may not be made in the directory',
    prepare: (pool, image) => {
      const { node } = image.lookup(pool.directory);
      image.node(node!).access = { mode: 0o555, uid: 5, gid: 5 };
      for (const [name, id] of image.names()) {
        if (name.startsWith(`${pool.directory}/`)) {
          image.node(id).access = { mode: 0o600, uid: 5, gid: 5 };
        }
      }
      return { caller: { uid: 5, gid: 5 } };
    },
    says: ['r0p1', /permission/],
  },
  {
    name: 'a part is locked by another program',
    prepare: () => ({}),
    lock: 'r1p0',
    says: ['r1p0', 'locked'],
  },
];

describe('FF-PI-04: preconditions of a sync are found before the first change', () => {
  for (const obstacle of OBSTACLES) {
    test(obstacle.name, async (t) => {
      if (!requires(t, 'pmempool', 'libpmemobj')) return;
      const pool = damagedPool(LOST_PARTS.find(({ name }) => name === 'a later part is missing')!);
      const image = pool.damaged.clone();
      const media = new MemoryMedia({ ...obstacle.prepare(pool, image), image });
      if (obstacle.lock !== undefined) media.lockElsewhere(pool.part(obstacle.lock).path);
      using open = openPoolSet(pool.setPath, media);
      const dryRun = plan(await survey(open));
      assertRefused(dryRun, obstacle.says);
      const refused = apply(open, plan(await survey(open)));
      await assert.rejects(refused, (error) => {
        assert.ok(error instanceof UnrepairableError);
        assert.deepEqual(error.refusals, dryRun.refusals, 'dry run and real run agree');
        return true;
      });
      assert.equal(media.faults.changes, 0, 'nothing was even tried');
    });
  }
});

function assertRefused({ steps, refusals }: SyncPlan, says: Obstacle['says']): void {
  assert.deepEqual(steps, []);
  const message = refusals[0]?.message ?? '';
  for (const words of says) {
    const matches = typeof words === 'string' ? message.includes(words) : words.test(message);
    assert.ok(matches, `${message} lacks ${String(words)}`);
  }
}

function editSet(
  pool: DamagedPool,
  image: DamagedPool['damaged'],
  edit: (text: string) => string,
): void {
  const text = Buffer.from(readImage(image, pool.setPath)).toString();
  const edited = edit(text);
  assert.notEqual(edited, text);
  image.addFile(pool.setPath, Buffer.from(edited));
}
