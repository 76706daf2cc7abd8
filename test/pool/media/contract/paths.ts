import assert from 'node:assert/strict';
import path from 'node:path';
import { assertFails, bytes, put } from './files.ts';
import type { Kit } from './fixture.ts';

/** Looking at paths: `stat`, `resolve`, `list`, `space`, `readFile`. */
export function pathContract({ it }: Kit): void {
  it('stat tells kind, size, mode and owner', ({ media }, at) => {
    put(media, at('file'), bytes(5000), 0o640);
    const found = media.stat(at('file'))!;
    assert.equal(found.kind, 'file');
    assert.equal(found.size, 5000);
    assert.equal(found.mode, 0o640);
    assert.equal(typeof found.uid, 'number');
    assert.equal(typeof found.gid, 'number');
    assert.ok(found.ctimeSeconds > 0n);
  });

  it('stat of a directory and of a special file tells them from files', (fixture, at) => {
    fixture.makeDirectory(at('directory'));
    fixture.makeOther(at('special'));
    assert.equal(fixture.media.stat(at('directory'))?.kind, 'directory');
    assert.equal(fixture.media.stat(at('special'))?.kind, 'other');
  });

  it('two paths to one file have one identity, two files have two', (fixture, at) => {
    const { media } = fixture;
    put(media, at('a'), bytes(1));
    put(media, at('b'), bytes(1));
    fixture.makeLink(at('link'), at('a'));
    assert.equal(media.stat(at('link'))?.identity, media.stat(at('a'))?.identity);
    assert.notEqual(media.stat(at('b'))?.identity, media.stat(at('a'))?.identity);
    using file = media.open(at('a'), 'read');
    assert.equal(file.stat().identity, media.stat(at('a'))?.identity);
  });

  it('stat of nothing, also in a missing directory, is undefined', ({ media }, at) => {
    assert.equal(media.stat(at('nothing')), undefined);
    assert.equal(media.stat(at('no-directory/nothing')), undefined);
  });

  it('stat of a dangling link is undefined', (fixture, at) => {
    fixture.makeLink(at('link'), at('nothing'));
    assert.equal(fixture.media.stat(at('link')), undefined);
  });

  it('stat below a file fails with ENOTDIR', ({ media }, at) => {
    put(media, at('file'), bytes(1));
    assertFails(() => media.stat(at('file/below')), 'ENOTDIR', at('file/below'));
  });

  it('stat of links in a circle fails with ELOOP', (fixture, at) => {
    fixture.makeLink(at('a'), at('b'));
    fixture.makeLink(at('b'), at('a'));
    assertFails(() => fixture.media.stat(at('a')), 'ELOOP', at('a'));
  });

  it('resolve of what is no link, or nothing, is the path itself', ({ media }, at) => {
    put(media, at('file'), bytes(1));
    assert.equal(media.resolve(at('file')), at('file'));
    assert.equal(media.resolve(at('nothing')), at('nothing'));
  });

  it('resolve follows a chain of absolute and relative links to its end', (fixture, at) => {
    put(fixture.media, at('file'), bytes(1));
    fixture.makeLink(at('second'), at('file'));
    fixture.makeLink(at('first'), 'second');
    assert.equal(fixture.media.resolve(at('first')), at('file'));
  });

  it('resolve follows a link to where nothing is', (fixture, at) => {
    fixture.makeLink(at('link'), 'nothing');
    assert.equal(fixture.media.resolve(at('link')), at('nothing'));
  });

  it('resolve counts .. of a link from where the link really lies', (fixture, at) => {
    fixture.makeDirectory(at('real'));
    fixture.makeDirectory(at('real/deep'));
    fixture.makeLink(at('short'), at('real/deep'));
    fixture.makeLink(at('real/deep/link'), '../file');
    assert.equal(fixture.media.resolve(at('short/link')), at('real/file'));
  });

  it('resolve of links in a circle fails with ELOOP', (fixture, at) => {
    fixture.makeLink(at('a'), 'b');
    fixture.makeLink(at('b'), 'a');
    assertFails(() => fixture.media.resolve(at('a')), 'ELOOP', at('a'));
  });

  it('list names everything in a directory', (fixture, at) => {
    put(fixture.media, at('file'), bytes(1));
    fixture.makeDirectory(at('directory'));
    fixture.makeLink(at('link'), 'nothing');
    put(fixture.media, at('directory/deeper'), bytes(1));
    assert.deepEqual(fixture.media.list(path.dirname(at('file'))).toSorted(), [
      'directory',
      'file',
      'link',
    ]);
  });

  it('list of nothing fails with ENOENT, of a file with ENOTDIR', ({ media }, at) => {
    put(media, at('file'), bytes(1));
    assertFails(() => media.list(at('nothing')), 'ENOENT', at('nothing'));
    assertFails(() => media.list(at('file')), 'ENOTDIR', at('file'));
  });

  it('space of two directories of one file system has one identity', (fixture, at) => {
    fixture.makeDirectory(at('a'));
    fixture.makeDirectory(at('b'));
    const [a, b] = [fixture.media.space(at('a')), fixture.media.space(at('b'))];
    assert.equal(a.fileSystem, b.fileSystem);
    assert.ok(a.free > 0);
  });

  it('space of a missing directory fails with ENOENT', ({ media }, at) => {
    assertFails(() => media.space(at('nothing')), 'ENOENT', at('nothing'));
  });

  it('canModifyDirectory is true for our own directory, false where nothing is', (fixture, at) => {
    fixture.makeDirectory(at('own'));
    assert.equal(fixture.media.canModifyDirectory(at('own')), true);
    assert.equal(fixture.media.canModifyDirectory(at('nothing')), false);
  });

  it('readFile gives the whole content', ({ media }, at) => {
    put(media, at('file'), bytes(70_001));
    assert.deepEqual(media.readFile(at('file')), bytes(70_001));
    put(media, at('empty'), bytes(0));
    assert.deepEqual(media.readFile(at('empty')), bytes(0));
  });

  it('readFile of nothing fails with ENOENT, of a directory with EISDIR', (fixture, at) => {
    fixture.makeDirectory(at('directory'));
    assertFails(() => fixture.media.readFile(at('nothing')), 'ENOENT', at('nothing'));
    assertFails(() => fixture.media.readFile(at('directory')), 'EISDIR', at('directory'));
  });
}
