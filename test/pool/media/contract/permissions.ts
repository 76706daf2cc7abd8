import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Media } from '../../../../src/pool/media/media.ts';
import { assertFails, bytes, put } from './files.ts';
import type { Kit, MediaFixture } from './fixture.ts';

/** What a user who owns nothing is refused. */
export function permissionContract({ name }: Kit, make: () => MediaFixture): void {
  const nobody = (title: string, work: (media: Media, fixture: MediaFixture) => void): void => {
    test(title, (t) => {
      using fixture = make();
      if (fixture.asNobody === undefined) {
        t.skip(`${name}: becoming another user needs root`);
        return;
      }
      fixture.makeDirectory(path.join(fixture.root, 'private'));
      put(fixture.media, path.join(fixture.root, 'private/file'), bytes(10), 0o600);
      put(fixture.media, path.join(fixture.root, 'readable'), bytes(10), 0o644);
      put(fixture.media, path.join(fixture.root, 'secret'), bytes(10), 0o600);
      fixture.asNobody((media) => work(media, fixture));
    });
  };

  nobody('a file that is not ours to read fails with EACCES', (media, { root }) => {
    assertFails(() => media.open(`${root}/secret`, 'read'), 'EACCES', `${root}/secret`);
    assertFails(() => media.readFile(`${root}/secret`), 'EACCES', `${root}/secret`);
    assert.equal(media.stat(`${root}/secret`)?.mode, 0o600);
  });

  nobody('a file that is ours to read only opens for reading only', (media, { root }) => {
    using file = media.open(`${root}/readable`, 'read');
    assert.deepEqual(file.read(0, 10), bytes(10));
    assertFails(() => media.open(`${root}/readable`, 'write'), 'EACCES', `${root}/readable`);
  });

  nobody('names in a directory that is not ours to change are refused', (media, { root }) => {
    assert.equal(media.canModifyDirectory(root), false);
    assertFails(() => media.create(`${root}/new`, 0o600), 'EACCES', `${root}/new`);
    assertFails(() => media.unlink(`${root}/readable`), 'EACCES', `${root}/readable`);
    assertFails(
      () => media.rename(`${root}/readable`, `${root}/new`),
      'EACCES',
      `${root}/readable`,
    );
  });

  nobody('setAccess of a file that is not ours fails with EPERM', (media, { root }) => {
    using file = media.open(`${root}/readable`, 'read');
    const { uid, gid } = file.stat();
    assertFails(() => file.setAccess({ mode: 0o666, uid, gid }), 'EPERM', `${root}/readable`);
  });
}
