import type { RowTrace } from '@pipeline/merge';
import { formatCount, printable } from '../progress/text.ts';

/** Where a row came from and what became of it, for people. What stood in it is not said. */
export const traceText = (trace: RowTrace): string => {
  const lines: readonly (readonly [string, string])[] = [
    ['source row', formatCount(trace.sourceRow)],
    ['byte offset', formatCount(trace.byteOffset)],
    ['chunk', formatCount(trace.chunk)],
    [
      'revision',
      `${trace.revision}${trace.amendedIn === undefined ? '' : ` (chunk changed in revision ${trace.amendedIn})`}`,
    ],
    trace.rejected
      ? ['rejected', `row ${formatCount(trace.rejectsRow!)} of rejects.csv`]
      : ['output row', formatCount(trace.outputRow!)],
    ...(trace.issues ?? []).map(
      ({ column, message }) => ['because', printable(`${column === undefined ? 'it' : column} ${message}`)] as const,
    ),
  ];
  return `${lines.map(([label, text]) => `${label.padEnd(13)}${text}`).join('\n')}\n`;
};
