import type { Finding } from '../check/index.ts';
import { MIN_SYNC_PART, partName } from '../poolset/index.ts';
import { poolTypeOf } from '../layout/index.ts';
import type { Refusal } from '../sync/index.ts';
import type { DestinationPart, TransformFacts } from './survey-transform.ts';
import type { Survey } from '../survey/index.ts';

/**
 * What speaks against a transformation before the sets are compared, in the order of the reference's checks. The reference stops at
 * the first; so does whoever shows only one.
 */
export function admissionRefusals(facts: TransformFacts, source: Survey): readonly Refusal[] {
  const destination = facts.destination.flat();
  return [
    ...typeRefusals(source),
    ...directorySetRefusals(facts),
    ...sizeRefusals(destination),
    ...directoryRefusals(destination),
    ...repeatedPathRefusals(destination),
    ...capacityRefusals(facts, source),
    ...healthRefusals(source),
  ];
}

function typeRefusals({ health }: Survey): readonly Refusal[] {
  const header = health.parts.flat().find((part) => part.header !== undefined)?.header;
  const type = header === undefined ? 'obj' : (poolTypeOf(header) ?? 'unknown');
  if (type === 'obj') return [];
  const message = `Cannot transform a pool of type ${type}: only pmemobj pools have replicas`;
  return [{ code: 'pool-type', message, data: { type } }];
}

function directorySetRefusals({ open: { source } }: TransformFacts): readonly Refusal[] {
  if (!source.set.directoryBased) return [];
  const message = `${source.set.path} lists directories; such sets cannot be transformed`;
  return [{ code: 'directory-set', message, data: {} }];
}

function sizeRefusals(destination: readonly DestinationPart[]): readonly Refusal[] {
  return destination
    .filter(({ part }) => part.fileSize < MIN_SYNC_PART)
    .map(({ part }) => {
      const message = `${partName(part)} (${part.path}) has ${part.fileSize} bytes in the set file; a part needs at least ${MIN_SYNC_PART}`;
      const data = { expected: MIN_SYNC_PART, found: part.fileSize };
      return { code: 'part-too-small', message, data };
    });
}

function directoryRefusals(destination: readonly DestinationPart[]): readonly Refusal[] {
  return destination
    .filter(({ place }) => place.space === undefined)
    .map(({ part, place: { directory } }) => {
      const message = `The directory ${directory} of ${partName(part)} does not exist or is not accessible`;
      const data = { directory, replica: part.replica, part: part.index };
      return { code: 'directory-missing', message, data };
    });
}

function repeatedPathRefusals(destination: readonly DestinationPart[]): readonly Refusal[] {
  const byIdentity = [...Map.groupBy(destination, ({ identity }) => identity).values()];
  return byIdentity
    .filter((parts) => parts.length > 1)
    .map((parts) => {
      const names = parts.map(({ part }) => partName(part)).join(' and ');
      const { path } = parts[0]!.part;
      const message = `${names} of the destination are the same file (${path})`;
      return { code: 'part-listed-twice', message, data: { path } };
    });
}

function capacityRefusals({ open }: TransformFacts, source: Survey): readonly Refusal[] {
  const { poolSize } = source.health;
  const { replicas } = open.destination.set;
  return replicas
    .filter(({ capacity }) => poolSize !== undefined && capacity < poolSize)
    .map(({ index, capacity }) => {
      const message = `Replica ${index} of the destination holds ${capacity} bytes, the pool has ${poolSize}`;
      const data = { replica: index, expected: poolSize, found: capacity };
      return { code: 'destination-too-small', message, data };
    });
}

/**
 * Where the set as a whole is not what the headers say, the check itself fails, and that comes first; parts that are lost, damaged or
 * in use are `source-broken`.
 */
function healthRefusals({ health }: Survey): readonly Refusal[] {
  // The record of an earlier run that has changed nothing counts for nothing: a new run begins with removing it.
  const findings = health.findings.filter(
    ({ code, severity }) => severity !== 'warning' && code !== 'transform-pending',
  );
  const [broken, failed] = [true, false].map((wanted) =>
    findings.filter((found) => isBrokenPart(found) === wanted),
  );
  return [
    ...failed!.map((found) => because('source-check-failed', found)),
    ...broken!.map((found) => because('source-broken', found)),
  ];
}

function because(code: string, { code: found, message }: Finding): Refusal {
  return { code, message, data: { finding: found } };
}

function isBrokenPart({ code, severity }: Finding): boolean {
  if (code === 'part-locked' || code === 'part-refused') return true;
  return severity === 'damage' && code !== 'bad-blocks' && code !== 'header-singlehdr';
}
