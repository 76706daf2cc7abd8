import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { parsePartSize } from '../../../src/pool/poolset/index.ts';

suite('parsePartSize', () => {
  test('every unit', () => {
    const rows = [
      ['7', 7],
      ['7B', 7],
      ['7K', 7 * 1024],
      ['7KiB', 7 * 1024],
      ['7kB', 7000],
      ['7M', 7 * 1024 ** 2],
      ['7MiB', 7 * 1024 ** 2],
      ['7MB', 7e6],
      ['7G', 7 * 1024 ** 3],
      ['7GiB', 7 * 1024 ** 3],
      ['7GB', 7e9],
      ['7T', 7 * 1024 ** 4],
      ['7TiB', 7 * 1024 ** 4],
      ['7TB', 7e12],
      ['7P', 7 * 1024 ** 5],
      ['7PiB', 7 * 1024 ** 5],
      ['7PB', 7e15],
    ] as const;
    for (const [token, size] of rows) assert.equal(parsePartSize(token), size, token);
  });

  test('up to 2^53 - 1 and no further', () => {
    assert.equal(parsePartSize('9007199254740991'), Number.MAX_SAFE_INTEGER);
    assert.equal(parsePartSize('9007199254740992'), undefined);
    assert.equal(parsePartSize('8191T'), 8191 * 1024 ** 4);
    assert.equal(parsePartSize('8192T'), undefined);
    assert.equal(parsePartSize(`${'0'.repeat(39)}9`), 9);
    assert.equal(parsePartSize('9'.repeat(100_000)), undefined);
  });

  test('any other token is no size', () => {
    const token = fc.oneof(fc.string(), fc.stringMatching(/^[0-9]*[BKMGTPkMGiB]{0,4}$/));
    const unit = '(?:[KMGTP](?:iB)?|[kMGTP]B|B)?';
    fc.assert(
      fc.property(token, (text) => {
        const isSize = new RegExp(`^0*[1-9][0-9]*${unit}$`).test(text);
        assert(isSize || parsePartSize(text) === undefined);
      }),
    );
  });
});
