import { spawn } from 'node:child_process';

/** Another process that holds the lock of a file, as a program that has the pool open does. */
export async function holdLock(
  file: string,
): Promise<AsyncDisposable & { readonly running: () => boolean }> {
  const child = spawn('flock', [file, '-c', 'echo held; read line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
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
      // The end of its input ends the shell, and with it `flock`; a signal would end only one of the two.
      child.stdin.end();
      await exited;
    },
  };
}
