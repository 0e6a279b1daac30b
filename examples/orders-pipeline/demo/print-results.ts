import type { LocalStack, SentMail } from '@pipeline/local';
import {
  type BatchProgress,
  balance,
  fileTable,
  formatDuration,
  issueTable,
  padEnd,
  type SavedFile,
  type SavedResults,
  type Style,
  wrap,
} from '@pipeline/local/terminal';
import type { AccessBook } from './access-book.ts';
import { mailLines } from './mails.ts';
import { memoryLines } from './memory.ts';

/** Counts, rejects by rule, files, the mail, times and memory, as lines of at most `width` columns. */
export const resultLines = (
  { report, files }: SavedResults,
  more: {
    readonly folder: string;
    readonly mail: SentMail | undefined;
    readonly mailFiles: readonly SavedFile[];
    readonly progress: BatchProgress;
    readonly stack: LocalStack;
    readonly access: AccessBook;
  },
  style: Style,
  width: number,
): readonly string[] => {
  const issues = issueTable(report, style, width);
  const stages = more.progress.stages.map(({ name, durationMs = 0 }) => `${name} ${formatDuration(durationMs)}`);
  const labelled = (label: string, lines: readonly string[]): readonly string[] =>
    lines
      .flatMap((line) => wrap(line, width - 10))
      .map((line, index) => `  ${style.dim(padEnd(index === 0 ? label : '', 8))}${line}`);
  return [
    `${balance(report, style)}   ${style.dim(formatDuration(report.durationMs))}`,
    ...(issues.length === 0 ? [] : ['', ...issues]),
    '',
    ...fileTable(more.folder, [...files, ...more.mailFiles], style),
    ...(more.mail === undefined ? [] : ['', ...mailLines(more.mail, style, width)]),
    '',
    ...labelled('Time', [stages.join(', ')]),
    ...labelled('Memory', memoryLines(more.stack)),
    ...labelled('Access', more.access.lines()),
  ];
};
