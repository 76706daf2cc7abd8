import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import koffi from 'koffi';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { FileMedia } from '../../../../src/pool/media/file/file-media.ts';
import { requires } from '../../../support/requirements.ts';
import { mediaContract, type MediaFixture } from '../media-contract.ts';

const NOBODY = 65534;
const libc = koffi.load(null);
const setresuid = libc.func('int setresuid(uint32_t real, uint32_t effective, uint32_t saved)');
const setresgid = libc.func('int setresgid(uint32_t real, uint32_t effective, uint32_t saved)');

function makeFixture(): MediaFixture {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'resilver-media-')));
  fs.chmodSync(root, 0o755);
  const media = new FileMedia();
  return {
    media,
    root,
    makeDirectory: (target) => fs.mkdirSync(target),
    makeLink: (name, target) => fs.symlinkSync(target, name),
    makeOther: (target) => execFileSync('mkfifo', [target]),
    lockElsewhere,
    asNobody: process.getuid?.() === 0 ? (work) => withUser(NOBODY, () => work(media)) : undefined,
    damage: undefined,
    ownedBytes: (target) => fs.statSync(target).blocks * 512,
    [Symbol.dispose]() {
      fs.rmSync(root, { recursive: true });
    },
  };
}

/** A process of util-linux holds the lock until its standard input ends. */
async function lockElsewhere(
  t: TestContext,
  target: string,
): Promise<(() => Promise<void>) | undefined> {
  if (!requires(t, 'flock')) return undefined;
  const holder = spawn('flock', ['--exclusive', target, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  await once(holder.stdout, 'data');
  return async () => {
    holder.stdin.end();
    await ended;
  };
}

/** Real and effective user change, as access(2) asks the real one; the saved one stays root, so that we can come back. */
function withUser<T>(id: number, work: () => T): T {
  setresgid(id, id, 0);
  setresuid(id, id, 0);
  try {
    return work();
  } finally {
    setresuid(0, 0, 0);
    setresgid(0, 0, 0);
  }
}

mediaContract('FileMedia', makeFixture);
