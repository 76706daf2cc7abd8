import { ResilverError } from '../../base/index.ts';
import type { PoolSetProblem } from './pool-set-problem.ts';

/** The set file cannot be used. Carries everything that is wrong with it, in the order in which it was met. Exit code 1. */
export class PoolSetFileError extends ResilverError {
  readonly path: string;
  readonly problems: readonly PoolSetProblem[];

  constructor(path: string, problems: readonly PoolSetProblem[]) {
    super('pool-set-file', messageOf(path, problems), { data: { path, problems } });
    this.path = path;
    this.problems = problems;
  }
}

function messageOf(path: string, problems: readonly PoolSetProblem[]): string {
  const [first] = problems;
  if (first === undefined) return `Cannot use pool set file ${path}`;
  const line = first.line ?? first.near;
  const where = line === undefined ? '' : ` in line ${line}`;
  const others = problems.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more problem${others === 1 ? '' : 's'})`;
  return `Cannot use pool set file ${path}: ${first.text}${where}${more}`;
}
