/** A folder of `src/` with rules of its own about what it may import. */
export interface Room {
  /** Below `src/`. */
  readonly folder: string;
  /** Rooms that it may import, besides itself. */
  readonly imports: readonly string[];
  /** Packages and `node:` modules that it may import. */
  readonly packages: readonly string[];
}

const PURE_POOL = ['pool/layout', 'pool/poolset', 'pool/recovery', 'pool/check'];
const VERBS = [
  'survey',
  'sync',
  'create',
  'info',
  'rm',
  'transform',
  'feature',
  'open',
  'consistency',
];
/** Nothing of these touches files, processes or the network. */
const PURE_NODE = ['node:path'];

function poolRoom(verb: string): string {
  return `pool/${verb}`;
}

/**
 * The map of `ARCHITECTURE.md`, base ← linux ← pool ← cli, with the finer rules inside `pool`. The first folder that holds a file decides.
 * `pool` itself is its face to others; only it and `cli` name the medium of real files.
 */
export const ROOMS: readonly Room[] = [
  { folder: 'base', imports: [], packages: ['node:crypto'] },
  { folder: 'linux', imports: ['base'], packages: ['koffi', 'node:fs', 'node:os', 'node:path'] },
  { folder: 'pool/layout', imports: ['base', ...PURE_POOL], packages: PURE_NODE },
  { folder: 'pool/poolset', imports: ['base', ...PURE_POOL], packages: PURE_NODE },
  { folder: 'pool/recovery', imports: ['base', ...PURE_POOL], packages: PURE_NODE },
  { folder: 'pool/check', imports: ['base', ...PURE_POOL], packages: PURE_NODE },
  {
    folder: 'pool/media/file',
    imports: ['base', 'linux', 'pool/media'],
    packages: ['node:fs', 'node:path'],
  },
  { folder: 'pool/media/memory', imports: ['base', 'pool/media'], packages: PURE_NODE },
  { folder: 'pool/media', imports: ['base', 'pool/poolset'], packages: [] },
  // Asks the kernel what a real file cannot give.
  {
    folder: 'pool/badblocks',
    imports: ['base', 'linux', 'pool/media', 'pool/media/file', 'pool/poolset'],
    packages: ['node:fs', 'node:path'],
  },
  ...VERBS.map((verb) => ({
    folder: `pool/${verb}`,
    imports: ['base', 'pool/media', 'pool/badblocks', ...PURE_POOL, ...VERBS.map(poolRoom)],
    packages: PURE_NODE,
  })),
  {
    folder: 'pool',
    imports: [
      'base',
      'pool/media',
      'pool/media/file',
      ...PURE_POOL,
      'pool/badblocks',
      ...VERBS.map(poolRoom),
    ],
    packages: PURE_NODE,
  },
  {
    folder: 'cli',
    imports: [
      'base',
      'linux',
      'pool',
      'pool/media/file',
      'pool/badblocks',
      ...PURE_POOL,
      ...VERBS.map(poolRoom),
    ],
    packages: ['*'],
  },
];

/** The room of a file, given relative to the project's root; undefined outside of `src/`. */
export function roomOf(file: string): Room | undefined {
  return ROOMS.find(({ folder }) => file.startsWith(`src/${folder}/`));
}
