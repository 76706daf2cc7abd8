import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  getopt,
  parseOptions,
  type OptionSpec,
} from '../../../../src/cli/compat/pmempool/getopt.ts';

const SPECS: readonly OptionSpec[] = [
  { long: 'verbose', short: 'v' },
  { long: 'version', short: 'V' },
  { long: 'dry-run', short: 'd' },
  { long: 'backup', short: 'b', argument: 'required' },
  { long: 'force' },
];

/** The command line as `name=value` and `! message`, then the operands. */
function read(...args: readonly string[]): readonly string[] {
  const events = getopt('prog', args, SPECS);
  const seen: string[] = [];
  for (let next = events.next(); ; next = events.next()) {
    if (next.done === true) return [...seen, ...next.value];
    const event = next.value;
    seen.push(event.kind === 'error' ? `! ${event.message}` : `${event.name}=${event.value}`);
  }
}

suite('GNU options', () => {
  const rows: readonly (readonly [
    name: string,
    args: readonly string[],
    seen: readonly string[],
  ])[] = [
    ['may follow operands', ['a', '-v', 'b', '--dry-run'], ['verbose=', 'dry-run=', 'a', 'b']],
    ['may be bundled', ['-vd', 'a'], ['verbose=', 'dry-run=', 'a']],
    ['may carry their value', ['-bfile', '-vbx'], ['backup=file', 'verbose=', 'backup=x']],
    ['may have their value behind them', ['-b', '-v', 'a'], ['backup=-v', 'a']],
    ['may be cut short', ['--dry', '--verb', '--back=x'], ['dry-run=', 'verbose=', 'backup=x']],
    ['may have an empty value', ['--backup=', '-b', ''], ['backup=', 'backup=']],
    ['end at two dashes', ['-v', '--', '-d', '--'], ['verbose=', '-d', '--']],
    ['are not one dash', ['-', '-v'], ['verbose=', '-']],
    ['that match a name wholly are not ambiguous', ['--version'], ['version=']],
    [
      'that are ambiguous are an error',
      ['--ver', '--ver=1'],
      [
        "! prog: option '--ver' is ambiguous; possibilities: '--verbose' '--version'\n",
        "! prog: option '--ver=1' is ambiguous; possibilities: '--verbose' '--version'\n",
      ],
    ],
    [
      'that are unknown are errors',
      ['-z', '--zap=1'],
      ["! prog: invalid option -- 'z'\n", "! prog: unrecognized option '--zap=1'\n"],
    ],
    [
      'without their value are an error',
      ['--backup'],
      ["! prog: option '--backup' requires an argument\n"],
    ],
    [
      'without their value are an error, short',
      ['-vb'],
      ['verbose=', "! prog: option requires an argument -- 'b'\n"],
    ],
    [
      'with a value that they do not take are an error',
      ['--force=1'],
      ["! prog: option '--force' doesn't allow an argument\n"],
    ],
  ];
  for (const [name, args, seen] of rows) {
    test(name, () => assert.deepEqual(read(...args), seen));
  }

  test('are not read beyond an error, nor beyond a call for help', () => {
    const specs = [...SPECS, { long: 'help', short: 'h' }];
    const failed = parseOptions('prog', ['-v', '-z', '-d'], specs);
    assert.deepEqual([...failed.options.keys()], ['verbose']);
    assert.equal(failed.error, "prog: invalid option -- 'z'\n");
    const help = parseOptions('prog', ['-h', '-z'], specs);
    assert.deepEqual([...help.options.keys(), help.error], ['help', undefined]);
  });
});
