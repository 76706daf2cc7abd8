import type { CommandName } from './commands.ts';
import { fields, links, PARTS, SET_FILES } from './damage-groups.ts';
import type { FixtureName } from './fixtures.ts';

/** A pool set, what happens to it, and what is called then. Its id is `fixture/damage/command`. */
export interface Case {
  readonly id: string;
  readonly fixture: FixtureName;
  readonly damage: string;
  readonly command: CommandName;
}

interface Block {
  readonly fixture: FixtureName;
  readonly damages: readonly string[];
  readonly commands: readonly CommandName[];
}

const BLOCKS: readonly Block[] = [
  // What is wrong with the files and their content, with shutdown state and without.
  { fixture: 'plain', damages: ['none', ...PARTS], commands: ['sync-v', 'check-v', 'info'] },
  { fixture: 'no-sds', damages: ['none', ...PARTS], commands: ['sync', 'check'] },
  {
    fixture: 'plain',
    damages: ['none', 'r1p1-missing', 'r0-missing'],
    commands: ['sync-d', 'sync-dv'],
  },
  {
    fixture: 'fresh',
    damages: ['none', 'r1p1-missing', 'r0p0-missing'],
    commands: ['sync-v', 'check-v'],
  },

  // Every field of a header, in a first and in a last part.
  { fixture: 'plain', damages: fields('r0p0'), commands: ['sync-v', 'check-v', 'info-r0p0'] },
  {
    fixture: 'no-sds',
    damages: fields('r1p1').filter((name) => !/-flip-.*(-part|-repl|sds|machine|class)/.test(name)),
    commands: ['sync-v', 'check-v', 'info-r1p1'],
  },
  { fixture: 'file', damages: fields('r0p0'), commands: ['check-part', 'check-part-r'] },

  {
    fixture: 'plain',
    damages: fields('r0p0', 'r1p1').filter(
      (name) => !/flip.*(-repl|-part|crtime|sds|class|machine)/.test(name),
    ),
    commands: ['info'],
  },

  // Power lost while the pool was open, as far as the shutdown state tells.
  {
    fixture: 'plain',
    damages: ['r0p0-power-lost', 'r1p0-power-lost', 'all-power-lost', 'all-power-lost-closed'],
    commands: [
      'sync-v',
      'check',
      'check-v',
      'check-r',
      'check-ra',
      'check-r-no',
      'check-ryv',
      'check-rNya',
      'info-r0p0',
    ],
  },
  {
    fixture: 'alone',
    damages: ['r0p0-power-lost'],
    commands: ['check', 'check-v', 'check-r', 'check-ryv'],
  },
  { fixture: 'file', damages: ['r0p0-power-lost'], commands: ['check-part', 'check-part-r'] },
  { fixture: 'no-sds', damages: ['all-power-lost'], commands: ['sync-v', 'check-v'] },
  {
    fixture: 'mirror',
    damages: [
      'none',
      'r1p0-missing',
      'r1p0-header-zero',
      'r0p0-forge-uuid',
      'r1p0-forge-prev-repl',
    ],
    commands: ['sync-v', 'check-v', 'check-ryav', 'info'],
  },

  // Repairs by `check`.
  {
    fixture: 'plain',
    damages: ['none', ...fields('r0p1').filter((name) => name.includes('forge'))],
    commands: ['check-r', 'check-ryav', 'check-rdv'],
  },
  {
    fixture: 'long',
    damages: links('r0p1'),
    commands: [
      'check-r',
      'check-ra',
      'check-ra-mixed',
      'check-r-no',
      'check-r-no-yes',
      'check-ry',
      'check-rNya',
    ],
  },
  { fixture: 'long', damages: links('r0p0', 'r0p1', 'r1p2'), commands: ['check', 'check-ryav'] },
  { fixture: 'uneven', damages: links('r0p0', 'r1p0', 'r2p1'), commands: ['check', 'check-ryav'] },
  { fixture: 'singlehdr', damages: links('r0p0', 'r1p0'), commands: ['check', 'check-ryav'] },
  { fixture: 'alone', damages: links('r0p0', 'r0p1'), commands: ['check', 'check-ryav'] },
  {
    fixture: 'plain',
    damages: [
      'none',
      'r0p1-header-zero',
      'r0p1-flip-checksum',
      'r0p0-forge-sds-dirty',
      'r0p1-missing',
    ],
    commands: [
      'check',
      'check-q',
      'check-ry',
      'check-rya',
      'check-rd',
      'check-N',
      'check-y',
      'check-a',
      'check-b',
      'check-d',
      'check-part',
      'check-r1p1',
      'check-set-b',
    ],
  },
  {
    fixture: 'file',
    damages: ['none', 'r0p0-header-zero', 'r0p0-missing'],
    commands: [
      'check-part',
      'check-part-r',
      'check-part-b',
      'info-r0p0',
      'info-x-r0p0',
      'sync-part',
      'rm-part',
    ],
  },

  // Other shapes.
  {
    fixture: 'uneven',
    damages: [
      'none',
      'r0p0-missing',
      'r1p0-only-missing',
      'r2-missing',
      'r0p0-r2p1-missing',
      'r1-r2-missing',
      'r1p0-header-zero',
      'set-replica-left-out',
      'r1p0-descriptor-flip',
      'r0p1-truncated',
    ],
    commands: ['sync-v', 'check-v', 'info'],
  },
  {
    fixture: 'long',
    damages: [
      'none',
      'r0p1-missing',
      'r0p2-missing',
      'r1p1-r1p2-missing',
      'r0p0-r0p2-missing',
      'r1p0-missing',
    ],
    commands: ['sync-v', 'check-v'],
  },
  {
    fixture: 'singlehdr',
    damages: [
      'none',
      'r0p0-missing',
      'r0p1-missing',
      'r1p1-missing',
      'r1-missing',
      'r0p0-header-zero',
      'r1p0-header-zero',
      'r0p1-r1p0-missing',
      'r0-parts-swapped',
      'set-singlehdr-removed',
      'r1p0-descriptor-flip',
      'r1p1-zero',
    ],
    commands: ['sync-v', 'check-v', 'info', 'info-r0p1'],
  },
  {
    fixture: 'directories',
    damages: [
      'none',
      'd0-part-missing',
      'd1-part-missing',
      'd0-header-zero',
      'd1-truncated',
      'd1-missing',
      'd1-other-file',
    ],
    commands: ['sync-v', 'check-v', 'info', 'rm-v', 'rm-a'],
  },
  {
    fixture: 'alone',
    damages: ['none', 'r0p1-missing', 'r0p0-header-zero'],
    commands: ['sync-v', 'check-v', 'info'],
  },
  { fixture: 'small', damages: ['none', 'r0p1-missing'], commands: ['sync-v', 'check-v', 'info'] },

  // What is wrong with the set file.
  { fixture: 'plain', damages: SET_FILES, commands: ['sync', 'check', 'info', 'rm-v'] },

  // The options of `info` and `rm`.
  {
    fixture: 'plain',
    damages: ['none'],
    commands: [
      'info-p0',
      'info-p1',
      'info-p2',
      'info-p-bad',
      'info-f-obj',
      'info-f-bad',
      'info-f-obj-r1p1',
      'info-k-yes',
      'info-k-no',
      'info-k-bad',
      'info-n',
      'info-v',
      'info-x',
      'info-x-r0p0',
      'info-s',
      'info-r0p1',
      'info-text',
      'info-nothing',
      'sync-part',
      'sync-nothing',
    ],
  },
  {
    fixture: 'plain',
    damages: ['r1p1-is-text', 'r1p1-zero', 'r1p1-empty'],
    commands: ['info-r1p1', 'check-r1p1', 'info-f-obj-r1p1'],
  },
  {
    fixture: 'plain',
    damages: ['none', 'r1p1-missing', 'r1p1-mode-000', 'r1p1-directory', 'r1p1-link-dangling'],
    commands: [
      'rm',
      'rm-v',
      'rm-s',
      'rm-a',
      'rm-l',
      'rm-r',
      'rm-f',
      'rm-af',
      'rm-i-yes',
      'rm-i-no',
      'rm-i-enter',
      'rm-i-end',
      'rm-part',
      'rm-two',
      'rm-nothing',
      'rm-f-nothing',
      'rm-set-and-nothing',
    ],
  },

  // `create`.
  {
    fixture: 'empty',
    damages: [
      'set-2x2',
      'set-1x1',
      'set-uneven',
      'set-2x2-singlehdr',
      'set-2x2-nohdrs',
      'set-dirs',
      'set-dirs-headers',
      'set-dirs-small',
      'set-part-too-small',
      'set-pool-too-small',
      'set-replica-too-small',
      'set-no-directory',
      'set-existing-zero',
      'set-existing-tail',
      'set-existing-full',
      'set-existing-size',
      'set-bad-line',
      'set-same-part',
    ],
    commands: ['create', 'create-v'],
  },
  {
    fixture: 'empty',
    damages: ['set-2x2'],
    commands: [
      'create-m',
      'create-m-bad',
      'create-m-long',
      'create-m-set-id',
      'create-s',
      'create-M',
      'create-f',
      'create-b',
      'create-no-sds',
      'create-no-sds-spaced',
      'create-bad-conf',
      'create-layout-long',
      'create-layout-longest',
      'create-inherit-missing',
    ],
  },
  {
    fixture: 'plain',
    damages: ['none'],
    commands: [
      'create',
      'create-f',
      'create-fv',
      'create-inherit',
      'create-inherit-file',
      'create-inherit-size',
    ],
  },
  { fixture: 'file', damages: ['none'], commands: ['create-inherit-file', 'create-inherit-size'] },
  {
    fixture: 'empty',
    damages: ['none'],
    commands: [
      'create-file',
      'create-file-v',
      'create-file-s',
      'create-file-s-odd',
      'create-file-s-unit',
      'create-file-s-small',
      'create-file-s-bad',
      'create-file-s-unit-bad',
      'create-file-s-zero',
      'create-file-s-huge',
      'create-file-sM',
      'create-file-f',
      'create-file-m',
      'create-file-no-directory',
      'create-type-bad',
      'create-no-file',
      'create-no-type',
      'create-layout-not-obj',
    ],
  },
  {
    fixture: 'empty',
    damages: [
      'file-exists',
      'file-exists-zero',
      'file-exists-zero-small',
      'file-exists-empty',
      'file-is-directory',
    ],
    commands: ['create-file-v', 'create-file-s', 'create-file-f'],
  },

  // Command lines.
  {
    fixture: 'plain',
    damages: ['none'],
    commands: [
      'none',
      'help',
      'help-h',
      'help-word',
      'help-bad',
      'version',
      'version-V',
      'unknown',
      'unknown-option',
      'unknown-long',
      'sync-usage',
      'sync-bad-short',
      'sync-bad-long',
      'sync-bad-value',
      'sync-bad-long-value',
      'info-ambiguous-value',
      'sync-abbreviated',
      'sync-bundled',
      'sync-two-operands',
      'sync-dashes',
      'sync-dashes-option',
      'sync-help',
      'check-usage',
      'check-bad-short',
      'check-needs-value',
      'check-help',
      'info-usage',
      'info-needs-value',
      'info-ambiguous',
      'info-version',
      'info-help',
      'rm-usage',
      'rm-bad-long',
      'rm-help',
      'create-usage',
      'create-needs-value',
      'create-help',
    ],
  },
];

/** Every case once, although some blocks overlap. */
export const CASES: readonly Case[] = [
  ...new Map(BLOCKS.flatMap(casesOf).map((one) => [one.id, one])).values(),
];

function casesOf({ fixture, damages, commands }: Block): readonly Case[] {
  return damages.flatMap((damage) =>
    commands.map((command) => ({
      id: `${fixture}/${damage}/${command}`,
      fixture,
      damage,
      command,
    })),
  );
}
