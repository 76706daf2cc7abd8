import { spawn } from 'node:child_process';

/** Another process that holds the lock of a file, as a program that has the pool open does. */
export async function holdLock(
  file: string,
): Promise<AsyncDisposable & { readonly running: () => boolean }> {
  const child = spawn('flock', [file, '-c', 'echo held; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve) => {
    child.stdout.once('data', () => resolve());
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return {
    running: () => child.exitCode === null,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
