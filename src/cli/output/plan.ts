import { formatBytes } from '../../base/index.ts';
import { copiesOf, partName, type SyncPlan, type SyncStep } from '../../pool/index.ts';
import type { Terminal } from './terminal.ts';
import { enumerate, painter, paragraph, plural } from './text.ts';

/** A step for people: what it does, and the file that it does it to. */
export interface StepText {
  readonly text: string;
  readonly path: string;
}

export function describeStep(step: SyncStep): StepText {
  switch (step.kind) {
    case 'record-bad-blocks':
      return {
        text: `Record the bad blocks in ${plural(step.files.length, 'recovery file')}`,
        path: enumerate(step.files.map(({ path }) => path)),
      };
    case 'discard-records':
      return {
        text: `Remove ${plural(step.paths.length, 'recovery file')}`,
        path: enumerate(step.paths),
      };
    case 'discard-leftover':
      return {
        text: `Remove what an earlier repair of ${partName(step.part)} left behind`,
        path: step.path,
      };
    case 'break-header':
      return {
        text: `Mark ${partName(step.part)} as damaged while it is rewritten`,
        path: step.part.path,
      };
    case 'replace-part':
      return {
        text: `Make ${partName(step.part)} anew, ${formatBytes(step.part.fileSize)}${givers(step)}`,
        path: step.place.path,
      };
    case 'patch-data':
      return {
        text: `Rewrite ${formatBytes(bytesOf(step))} of ${partName(step.part)}${givers(step)}`,
        path: step.part.path,
      };
    case 'write-header':
      return { text: `Write the header of ${partName(step.part)}`, path: step.part.path };
  }
}

function givers(step: SyncStep): string {
  const names = [...new Set(copiesOf(step).map(({ source }) => partName(source)))];
  return names.length === 0 ? '' : ` from ${enumerate(names)}`;
}

function bytesOf(step: SyncStep): number {
  return copiesOf(step).reduce((sum, { length }) => sum + length, 0);
}

/** The numbered steps, each with the file that it changes. */
export function describePlan(
  steps: SyncPlan,
  { width, colour }: Pick<Terminal, 'width' | 'colour'>,
): string {
  const paint = painter(colour);
  const numberWidth = String(steps.steps.length).length;
  const lines = steps.steps.map((step, index) => {
    const { text, path } = describeStep(step);
    const number = String(index + 1).padStart(numberWidth);
    const mark = `  ${number}  `;
    const oneLine = mark.length + text.length + 2 + path.length <= width;
    if (oneLine) return `${mark}${text}  ${paint('dim', path)}\n`;
    const margin = ' '.repeat(mark.length);
    const where = paragraph(margin, mark.length, path, width).trimEnd();
    return `${paragraph(mark, mark.length, text, width)}${paint('dim', where)}\n`;
  });
  return lines.join('');
}
