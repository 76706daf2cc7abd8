import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { MIB } from '../../base/index.ts';
import { openPoolSet, partName, split, type PoolSet } from '../../pool/index.ts';

const PART_SIZE = 16 * MIB;
/** Pool offset behind everything that describes the heap of a pool of this size; objects would lie from here on. */
const DATA_AT = 4 * MIB;
const PAGE = 4096;

/** The files of the guided run: a set of two replicas with two parts each, and what is done to them. */
export class TourPool {
  readonly directory: string;
  /** Relative to the directory, in which this process works meanwhile. */
  readonly setPath = 'my.set';

  constructor(directory: string) {
    this.directory = directory;
    const line = (name: string): string => `${PART_SIZE} ${this.part(name)}`;
    const lines = [
      'PMEMPOOLSET',
      line('r0p0'),
      line('r0p1'),
      'REPLICA',
      line('r1p0'),
      line('r1p1'),
    ];
    fs.writeFileSync(this.setPath, `${lines.join('\n')}\n`);
  }

  part(name: string): string {
    return path.join(this.directory, name);
  }

  /** Writes the start of `source` into the data area of every replica, as a program with replicas would. Returns its bytes. */
  fill(source: string): number {
    using pool = openPoolSet(this.setPath);
    const { set } = pool;
    const capacity = Math.min(...set.replicas.map((replica) => replica.capacity));
    const data = readStart(source, capacity - DATA_AT);
    this.#writePool(set, DATA_AT, data);
    return data.length;
  }

  #writePool(set: PoolSet, poolOffset: number, data: Uint8Array): void {
    const range = { offset: poolOffset, end: poolOffset + data.length };
    for (const piece of set.replicas.flatMap((replica) => split(replica, range))) {
      const from = piece.poolOffset - poolOffset;
      writeAt(piece.part.path, piece.fileOffset, data.subarray(from, from + piece.length));
    }
  }

  removePart(name: string): void {
    fs.unlinkSync(this.part(name));
  }

  overwriteHeader(name: string): void {
    writeAt(this.part(name), 0, Buffer.alloc(PAGE, 'overwritten by mistake '));
  }

  /** Inverts one byte in the middle of a part. Returns its offset in the file. */
  flipByte(name: string): number {
    const offset = PART_SIZE / 2 + 1234;
    const fd = fs.openSync(this.part(name), 'r');
    const byte = Buffer.alloc(1);
    fs.readSync(fd, byte, 0, 1, offset);
    fs.closeSync(fd);
    writeAt(this.part(name), offset, Buffer.of(byte[0]! ^ 0xff));
    return offset;
  }

  /**
   * Digest of the data of every part that exists, by its name. Without the header page: a header that is made anew has another
   * creation time.
   */
  digests(): ReadonlyMap<string, string> {
    using pool = openPoolSet(this.setPath);
    const parts = pool.set.replicas.flatMap((replica) => replica.parts);
    const existing = parts.filter((part) => fs.existsSync(part.path));
    return new Map(
      existing.map((part) => {
        const data = fs.readFileSync(part.path).subarray(PAGE);
        return [partName(part), createHash('sha256').update(data).digest('hex')] as const;
      }),
    );
  }
}

function readStart(source: string, length: number): Uint8Array {
  const fd = fs.openSync(source, 'r');
  try {
    const data = Buffer.alloc(length);
    const count = fs.readSync(fd, data, 0, length, 0);
    return data.subarray(0, count);
  } finally {
    fs.closeSync(fd);
  }
}

function writeAt(target: string, offset: number, data: Uint8Array): void {
  const fd = fs.openSync(target, 'r+');
  try {
    fs.writeSync(fd, data, 0, data.length, offset);
  } finally {
    fs.closeSync(fd);
  }
}
