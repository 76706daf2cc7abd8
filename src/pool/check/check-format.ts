import { toHex } from '../../base/index.ts';
import {
  COMPAT_KNOWN,
  INCOMPAT_KNOWN,
  PMEMOBJ_MAJOR,
  RO_COMPAT_KNOWN,
  type PoolHdr,
} from '../layout/index.ts';
import { partName } from '../poolset/index.ts';
import type { PartVerdict } from './check-part.ts';
import { finding, type Finding } from './finding.ts';

/** The fields that every header of a set must agree on, or no library opens the pool. */
const FORMAT_FIELDS = [
  'signature',
  'major',
  'compat',
  'incompat',
  'roCompat',
  'alignmentDesc',
  'machineClass',
  'archData',
  'archReserved',
  'machine',
] as const satisfies readonly (keyof PoolHdr)[];

export interface FormatVerdict {
  /** Parts, as `rRpP`, whose header carries a format that the others outvote. */
  readonly outvoted: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

type Sound = PartVerdict & { readonly header: PoolHdr };

/**
 * Compares version, features and machine of all sound headers. The reference looks at none of them, and calls a pool
 * synchronized that no program can open. A minority is damage; where the vote is even nobody can say who is right.
 * `authority` is the replica that the user declared to be right: its first part decides.
 */
export function checkFormat(
  parts: readonly PartVerdict[],
  authority: number | undefined,
): FormatVerdict {
  const sound = parts.filter((part): part is Sound => part.header !== undefined);
  const camps = Map.groupBy(sound, (part) => formatKey(part.header));
  const leads = (camp: readonly Sound[]): number =>
    camp.some(({ part }) => part.replica === authority && part.index === 0) ? 1 : 0;
  const rank = (camp: readonly Sound[]): number => 2 * leads(camp) + plausibility(camp[0]!.header);
  const ranked = [...camps.values()].toSorted((a, b) => rank(b) - rank(a) || b.length - a.length);
  const [winners, runnersUp] = ranked;
  if (winners === undefined) return { outvoted: new Set(), findings: [] };
  const unknown = unknownFormat(winners[0]!.header);
  if (unknown !== undefined) return { outvoted: new Set(), findings: [unknown] };
  if (runnersUp === undefined) return { outvoted: new Set(), findings: [] };
  const even = rank(runnersUp) === rank(winners) && runnersUp.length === winners.length;
  if (even) return { outvoted: new Set(), findings: [disagreement(winners[0]!, runnersUp[0]!)] };
  // Who comes from another pool set is no minority of this one: the links tell, and nobody writes over a stranger.
  const losers = ranked
    .slice(1)
    .flat()
    .filter(({ header }) => header.poolsetUuid === winners[0]!.header.poolsetUuid);
  return {
    outvoted: new Set(losers.map((loser) => partName(loser.part))),
    findings: losers.map((loser) => outvotedFinding(loser, winners[0]!.header)),
  };
}

function formatKey(header: PoolHdr): string {
  return FORMAT_FIELDS.map((field) => textOf(header[field])).join(' ');
}

function textOf(value: number | bigint | string | Uint8Array): string {
  return value instanceof Uint8Array ? toHex(value) : value.toString(16);
}

/** 1 when a library of today could open a pool with this header, else 0. */
function plausibility(header: PoolHdr): number {
  const known = unknownFormat(header) === undefined && header.major === PMEMOBJ_MAJOR;
  return known && header.machineClass === 2 && header.machine !== 0 ? 1 : 0;
}

function unknownFormat(header: PoolHdr): Finding | undefined {
  const unknown = {
    incompat: header.incompat & ~INCOMPAT_KNOWN,
    roCompat: header.roCompat & ~RO_COMPAT_KNOWN,
  };
  if (unknown.incompat === 0 && unknown.roCompat === 0) return undefined;
  const text = `The pool uses features that this release does not know (incompat 0x${(header.incompat >>> 0).toString(16)}, ro_compat 0x${(header.roCompat >>> 0).toString(16)}, compat 0x${(header.compat & ~COMPAT_KNOWN) >>> 0})`;
  return finding('format-unknown', 'fatal', {}, text, unknown);
}

function disagreement(a: Sound, b: Sound): Finding {
  const fields = differingFields(a.header, b.header);
  const text = `${partName(a.part)} and ${partName(b.part)} disagree about ${fields.join(', ')} and neither has a majority${switchHint(fields)}`;
  // No program opens the pool while it lasts, so it is more than a warning; no repair can choose for the user.
  return finding('format-disagrees', 'damage', {}, text, { fields });
}

/** What a killed switch of a feature leaves behind is finished by the same command. */
function switchHint(fields: readonly string[]): string {
  const onlyFeatures = fields.every((field) => field === 'compat' || field === 'incompat');
  return onlyFeatures ? '; if a feature command was interrupted, run it again' : '';
}

function outvotedFinding(loser: Sound, winner: PoolHdr): Finding {
  const fields = differingFields(loser.header, winner);
  const text = `${partName(loser.part)} (${loser.part.path}) has a header that differs from the others in ${fields.join(', ')}`;
  const where = { replica: loser.part.replica, part: loser.part.index };
  return finding('header-format', 'damage', where, text, { fields });
}

function differingFields(a: PoolHdr, b: PoolHdr): readonly string[] {
  return FORMAT_FIELDS.filter((field) => textOf(a[field]) !== textOf(b[field]));
}
