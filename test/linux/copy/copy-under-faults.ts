/**
 * Copies, then compares, for `copy-faults.test.ts`, which runs this under strace so that calls of the kernel fail.
 * Arguments: source, target, bytes. Prints one line of JSON.
 */
import fs from 'node:fs';
import { errnoOf } from '../../../src/base/index.ts';
import { compareExtents, copyExtent } from '../../../src/linux/index.ts';

const [source = '', target = '', size = ''] = process.argv.slice(2);
const length = Number(size);
const from = { fd: fs.openSync(source, 'r'), path: source, offset: 0 };
const to = { fd: fs.openSync(target, 'r+'), path: target, offset: 0 };

async function run(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return { errno: errnoOf(error) ?? String(error) };
  }
}

const copied = await run(async () => {
  await copyExtent(from, to, length, { targetIsZero: false });
  return 'done';
});
const compared = await run(async () => {
  const { differing, unreadable } = await compareExtents(from, to, length, {});
  return {
    differing: differing.byteCount,
    unreadable: unreadable.map((side) => side.byteCount),
  };
});
process.stdout.write(`${JSON.stringify({ copied, compared })}\n`);
