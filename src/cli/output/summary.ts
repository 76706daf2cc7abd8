import { formatBytes, formatDuration, MIB } from '../../base/index.ts';
import type { ApplyReport, Survey, SyncPlan } from '../../pool/index.ts';
import { countBytes } from './count-bytes.ts';
import { repairedParts, type RepairedPart } from './repaired-parts.ts';
import type { Terminal } from './terminal.ts';
import { enumerate, painter, paragraph, plural, SYMBOLS } from './text.ts';

/** A repair that ran to its end, and what looking again has shown. */
export interface Repair {
  readonly plan: SyncPlan;
  readonly report: ApplyReport;
  readonly after: Survey;
  readonly reflink: boolean;
  readonly healthy: boolean;
}

/** What was done to which part, how fast, whether the copies are real ones, and what is proved. */
export function describeRepair(repair: Repair, canvas: Pick<Terminal, 'width' | 'colour'>): string {
  const parts = repairedParts(repair.plan);
  const paint = painter(canvas.colour);
  const names = enumerate(parts.map(({ name }) => name));
  const what = names === '' ? 'the record of bad blocks' : names;
  const tone = repair.healthy ? 'good' : 'damaged';
  const verdict = repair.healthy
    ? `Repaired and verified: ${what}`
    : `The plan was carried out (${what}), but the set is not healthy`;
  return [
    `${paint(tone, SYMBOLS[tone])} ${paint('bold', verdict)}\n`,
    ...parts.map((part) =>
      paragraph(`  ${part.name}  `, part.name.length + 4, describePart(part), canvas.width),
    ),
    paragraph('  ', 2, describeSpeed(repair), canvas.width),
    ...(parts.some(({ anew }) => anew)
      ? [paragraph('  ', 2, describeBlocks(repair), canvas.width)]
      : []),
    ...(repair.healthy ? [paragraph('  ', 2, describeProof(repair.after), canvas.width)] : []),
  ].join('');
}

function describePart({ anew, bytes, compared, header }: RepairedPart): string {
  if (anew) return `made anew, ${formatBytes(bytes)} copied`;
  const done = [
    ...(compared === 0 ? [] : [`${formatBytes(compared)} compared`]),
    bytes === 0 ? 'no data differed' : `${formatBytes(bytes)} that differed rewritten`,
    ...(header ? ['header written'] : []),
  ];
  return done.join(', ');
}

function describeSpeed({ report }: Repair): string {
  const { bytesCopied, elapsedMs } = report;
  const steps = `${plural(report.stepsDone, 'step')} in ${describeTime(elapsedMs)}`;
  if (bytesCopied === 0) return steps;
  const copied = `${steps}: ${formatBytes(bytesCopied)} copied and made durable`;
  // The speed of a few pages is that of the steps around them.
  if (bytesCopied < MIB) return copied;
  return `${copied} at ${formatBytes(bytesCopied / (elapsedMs / 1000))}/s`;
}

function describeTime(ms: number): string {
  return ms < 100 ? 'less than 0.1 s' : formatDuration(ms);
}

function describeBlocks({ plan, reflink }: Repair): string {
  const several = repairedParts(plan).filter(({ anew }) => anew).length > 1;
  if (reflink) {
    const subject = several ? 'the new files share their' : 'the new file shares its';
    return `Where the file system can, ${subject} blocks with the source (--reflink): one copy, not two`;
  }
  return several
    ? 'The new files own their blocks: none is shared with the source'
    : 'The new file owns its blocks: none is shared with the source';
}

/** What the survey afterwards has proved, and no more than that. */
export function describeProof(after: Survey): string {
  const replicas = plural(after.set.replicas.length, 'replica');
  const doubtful = after.findings.some(({ code }) => code === 'heap');
  const heap = doubtful ? 'and descriptors' : 'descriptors and heap structure';
  const structure = `headers, links${doubtful ? '' : ','} ${heap} of ${replicas}`;
  if (after.agreement.length === 0) {
    return `Verified: ${structure}. Data was not compared; --verify does`;
  }
  const compared = countBytes(after.agreement);
  return `Verified: ${structure}; all data read and equal wherever it must be (${formatBytes(compared)} compared)`;
}
