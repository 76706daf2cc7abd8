import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SystemError } from '../../../src/base/index.ts';
import { POOL_HDR_SIZE, poolHdr, sealPoolHdr } from '../../../src/pool/layout/index.ts';
import { PoolSetFileError } from '../../../src/pool/poolset/index.ts';
import { findRemovalTarget, removeFile } from '../../../src/pool/rm/index.ts';
import { diskWith, SET_PATH } from '../../support/new-pool.ts';

const TEXT = 'PMEMPOOLSET\n8M /d/a0\nREPLICA\n8M /d/b0\n';

const refuses = (errno: string) => (error: unknown) =>
  error instanceof SystemError && error.errno === errno;

suite('what is to be removed', () => {
  test('is every part of a set, whether it is there or not', () => {
    const found = findRemovalTarget(diskWith(['/d'], TEXT), SET_PATH);
    assert.ok(found.kind === 'set');
    assert.deepEqual(found.parts, ['/d/a0', '/d/b0']);
  });

  test('is one file, or nothing', () => {
    const media = diskWith(['/d'], TEXT);
    media.image.addFile('/d/a0', new Uint8Array(4));
    assert.equal(findRemovalTarget(media, '/d/a0').kind, 'file');
    assert.equal(findRemovalTarget(media, '/d/b0').kind, 'missing');
  });

  test('is a stranger without anything of a pool in its first page', () => {
    const media = diskWith(['/d', '/d/sub']);
    const header = new Uint8Array(POOL_HDR_SIZE);
    poolHdr.patch(header, { signature: new TextEncoder().encode('WHATEVER') });
    media.image.addFile('/d/damaged', header.slice());
    sealPoolHdr(header);
    media.image.addFile('/d/unknown', header);
    media.image.addFile('/d/cut', new TextEncoder().encode('PMEMOBJ\0 and no more'));
    media.image.addFile('/d/notes', new TextEncoder().encode('PMEMOBJ pools I know'));
    const kinds = ['damaged', 'notes', 'unknown', 'cut', 'sub'].map(
      (name) => findRemovalTarget(media, `/d/${name}`).kind,
    );
    assert.deepEqual(kinds, ['stranger', 'stranger', 'file', 'file', 'no-file']);
  });

  test('is unknown when the set file cannot be parsed', () => {
    const media = diskWith(['/d'], `${TEXT}8M nowhere\n`);
    assert.throws(() => findRemovalTarget(media, SET_PATH), PoolSetFileError);
  });
});

suite('removing a file', () => {
  test('removes a link and not what it leads to', () => {
    const media = diskWith(['/d']);
    media.image.addFile('/d/real', new Uint8Array(4));
    media.image.addLink('/d/link', '/d/real');
    removeFile(media, '/d/link', false);
    assert.deepEqual(media.list('/d'), ['real']);
  });

  test('leaves a pool that a program has open, unless it is forced', () => {
    const media = diskWith(['/d']);
    media.image.addFile('/d/a0', new Uint8Array(4));
    using user = media.open('/d/a0', 'read');
    assert.ok(user.tryLock());
    assert.throws(() => removeFile(media, '/d/a0', false), refuses('EAGAIN'));
    assert.ok(media.stat('/d/a0') !== undefined);
    removeFile(media, '/d/a0', true);
    assert.equal(media.stat('/d/a0'), undefined);
  });

  test('says that nothing is there', () => {
    assert.throws(() => removeFile(diskWith(['/d']), '/d/a0', true), refuses('ENOENT'));
  });
});
