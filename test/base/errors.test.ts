import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test } from 'node:test';
import {
  describeErrno,
  errnoOf,
  invariant,
  InvariantError,
  SystemError,
  toSystemError,
  UsageError,
} from '../../src/base/index.ts';

const FACTS = { errno: 'ENOSPC', syscall: 'fallocate', path: '/x' };

suite('errors', () => {
  test('a system error says what failed in the words of the system', () => {
    const cause = new Error('inner');
    const error = new SystemError('Cannot reserve space for /x', FACTS, cause);
    assert.equal(error.message, 'Cannot reserve space for /x: No space left on device');
    assert.deepEqual(
      [error.code, error.name, error.errno, error.syscall, error.path],
      ['system', 'SystemError', 'ENOSPC', 'fallocate', '/x'],
    );
    assert.deepEqual(error.data, FACTS);
    assert.equal(error.cause, cause);
    assert(!('cause' in new SystemError('x', FACTS)));
  });

  test('texts of errnos are those of the C library', () => {
    for (const [errno, text] of [
      ['EINVAL', 'Invalid argument'],
      ['EAGAIN', 'Resource temporarily unavailable'],
      ['ENOTDIR', 'Not a directory'],
      ['ENOTSUP', 'Operation not supported'],
      ['EWHATEVER', 'EWHATEVER'],
    ] as const) {
      assert.equal(describeErrno(errno), text);
    }
  });

  test('the errno of errors of node and of our own', () => {
    const missing = catchError(() => fs.statSync('/does/not/exist'));
    assert.equal(errnoOf(missing), 'ENOENT');
    assert.equal(errnoOf(new SystemError('x', FACTS)), 'ENOSPC');
    assert.equal(errnoOf(new TypeError('x')), undefined);
    assert.equal(errnoOf(new UsageError('x')), undefined);
    assert.equal(
      errnoOf(catchError(() => Buffer.alloc(-1))),
      undefined,
      'ERR_OUT_OF_RANGE is no errno',
    );
    assert.equal(errnoOf('ENOENT'), undefined);
  });

  test('only errors of the system are wrapped', () => {
    const wrapped = toSystemError(
      catchError(() => fs.statSync('/does/not/exist')),
      'Cannot look',
      'stat',
      '/p',
    );
    assert(wrapped instanceof SystemError);
    assert.equal(wrapped.message, 'Cannot look: No such file or directory');
    for (const other of [new TypeError('bug'), wrapped, 'text']) {
      assert.equal(toSystemError(other, 'x', 'y', 'z'), other);
    }
  });

  test('an invariant that holds is silent, one that does not carries the facts', () => {
    invariant(true, 'never said');
    const error = catchError(() => invariant(false, 'Broken', { at: 3 }));
    assert(error instanceof InvariantError);
    assert.deepEqual([error.code, error.message, error.data], ['invariant', 'Broken', { at: 3 }]);
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}
