import assert from 'node:assert/strict';
import { bytes, put } from './files.ts';
import type { Kit } from './fixture.ts';

/** `tryLock`, within this process and against another. */
export function lockContract({ it }: Kit): void {
  it('tryLock takes a free lock, and again through the same open file', ({ media }, at) => {
    put(media, at('file'), bytes(1));
    using file = media.open(at('file'), 'read');
    assert.equal(file.tryLock(), true);
    assert.equal(file.tryLock(), true);
  });

  it('tryLock is false while another open file holds the lock, true after it closes', ({
    media,
  }, at) => {
    put(media, at('file'), bytes(1));
    const first = media.open(at('file'), 'read');
    using second = media.open(at('file'), 'write');
    assert.equal(first.tryLock(), true);
    assert.equal(second.tryLock(), false);
    first.close();
    assert.equal(second.tryLock(), true);
  });

  it('tryLock is false while another process holds the lock, true after it lets go', async (fixture, at, t) => {
    put(fixture.media, at('file'), bytes(1));
    const letGo = await fixture.lockElsewhere(t, at('file'));
    if (letGo === undefined) return;
    using file = fixture.media.open(at('file'), 'read');
    assert.equal(file.tryLock(), false);
    await letGo();
    assert.equal(file.tryLock(), true);
  });

  it('a lock belongs to the file, not to the name', ({ media }, at) => {
    put(media, at('old'), bytes(1));
    put(media, at('new'), bytes(2));
    using old = media.open(at('old'), 'read');
    assert.equal(old.tryLock(), true);
    media.rename(at('new'), at('old'));
    using renamed = media.open(at('old'), 'read');
    assert.equal(renamed.tryLock(), true);
  });
}
