import { ResilverError } from './errors.ts';

/** Our own bug: the program's picture of the world contradicts itself. Nobody handles it; the process exits with 70. */
export class InvariantError extends ResilverError {
  constructor(message: string, data: Readonly<Record<string, unknown>> = {}) {
    super('invariant', message, { data });
  }
}

/**
 * States what must hold whatever is on the media or on the command line.
 * @throws InvariantError when `condition` is false
 */
export function invariant(
  condition: boolean,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): asserts condition {
  if (!condition) throw new InvariantError(message, data);
}

/** Marks a branch that the compiler has proved unreachable. @throws InvariantError always */
export function unreachable(value: never): never {
  throw new InvariantError('Reached a case that should not exist', { value });
}
