import * as fc from 'fast-check';

/** A run of one byte value, so that a few of them make a content with runs of zeros and of anything. */
interface Block {
  readonly length: number;
  readonly value: number;
}

/** Lengths around what the copier treats as a whole: page, zero block, chunk. */
const anyLength = fc.oneof(
  fc.integer({ min: 1, max: 5000 }),
  fc.constantFrom(4095, 4096, 4097, 65535, 65536, 65537, 131072, 2 ** 21 - 4096, 2 ** 21),
  fc.integer({ min: 1, max: 3 * 2 ** 20 }),
);

const anyBlock: fc.Arbitrary<Block> = fc.record({
  length: anyLength,
  value: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })),
});

/** Content of a file, with the blocks that made it as its printed form. */
export const anyContent: fc.Arbitrary<readonly Block[]> = fc.array(anyBlock, {
  minLength: 1,
  maxLength: 6,
});

export function contentOf(blocks: readonly Block[]): Buffer {
  return Buffer.concat(blocks.map(({ length, value }) => Buffer.alloc(length, value)));
}

/** Offsets in files: aligned to pages half of the time, as all of a real pool are. */
export const anyOffset: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 8 }).map((pages) => pages * 4096),
  fc.integer({ min: 0, max: 20_000 }),
);
