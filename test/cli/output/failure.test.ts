import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { InvariantError, SystemError, UsageError } from '../../../src/base/index.ts';
import {
  describeError,
  exitCodeOf,
  InterruptedError,
  toErrorDocument,
} from '../../../src/cli/output/failure.ts';
import { NotAPoolSetError, PoolSetFileError, UnrepairableError } from '../../../src/pool/index.ts';

const SYSTEM = new SystemError('Cannot open /x', { errno: 'EACCES', syscall: 'open', path: '/x' });

suite('errors of resilver', () => {
  test('each class has its exit code', () => {
    const rows = [
      [new UsageError('x'), 2],
      [SYSTEM, 1],
      [new NotAPoolSetError('/x'), 1],
      [new PoolSetFileError('/x', []), 1],
      [new UnrepairableError('/x', []), 1],
      [new InterruptedError('SIGINT', 'x'), 130],
      [new InterruptedError('SIGTERM', 'x'), 143],
      [new InvariantError('x'), 70],
      [new TypeError('x'), 70],
      ['not even an error', 70],
    ] as const;
    for (const [error, code] of rows) assert.equal(exitCodeOf(error), code, String(error));
  });

  test('only bugs come with a stack', () => {
    assert.equal(describeError(SYSTEM), 'resilver: Cannot open /x: Permission denied\n');
    const bug = describeError(new InvariantError('The world is upside down'));
    assert.match(bug, /bug in resilver[^]*The world is upside down\n +at /);
  });

  test('a path cannot give orders to the terminal', () => {
    const error = new NotAPoolSetError('/x\u001B[2J');
    assert.ok(!describeError(error).includes('\u001B'));
  });

  test('as a document: code, message, data', () => {
    assert.deepEqual(toErrorDocument(SYSTEM), {
      schema: 1,
      error: {
        code: 'system',
        message: 'Cannot open /x: Permission denied',
        data: { errno: 'EACCES', syscall: 'open', path: '/x' },
      },
    });
    assert.equal(toErrorDocument(new TypeError('x')).error.code, 'invariant');
  });
});
