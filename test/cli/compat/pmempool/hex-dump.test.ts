import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hexDump } from '../../../../src/cli/compat/pmempool/hex-dump.ts';

suite('a hexadecimal dump', () => {
  test('shows offset, bytes and text', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => 0x1e + index * 7);
    assert.deepEqual(hexDump(bytes, 0x1000), [
      '00001000  1e 25 2c 33 3a 41 48 4f  56 5d 64 6b 72 79 80 87  |.%,3:AHOV]dkry..|',
    ]);
  });

  test('leaves out rows that repeat, but never the last', () => {
    const bytes = new Uint8Array(16 * 6);
    bytes[16 * 3] = 1;
    assert.deepEqual(
      hexDump(bytes, 0).map((line) => line.slice(0, 12)),
      ['00000000  00', '*', '00000030  01', '00000040  00', '00000050  00'],
    );
  });
});
