/** The front door for people. */
import { startProgram } from './start-program.ts';

await startProgram(async (args, io) => {
  const { runResilver } = await import('./commands/main.ts');
  return runResilver(args, io);
});
