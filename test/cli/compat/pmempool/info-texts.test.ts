import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RangeSet } from '../../../../src/base/index.ts';
import { describePoolInfo, formatSize } from '../../../../src/cli/compat/pmempool/info-texts.ts';
import type { HeaderInfo, Part } from '../../../../src/pool/index.ts';

const FILE: Part = {
  replica: 0,
  index: 0,
  path: '/d/pool',
  fileSize: 8 * 1024 * 1024,
  kind: 'file',
  line: undefined,
  poolOffset: 0,
  poolLength: 8 * 1024 * 1024,
  dataOffset: 0,
  hasHeader: true,
};

const HEADER: HeaderInfo = {
  bytes: new Uint8Array(4096),
  signature: 'PMEMOBJ',
  major: 6,
  incompat: 8,
  featureNames: [undefined],
  compat: 1,
  roCompat: 0,
  poolsetUuid: 'a',
  uuid: 'b',
  prevPartUuid: 'b',
  nextPartUuid: 'b',
  prevReplUuid: 'b',
  nextReplUuid: 'b',
  createdSeconds: 0n,
  alignmentDesc: { found: 1n, expected: 1n },
  alignments: [],
  machineClass: 2,
  archData: 1,
  machine: 62,
  dirty: true,
  checksum: { found: 1n, expected: 0x2an },
};

const lines = (badBlocks?: ReadonlyMap<string, RangeSet>): readonly string[] =>
  describePoolInfo(
    {
      set: undefined,
      file: FILE,
      isPartOfSet: true,
      header: HEADER,
      descriptor: undefined,
      statistics: undefined,
    },
    { human: false, verbose: false, hex: false },
    badBlocks,
  );

suite('the report of pmempool info', () => {
  test('has the bad blocks of a part behind its size, in sectors', () => {
    const ranges = RangeSet.of({ offset: 8192, end: 12_288 }, { offset: 0, end: 4096 });
    assert.deepEqual(lines(new Map([['r0p0', ranges]])).slice(0, 9), [
      'Part file:',
      'path                     : /d/pool',
      'type                     : regular file',
      'size                     : 8388608',
      'bad blocks:',
      '\toffset\t\tlength',
      '\t0\t\t8',
      '\t16\t\t8',
      '',
    ]);
  });

  test('does not mention bad blocks where there are none', () => {
    assert.deepEqual(lines(), lines(new Map([['r0p1', RangeSet.of({ offset: 0, end: 512 })]])));
    assert(!lines().includes('bad blocks:'));
  });

  test('says what a checksum should be, and names what it does not know', () => {
    const report = lines();
    assert(report.includes('Checksum                 : 0x1 [wrong! should be: 0x2a]'));
    assert(report.includes('Mandatory features       : 0x8 [?UNKNOWN_FLAG?]'));
    assert(report.includes('Last shutdown            : dirty'));
    assert(report.includes('Signature                : PMEMOBJ [part file]'));
  });

  test('sizes for people count in 1024', () => {
    assert.deepEqual(
      [1023, 1024, 1536, 1024 ** 2, 1024 ** 5].map((size) => formatSize(size, true)),
      ['1023', '1.0K', '1.5K', '1.0M', '1024.0T'],
    );
    assert.equal(formatSize(1536, false), '1536');
  });
});
