import assert from 'node:assert/strict';
import path from 'node:path';
import { assertFails, bytes, put } from './files.ts';
import type { Kit } from './fixture.ts';

/** Making, changing and removing names. */
export function nameContract({ it }: Kit): void {
  it('create makes an empty file with the given mode, open for writing', ({ media }, at) => {
    using file = media.create(at('new'), 0o600);
    assert.equal(file.path, at('new'));
    assert.equal(file.stat().size, 0);
    assert.equal(file.stat().mode, 0o600);
    file.write(0, bytes(3));
    assert.deepEqual(media.readFile(at('new')), bytes(3));
  });

  it('create fails with EEXIST where anything is, a dangling link included', (fixture, at) => {
    const { media } = fixture;
    put(media, at('file'), bytes(3));
    fixture.makeDirectory(at('directory'));
    fixture.makeLink(at('dangling'), at('nothing'));
    for (const base of ['file', 'directory', 'dangling']) {
      assertFails(() => media.create(at(base), 0o600), 'EEXIST', at(base));
    }
    assert.deepEqual(media.readFile(at('file')), bytes(3));
    assert.equal(media.stat(at('nothing')), undefined);
  });

  it('create in a missing directory fails with ENOENT', ({ media }, at) => {
    assertFails(() => media.create(at('no/new'), 0o600), 'ENOENT', at('no/new'));
  });

  it('open of nothing, or of a dangling link, fails with ENOENT', (fixture, at) => {
    fixture.makeLink(at('dangling'), at('nothing'));
    for (const mode of ['read', 'write'] as const) {
      assertFails(() => fixture.media.open(at('nothing'), mode), 'ENOENT', at('nothing'));
      assertFails(() => fixture.media.open(at('dangling'), mode), 'ENOENT', at('dangling'));
    }
  });

  it('open of a directory for writing fails with EISDIR', (fixture, at) => {
    fixture.makeDirectory(at('directory'));
    assertFails(() => fixture.media.open(at('directory'), 'write'), 'EISDIR', at('directory'));
  });

  it('open of a special file does not wait for anybody', (fixture, at) => {
    fixture.makeOther(at('special'));
    using file = fixture.media.open(at('special'), 'read');
    assert.equal(file.stat().kind, 'other');
  });

  it('open follows links', (fixture, at) => {
    put(fixture.media, at('file'), bytes(10));
    fixture.makeLink(at('link'), 'file');
    using file = fixture.media.open(at('link'), 'read');
    assert.deepEqual(file.read(0, 10), bytes(10));
  });

  it('rename takes the place of an existing file', ({ media }, at) => {
    put(media, at('from'), bytes(10));
    put(media, at('to'), bytes(20));
    const { identity } = media.stat(at('from'))!;
    media.rename(at('from'), at('to'));
    assert.equal(media.stat(at('from')), undefined);
    assert.equal(media.stat(at('to'))?.identity, identity);
  });

  it('rename replaces a link, not what the link names', (fixture, at) => {
    put(fixture.media, at('from'), bytes(10));
    put(fixture.media, at('old'), bytes(20));
    fixture.makeLink(at('link'), 'old');
    fixture.media.rename(at('from'), at('link'));
    assert.deepEqual(fixture.media.readFile(at('link')), bytes(10));
    assert.deepEqual(fixture.media.readFile(at('old')), bytes(20));
  });

  it('a file that loses its name to a rename stays readable for who has it open', ({
    media,
  }, at) => {
    put(media, at('from'), bytes(10));
    put(media, at('to'), bytes(20));
    using old = media.open(at('to'), 'read');
    media.rename(at('from'), at('to'));
    assert.deepEqual(old.read(0, 20), bytes(20));
  });

  it('rename of nothing fails with ENOENT, onto a directory with EISDIR', (fixture, at) => {
    put(fixture.media, at('file'), bytes(1));
    fixture.makeDirectory(at('directory'));
    assertFails(() => fixture.media.rename(at('nothing'), at('x')), 'ENOENT', at('nothing'));
    assertFails(() => fixture.media.rename(at('file'), at('directory')), 'EISDIR', at('file'));
    assert.deepEqual(fixture.media.readFile(at('file')), bytes(1));
  });

  it('unlink removes a name, and of a link the link only', (fixture, at) => {
    put(fixture.media, at('file'), bytes(1));
    fixture.makeLink(at('link'), 'file');
    fixture.media.unlink(at('link'));
    assert.deepEqual(fixture.media.list(path.dirname(at('file'))), ['file']);
    fixture.media.unlink(at('file'));
    assert.deepEqual(fixture.media.list(path.dirname(at('file'))), []);
  });

  it('unlink of nothing fails with ENOENT, of a directory with EISDIR', (fixture, at) => {
    fixture.makeDirectory(at('directory'));
    assertFails(() => fixture.media.unlink(at('nothing')), 'ENOENT', at('nothing'));
    assertFails(() => fixture.media.unlink(at('directory')), 'EISDIR', at('directory'));
  });

  it('syncDirectory may be repeated; of nothing it fails with ENOENT, of a file with ENOTDIR', ({
    media,
  }, at) => {
    const directory = path.dirname(at('file'));
    put(media, at('file'), bytes(1));
    media.syncDirectory(directory);
    media.syncDirectory(directory);
    assertFails(() => media.syncDirectory(at('nothing')), 'ENOENT', at('nothing'));
    assertFails(() => media.syncDirectory(at('file')), 'ENOTDIR', at('file'));
  });
}
