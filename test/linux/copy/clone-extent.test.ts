import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { MIB } from '../../../src/base/index.ts';
import { cloneExtent } from '../../../src/linux/index.ts';
import { hasSharedBlocks, loopFileSystem } from '../../support/loop-file-system.ts';
import { requires } from '../../support/requirements.ts';

for (const kind of ['ext4', 'xfs'] as const) {
  const shares = kind === 'xfs';
  test(`cloneExtent ${shares ? 'shares blocks' : 'changes nothing and says so'} on ${kind}`, (t) => {
    if (!requires(t, 'filefrag')) return;
    using volume = loopFileSystem(t, kind, 512 * MIB);
    if (volume === undefined) return;
    const [from, to] = [`${volume.path}/source`, `${volume.path}/target`];
    fs.writeFileSync(from, new Uint8Array(MIB).fill(1));
    fs.writeFileSync(to, new Uint8Array(2 * MIB).fill(2));
    const source = { fd: fs.openSync(from, 'r'), path: from, offset: 64 * 1024 };
    const target = { fd: fs.openSync(to, 'r+'), path: to, offset: MIB };
    try {
      assert.equal(cloneExtent(source, target, 128 * 1024), shares);
      fs.fsyncSync(target.fd);
      const expected = Buffer.alloc(2 * MIB, 2);
      if (shares) expected.fill(1, MIB, MIB + 128 * 1024);
      assert.ok(expected.equals(fs.readFileSync(to)));
      assert.equal(hasSharedBlocks(to), shares);
    } finally {
      fs.closeSync(source.fd);
      fs.closeSync(target.fd);
    }
  });
}
