/** The front door for scripts that know the reference's `pmempool`. */
import { startProgram } from './start-program.ts';

await startProgram(async (args, io) => {
  const { runPmempool } = await import('./compat/pmempool/main.ts');
  return runPmempool(args, io);
});
