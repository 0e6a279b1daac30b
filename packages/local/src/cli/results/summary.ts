import path from 'node:path';
import type { BatchReport, IssueCounts } from '@pipeline/core';
import type { Style } from '../progress/style.ts';
import { fit, formatBytes, formatCount, padEnd, padStart, printable, widthOf } from '../progress/text.ts';
import type { SavedFile } from './save-results.ts';

/** One kind of issue and how often it was found. */
export interface IssueLine {
  /** The issue code. */
  readonly code: string;
  /** The rule that failed. */
  readonly rule: string;
  /** Empty for what concerns a whole row. */
  readonly column: string;
  /** Rows in which it was found. */
  readonly count: number;
}

/**
 * What rejected rows, most frequent first.
 *
 * @example
 * for (const { column, rule, count } of issueLines(report)) console.log(column, rule, count);
 */
export const issueLines = (report: Pick<BatchReport, 'resolved'>): readonly IssueLine[] =>
  linesOf((report.resolved.issues ?? {}) as IssueCounts);

/**
 * What was found in rows and rejects none by itself, most frequent first.
 *
 * @example
 * for (const { column, rule, count } of warningLines(report)) console.log(column, rule, count);
 */
export const warningLines = (report: Pick<BatchReport, 'resolved'>): readonly IssueLine[] =>
  linesOf((report.resolved.warnings ?? {}) as IssueCounts);

const linesOf = (counts: IssueCounts): readonly IssueLine[] =>
  Object.entries(counts)
    .map(([key, count]) => {
      const [code = '', rule = '', ...column] = key.split('|');
      return { code, rule, column: column.join('|'), count };
    })
    .sort((a, b) => b.count - a.count);

const mostIssues = 12;

/**
 * `10,000 rows read = 9,900 written + 100 rejected`.
 *
 * @example
 * balance(report, createStyle({ color: false })); // '10,000 rows read = 9,900 written + 100 rejected'
 */
export const balance = ({ rowsRead, rowsWritten, rowsRejected }: BatchReport, style: Style): string => {
  const rejected = `${formatCount(rowsRejected)} rejected`;
  return `${style.bold(`${formatCount(rowsRead)} ${rowsRead === 1 ? 'row' : 'rows'} read`)} = ${formatCount(rowsWritten)} written + ${rowsRejected > 0 ? style.warn(rejected) : rejected}`;
};

/**
 * What was found, by column and rule. A row may have several issues, so they may add up to more than the rejected rows.
 *
 * @example
 * console.log(issueTable(report, styleOf(process.stdout), 100).join('\n'));
 */
export const issueTable = (report: BatchReport, style: Style, width: number): readonly string[] => [
  ...tableOf(issueLines(report), 'issues', style, width),
  ...tableOf(warningLines(report), 'warnings', style, width),
];

const tableOf = (all: readonly IssueLine[], counted: string, style: Style, width: number): readonly string[] => {
  if (all.length === 0) return [];
  const shown = all.slice(0, mostIssues).map(({ column, rule, code, count }) => ({
    column: column === '' ? '(whole row)' : printable(column),
    rule: printable(rule),
    code,
    count: formatCount(count),
  }));
  const heads = { column: 'column', rule: 'rule', code: 'code', count: counted };
  const codeWidth = Math.max(...[heads, ...shown].map(({ code }) => widthOf(code)));
  const countWidth = Math.max(...[heads, ...shown].map(({ count }) => widthOf(count)));
  const room = Math.max(16, width - 2 - codeWidth - countWidth - 7);
  const columnWidth = Math.min(
    Math.max(...[heads, ...shown].map(({ column }) => widthOf(column))),
    Math.floor(room / 2),
  );
  const ruleWidth = Math.min(Math.max(...[heads, ...shown].map(({ rule }) => widthOf(rule))), room - columnWidth);
  const line = ({ column, rule, code, count }: typeof heads): string =>
    `  ${padEnd(fit(column, columnWidth), columnWidth)}  ${padEnd(fit(rule, ruleWidth), ruleWidth)}  ${padEnd(code, codeWidth)}  ${padStart(count, countWidth)}`;
  const more = all.length - shown.length;
  return [
    style.dim(line(heads)),
    ...shown.map(line),
    ...(more > 0 ? [style.dim(`  and ${formatCount(more)} more kinds, in report.json`)] : []),
  ];
};

const meaning: Readonly<Record<string, string>> = {
  'rejects.csv': 'mend it and replay it',
};

/**
 * Where the results are.
 *
 * @example
 * console.log(fileTable('results', files, styleOf(process.stdout)).join('\n'));
 */
export const fileTable = (folder: string, files: readonly SavedFile[], style: Style): readonly string[] => {
  const rows = files.map(({ name, bytes }) => ({
    place: printable(path.join(folder, name)),
    size: formatBytes(bytes),
    note: meaning[name] ?? '',
  }));
  const placeWidth = Math.max(...rows.map(({ place }) => widthOf(place)));
  const sizeWidth = Math.max(...rows.map(({ size }) => widthOf(size)));
  return rows.map(({ place, size, note }) =>
    `  ${padEnd(place, placeWidth)}  ${style.dim(padStart(size, sizeWidth))}  ${style.dim(note)}`.trimEnd(),
  );
};
