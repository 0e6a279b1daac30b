import type { BatchReport } from '@pipeline/core';
import { styleOf } from '../progress/style.ts';
import { formatCount, printable } from '../progress/text.ts';
import { balance, issueTable } from '../results/summary.ts';

/** What a replay did, for people. */
export const replayText = (
  report: BatchReport,
  { folder, isNew }: { readonly folder: string; readonly isNew: boolean },
): string => {
  const style = styleOf(process.stdout);
  const { replay, revision } = report;
  const issues = issueTable(report, style, process.stdout.columns || 100);
  const rows = (count: number, what: string): readonly string[] =>
    count === 0 ? [] : [`${formatCount(count)} ${count === 1 ? 'row' : 'rows'} ${what}`];
  const done =
    replay === undefined
      ? ['no row of it is to be replayed']
      : [
          ...rows(replay.rowsWritten, 'put in place'),
          ...rows(replay.rowsRejected, 'rejected again'),
          ...rows(replay.rowsLeftOut, 'left out, and still rejected'),
          ...rows(replay.rowsSkipped, 'in the output already'),
        ];
  return [
    '',
    `${isNew ? '' : 'Nothing changed. '}Revision ${revision}: ${done.join(', ')}.`,
    balance(report, style),
    ...(issues.length === 0 ? [] : ['', ...issues]),
    '',
    `Results: ${printable(folder)}`,
    '',
  ].join('\n');
};
