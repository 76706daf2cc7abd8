import type { RangeSet } from '../../../base/index.ts';
import {
  partName,
  type DescriptorInfo,
  type HeaderInfo,
  type Part,
  type PoolInfo,
  type PoolSet,
  type Verified,
} from '../../../pool/index.ts';
import { field } from './info-field.ts';
import { describeStatistics } from './statistics-texts.ts';
import { hexDump } from './hex-dump.ts';

/** How `info` prints. */
export interface InfoStyle {
  /** Sizes as people read them. */
  readonly human: boolean;
  readonly verbose: boolean;
  readonly hex: boolean;
}

/** By part name, bytes of the file. */
type BadBlocks = ReadonlyMap<string, RangeSet>;

/** The whole report, as lines. Source: PMDK 1.12.1 src/tools/pmempool/info.c, info_obj.c. */
export function describePoolInfo(
  info: PoolInfo,
  style: InfoStyle,
  badBlocks: BadBlocks = new Map(),
): readonly string[] {
  return [
    ...(info.set === undefined
      ? ['Part file:', ...fileFields(info.file, style, badBlocks)]
      : setStructure(info.set, style, badBlocks)),
    '',
    ...header(info, style),
    ...(info.descriptor === undefined ? [] : ['', ...descriptor(info.descriptor, style)]),
    ...(info.statistics === undefined ? [] : ['', ...describeStatistics(info.statistics)]),
  ];
}

function fileFields(file: Part, { human }: InfoStyle, badBlocks: BadBlocks): readonly string[] {
  return [
    field('path', file.path),
    field('type', file.kind === 'dax' ? 'device dax' : 'regular file'),
    field('size', formatSize(file.fileSize, human)),
    ...badBlockTable(badBlocks.get(partName(file))),
  ];
}

const SECTOR = 512;

function badBlockTable(ranges: RangeSet | undefined): readonly string[] {
  if (ranges === undefined || ranges.isEmpty) return [];
  return [
    'bad blocks:',
    '\toffset\t\tlength',
    ...ranges.ranges.map(({ offset, end }) => `\t${offset / SECTOR}\t\t${(end - offset) / SECTOR}`),
  ];
}

function setStructure(set: PoolSet, style: InfoStyle, badBlocks: BadBlocks): readonly string[] {
  const prefix = set.directoryBased ? 'Directory-based ' : '';
  return [
    `${prefix}Poolset structure:`,
    field('Number of replicas', String(set.replicas.length)),
    ...set.replicas.flatMap((replica) => [
      `Replica ${replica.index}${replica.index === 0 ? ' (master)' : ''} - local, ${replica.parts.length} part(s):`,
      ...replica.parts.flatMap((part) => [
        `part ${part.index}:`,
        ...fileFields(part, style, badBlocks),
      ]),
      ...directories(replica.directories),
    ]),
    ...(set.options.singleHeader ? ['', 'Poolset options:', 'SINGLEHDR'] : []),
  ];
}

function directories(found: PoolSet['replicas'][number]['directories']): readonly string[] {
  if (found.length === 0) return [];
  return [
    `${found.length} ${found.length === 1 ? 'Directory' : 'Directories'}:`,
    ...found.flatMap(({ path, reservation }) => [
      `Directory ${path}:`,
      field('reservation size', String(reservation)),
    ]),
  ];
}

const RULE = '-'.repeat(78);

function header({ header: hdr, isPartOfSet }: PoolInfo, style: InfoStyle): readonly string[] {
  return [
    'POOL Header:',
    ...(style.hex ? [...hexDump(hdr.bytes, 0), RULE] : []),
    field('Signature', `${hdr.signature}${isPartOfSet ? ' [part file]' : ''}`),
    field('Major', String(hdr.major)),
    field('Mandatory features', features(hdr)),
    field('Not mandatory features', `0x${hdr.compat.toString(16)}`),
    field('Forced RO', `0x${hdr.roCompat.toString(16)}`),
    field('Pool set UUID', hdr.poolsetUuid),
    field('UUID', hdr.uuid),
    field('Previous part UUID', hdr.prevPartUuid),
    field('Next part UUID', hdr.nextPartUuid),
    field('Previous replica UUID', hdr.prevReplUuid),
    field('Next replica UUID', hdr.nextReplUuid),
    field('Creation Time', formatTime(hdr.createdSeconds)),
    ...alignment(hdr, style),
    field('Class', CLASSES.get(hdr.machineClass) ?? 'unknown'),
    field('Data', BYTE_ORDERS.get(hdr.archData) ?? 'unknown'),
    field('Machine', MACHINES.get(hdr.machine) ?? `unknown ${hdr.machine}`),
    field('Last shutdown', hdr.dirty ? 'dirty' : 'clean'),
    field('Checksum', checksum(hdr.checksum)),
  ];
}

const CLASSES: ReadonlyMap<number, string> = new Map([[2, '64']]);
const BYTE_ORDERS: ReadonlyMap<number, string> = new Map([
  [1, "2's complement, little endian"],
  [2, "2's complement, big endian"],
]);
const MACHINES: ReadonlyMap<number, string> = new Map([
  [62, 'AMD X86-64'],
  [183, 'Aarch64'],
]);

function features({ incompat, featureNames }: HeaderInfo): string {
  const names = featureNames.map((name) => name ?? '?UNKNOWN_FLAG?');
  const list = names.length === 0 ? '' : ` [${names.join(', ')}]`;
  return `0x${incompat.toString(16)}${list}`;
}

function alignment(
  { alignmentDesc, alignments }: HeaderInfo,
  { verbose }: InfoStyle,
): readonly string[] {
  const { found, expected } = alignmentDesc;
  const verdict = found === expected ? '[OK]' : ` [wrong! should be ${hex64(expected)}]`;
  const line = field('Alignment Descriptor', `${hex64(found)}${verdict}`);
  if (!verbose) return [line];
  return [
    line,
    ...alignments.map(({ type, bytes }) => field(`  ${type}`, String(bytes).padStart(2))),
  ];
}

function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}

function checksum({ found, expected }: Verified): string {
  const verdict = found === expected ? '[OK]' : `[wrong! should be: 0x${expected.toString(16)}]`;
  return `0x${found.toString(16)} ${verdict}`;
}

const DESCRIPTOR_OFFSET = 0x1000;

function descriptor(found: DescriptorInfo, style: InfoStyle): readonly string[] {
  return [
    'PMEM OBJ Header:',
    ...(style.hex ? [...hexDump(found.bytes, DESCRIPTOR_OFFSET), RULE] : []),
    field('Layout', found.layout === '' ? '(null)' : found.layout),
    field('Lanes offset', `0x${found.lanesOffset.toString(16)}`),
    field('Number of lanes', String(found.laneCount)),
    field('Heap offset', `0x${found.heapOffset.toString(16)}`),
    field('Heap size', String(found.heapSize)),
    field('Checksum', checksum(found.checksum)),
    field('Root offset', `0x${found.rootOffset.toString(16)}`),
    ...(style.verbose ? [field('Run id', String(found.runId))] : []),
  ];
}

/** `8388608`, or `8.0M` for people. Units of 1024. */
export function formatSize(size: number, human: boolean): string {
  if (!human || size < 1024) return String(size);
  const power = Math.min(Math.floor(Math.log2(size) / 10), 4);
  return `${(size / 2 ** (10 * power)).toFixed(1)}${'KMGT'[power - 1]}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Local time, as `Mon Nov 23 2026 04:39:26`. A time that no calendar holds is printed as its seconds. */
function formatTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  const day = `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${twoDigits(date.getDate())}`;
  return `${day} ${date.getFullYear()} ${clock}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
