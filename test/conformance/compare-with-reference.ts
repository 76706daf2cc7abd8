import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { walkVerify } from '../support/pmdk.ts';
import { scratchDirectory } from '../support/pool-fixture.ts';
import { referencePmempool, requires } from '../support/requirements.ts';
import { digestEntry, ScratchTree, type TreeSnapshot } from '../support/tree-snapshot.ts';
import { COMMANDS, type CommandName } from './commands.ts';
import { DAMAGES } from './damages.ts';
import { makeFixture, type FixtureName } from './fixtures.ts';
import { differenceOf, readKnownDifferences } from './known-differences.ts';
import { CASES, type Case } from './matrix.ts';
import { describeOutcome, withoutRuntimeState, type Outcome } from './outcome.ts';
import { runOurs } from './run-ours.ts';
import { runReference } from './run-reference.ts';

const known = readKnownDifferences();

/** The pools of a test file, made once each, and the directory where damage is done to copies of them. */
class Bench {
  readonly #tree: ScratchTree;
  readonly #fixtures = new Map<
    FixtureName,
    { readonly tree: TreeSnapshot; readonly summary: string }
  >();

  constructor(directory: string) {
    this.#tree = new ScratchTree(join(directory, 'pool'));
  }

  /** What is wrong with how we deal with a case; empty when nothing is. */
  async problemsOf(one: Case): Promise<readonly string[]> {
    const { tree: intact, summary } = this.#fixture(one.fixture);
    this.#tree.restore(intact);
    DAMAGES[one.damage]!(this.#tree.directory);
    const before = this.#tree.snapshot();
    this.#tree.restore(before);
    const theirs = runReference(COMMANDS[one.command], this.#tree);
    this.#tree.restore(before);
    const ours = await runOurs(COMMANDS[one.command], this.#tree);
    return [
      ...differences(one, before, theirs, ours),
      ...brokenPromises(one, before, ours),
      ...(isRepair(one.command) && ours.exit === 0 ? this.#unusable(one, summary) : []),
    ];
  }

  #fixture(name: FixtureName): { readonly tree: TreeSnapshot; readonly summary: string } {
    let fixture = this.#fixtures.get(name);
    if (fixture === undefined) {
      this.#tree.restore(new Map());
      const { summary } = makeFixture(name, this.#tree.directory);
      fixture = { tree: this.#tree.snapshot(), summary };
      this.#fixtures.set(name, fixture);
    }
    return fixture;
  }

  /** A set that we call synchronized: would the reference call it consistent, and do programs find their data in it? */
  #unusable({ id, damage }: Case, summary: string): readonly string[] {
    if (UNSEEN_BY_SYNC.has(damage)) return [];
    const check = spawnSync(referencePmempool(), ['check', 'my.set'], {
      cwd: this.#tree.directory,
      encoding: 'utf8',
    });
    const verdict =
      check.status === 0 && check.stdout === ''
        ? []
        : [`${id}: afterwards the reference says ${check.stdout}${check.stderr}`];
    if (summary === '') return verdict;
    const found = walkVerify(join(this.#tree.directory, 'my.set'));
    return found.summary === summary
      ? verdict
      : [...verdict, `${id}: a program finds ${found.summary} ${found.stderr}, not ${summary}`];
  }
}

/**
 * Damage that sync, like the reference, does not look for: to data in the replica that leads, which only a comparison of the
 * replicas can find; a shutdown state that nobody maintains.
 */
const UNSEEN_BY_SYNC: ReadonlySet<string> = new Set(['r0p0-heap-header-zero', 'all-power-lost']);

function isRepair(command: CommandName): boolean {
  const { args } = COMMANDS[command];
  return args[0] === 'sync' && !isDryRun(args);
}

function isDryRun(args: readonly string[]): boolean {
  return args.some((word) => word === '--dry-run' || word === '--dry' || /^-[a-z]*[dN]/.test(word));
}

/** Where ours and theirs differ and should not, or do not differ and are said to. */
function differences(
  { id, command }: Case,
  before: TreeSnapshot,
  theirs: Outcome,
  ours: Outcome,
): readonly string[] {
  const describeOne = (outcome: Outcome): readonly string[] =>
    describeOutcome(
      before,
      command.startsWith('create')
        ? { ...outcome, tree: withoutRuntimeState(outcome.tree) }
        : outcome,
    );
  const [expected, found] = [describeOne(theirs), describeOne(ours)];
  const same = expected.join('\n') === found.join('\n');
  const entry = differenceOf(id, known);
  if (entry !== undefined) {
    return same ? [`${id}: agrees, but known-differences.txt has ${entry.glob}`] : [];
  }
  if (same) return [];
  return [
    `${id}: differs from the reference`,
    ...expected.filter((line) => !found.includes(line)).map((line) => `  theirs ${line}`),
    ...found.filter((line) => !expected.includes(line)).map((line) => `  ours   ${line}`),
  ];
}

/** What we promise whatever the reference does: a look changes nothing, and neither does a failure. */
function brokenPromises(
  { id, command }: Case,
  before: TreeSnapshot,
  { exit, tree }: Outcome,
): readonly string[] {
  const args: readonly string[] = COMMANDS[command].args;
  const [verb] = args;
  const looks =
    verb === 'info' || isDryRun(args) || (verb === 'check' && !args.join(' ').includes('-r'));
  const mustKeep = looks || (verb !== 'rm' && verb !== 'create' && exit !== 0);
  if (!mustKeep) return [];
  const changed = [...new Set([...before.keys(), ...tree.keys()])].filter(
    (name) => textOf(before, name) !== textOf(tree, name) && !args.includes(name),
  );
  return changed.length === 0 ? [] : [`${id}: exit ${exit}, yet it changed ${changed.join(', ')}`];
}

function textOf(tree: TreeSnapshot, name: string): string {
  const entry = tree.get(name);
  return entry === undefined ? 'nothing' : digestEntry(entry);
}

/** Declares a test for each fixture and command of the cases that `belongs` picks. */
export function compareWithReference(title: string, belongs: (one: Case) => boolean): void {
  describe(title, () => {
    const scratch = scratchDirectory('resilver-conformance-');
    const bench = new Bench(scratch.path);
    const groups = Map.groupBy(
      CASES.filter(belongs),
      ({ fixture, command }) => `${command} of ${fixture}`,
    );
    for (const [name, cases] of groups) {
      test(`${name}, ${cases.length} times, as the reference does`, async (t: TestContext) => {
        if (!requires(t, 'pmempool', 'libpmemobj')) return;
        const problems: string[] = [];
        for (const one of cases) problems.push(...(await bench.problemsOf(one)));
        assert.deepEqual(problems, []);
      });
    }
    after(() => scratch[Symbol.dispose]());
  });
}
