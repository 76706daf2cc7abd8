/** The front door of `npm start`: with arguments it is `resilver`, without any it shows what that does. */
import { startProgram } from './start-program.ts';

await startProgram(async (args, io) => {
  // npm runs scripts in the folder of the package; paths on the command line count from where the user is.
  const userDirectory = process.env['INIT_CWD'];
  if (process.env['npm_lifecycle_event'] === 'start' && userDirectory !== undefined) {
    process.chdir(userDirectory);
  }
  if (args.length > 0) {
    const { runResilver } = await import('./commands/main.ts');
    return runResilver(args, io);
  }
  const { runPoolTour } = await import('./guided/pool-tour.ts');
  return runPoolTour(io);
});
