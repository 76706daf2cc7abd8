import { formatBytes } from '../../base/index.ts';
import { MIN_SYNC_PART, partName } from '../poolset/index.ts';
import type { Place, Survey } from '../survey/index.ts';
import type { SyncStep } from './plan.ts';

/**
 * Why nothing may be done. `code` is the finding's code where a fatal finding is the reason. `message` is one
 * sentence that names the object and the cause; `data` has the same facts.
 */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What speaks against a repair before anything else is looked at, in the order of the reference's checks. */
export function admissionRefusals(survey: Survey): readonly Refusal[] {
  const refusals = [
    ...setRefusals(survey),
    ...directoryRefusals(survey),
    ...survey.health.findings.filter(({ severity }) => severity === 'fatal'),
    ...badBlockRefusals(survey),
    ...authorityRefusals(survey),
  ].map(({ code, message, data }) => ({ code, message, data }));
  return refusals.length > 0 ? refusals : sourceRefusals(survey);
}

function setRefusals({ set }: Survey): readonly Refusal[] {
  if (set.options.noHeaders) {
    const message = `${set.path} has the option NOHDRS, which only remote replicas may have`;
    return [{ code: 'no-headers-option', message, data: {} }];
  }
  if (set.replicas.length < 2) {
    const message = `${set.path} lists one replica: there is no copy to repair it from`;
    return [{ code: 'no-replicas', message, data: {} }];
  }
  if (set.directoryBased) return [];
  return set.replicas
    .flatMap(({ parts }) => parts)
    .filter(({ fileSize }) => fileSize < MIN_SYNC_PART)
    .map((part) => ({
      code: 'part-too-small',
      message: `${partName(part)} (${part.path}) has ${part.fileSize} bytes in the set file; sync needs at least ${MIN_SYNC_PART}`,
      data: {
        replica: part.replica,
        part: part.index,
        expected: MIN_SYNC_PART,
        found: part.fileSize,
      },
    }));
}

function directoryRefusals(survey: Survey): readonly Refusal[] {
  return survey.places
    .flat()
    .filter(({ space }) => space === undefined)
    .map(({ part, directory }) => ({
      code: 'directory-missing',
      message: `The directory ${directory} of ${partName(part)} does not exist or is not accessible`,
      data: { directory, replica: part.replica, part: part.index },
    }));
}

/** Bad blocks are healed only for somebody who asked for it: the blocks are overwritten, and only a replica has the data. */
function badBlockRefusals({ health, evidence }: Survey): readonly Refusal[] {
  const { fix, recovery } = evidence.badBlocks;
  const found = health.findings.filter(({ code }) => code === 'bad-blocks');
  if (fix || recovery.kind !== 'none' || found.length === 0) return [];
  const message = `${found.map(({ message: text }) => text).join('; ')}. Use --bad-blocks to heal them from another replica`;
  return [{ code: 'bad-blocks-found', message, data: { count: found.length } }];
}

function authorityRefusals({ set, health, options }: Survey): readonly Refusal[] {
  const { healFrom } = options;
  if (healFrom === undefined) return [];
  const parts = health.parts[healFrom];
  if (parts === undefined) {
    const message = `There is no replica ${healFrom}: ${set.path} lists replicas 0 to ${set.replicas.length - 1}`;
    return [{ code: 'no-such-replica', message, data: { replica: healFrom } }];
  }
  const broken = parts.filter(({ state }) => state !== 'healthy').map(({ part }) => partName(part));
  if (broken.length === 0) return [];
  const message = `Replica ${healFrom} cannot be the source: ${broken.join(', ')} is damaged itself`;
  return [{ code: 'heal-source-damaged', message, data: { replica: healFrom, parts: broken } }];
}

function sourceRefusals({ set, health, sources, repairs }: Survey): readonly Refusal[] {
  const sound = health.parts.flat().every(({ state, bad }) => state === 'healthy' && bad.isEmpty);
  if (sound) return [];
  if (sources === undefined) {
    const message = 'No replica is healthy enough to say what the pool looks like';
    return [{ code: 'no-healthy-replica', message, data: {} }];
  }
  const unsafe = health.findings.filter(({ code }) => code === 'shutdown-state');
  if (unsafe.length === set.replicas.length) {
    const message =
      'Every replica was open when power was lost, on hardware that may have lost its last stores';
    return [{ code: 'no-healthy-replica', message, data: {} }];
  }
  const ranges = repairs
    .reduce((sum, { unreadable }) => sum.union(unreadable[0]), sources.missing)
    .ranges.map(({ offset, end }) => ({ offset, end }));
  if (ranges.length === 0) return [];
  const list = ranges
    .map(({ offset, end }) => `0x${offset.toString(16)} to 0x${end.toString(16)}`)
    .join(', ');
  const message = `No replica has pool range ${list} any more`;
  return [{ code: 'uncorrectable', message, data: { ranges } }];
}

/** What the places where files would be made or changed say against it. */
export function placeRefusals(survey: Survey, steps: readonly SyncStep[]): readonly Refusal[] {
  const replaced = steps.flatMap((step) => (step.kind === 'replace-part' ? [step.place] : []));
  const changed = steps.flatMap((step) =>
    step.kind === 'patch-data' || step.kind === 'write-header' || step.kind === 'break-header'
      ? [survey.places[step.part.replica]![step.part.index]!]
      : [],
  );
  return [
    ...directoryRefusalsOf(replaced),
    ...rewriteRefusals(changed),
    ...spaceRefusals(replaced),
  ];
}

/** What speaks against making new files at these places: no permission, no space. */
export function newFileRefusals(places: readonly Place[]): readonly Refusal[] {
  return [...directoryRefusalsOf(places), ...spaceRefusals(places)];
}

/** What speaks against writing to the files at these places. */
export function rewriteRefusals(places: readonly Place[]): readonly Refusal[] {
  return [...new Set(places)]
    .filter(({ fileWritable }) => fileWritable === false)
    .map(partReadOnly);
}

function directoryRefusalsOf(places: readonly Place[]): readonly Refusal[] {
  return places.filter(({ writable }) => !writable).map(directoryReadOnly);
}

function directoryReadOnly({ part, directory }: Place): Refusal {
  const message = `Cannot make a new ${partName(part)}: no permission to create files in ${directory}`;
  return { code: 'directory-read-only', message, data: { directory } };
}

function partReadOnly({ part, path }: Place): Refusal {
  const message = `Cannot repair ${partName(part)}: no permission to write ${path}`;
  return { code: 'part-read-only', message, data: { path } };
}

function spaceRefusals(replaced: readonly Place[]): readonly Refusal[] {
  const byFileSystem = Map.groupBy(replaced, ({ space }) => space?.fileSystem);
  return [...byFileSystem.values()].flatMap((places) => {
    const needed = places.reduce((sum, { part }) => sum + part.fileSize, 0);
    const { free } = places[0]!.space!;
    if (needed <= free) return [];
    const parts = places.map(({ part }) => partName(part)).join(', ');
    const message = `Not enough space in ${places[0]!.directory} for ${parts}: ${formatBytes(needed)} (${needed} bytes) needed, ${formatBytes(free)} (${free} bytes) free`;
    return [{ code: 'no-space', message, data: { expected: needed, found: free } }];
  });
}
