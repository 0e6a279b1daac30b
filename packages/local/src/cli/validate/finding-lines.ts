import type { Style } from '../progress/style.ts';
import { fit, formatCount, padEnd, padStart, plural, printable, widthOf, wrap } from '../progress/text.ts';
import type { Example, Findings, FoundIssue } from './check-file.ts';

const mostKinds = 20;
const mostTold = 10;

/** The findings as people read them: the sum, a table by column and rule, and the first examples. */
export const findingLines = (
  { rowsRead, rowsPassed, rowsRejected, issues }: Findings,
  { style, width, rejects }: { readonly style: Style; readonly width: number; readonly rejects?: string },
): readonly string[] => {
  const failed = `${formatCount(rowsRejected)} failed`;
  const sum = `${style.bold(`${plural(rowsRead, 'row')} read`)} = ${formatCount(rowsPassed)} passed + ${rowsRejected > 0 ? style.bad(failed) : failed}`;
  return [
    '',
    sum,
    ...(issues.length === 0 ? [] : ['', ...table(issues, style, width)]),
    ...examplesOf(issues, style, width),
    ...(rejects === undefined
      ? []
      : [
          '',
          rowsRejected === 0
            ? 'No row failed, so there are no rejects.'
            : `The rows that failed: ${printable(rejects)}`,
        ]),
  ];
};

const table = (issues: readonly FoundIssue[], style: Style, width: number): readonly string[] => {
  const heads = { column: 'column', rule: 'rule', code: 'code', rows: 'rows' };
  const shown = issues.slice(0, mostKinds).map(({ column, rule, code, rows, severity }) => ({
    column: column === undefined ? '(whole row)' : printable(column),
    rule: printable(severity === 'warning' ? `${rule} (warning)` : rule),
    code,
    rows: formatCount(rows),
  }));
  const widest = (name: keyof typeof heads): number =>
    Math.max(...[heads, ...shown].map((line) => widthOf(line[name])));
  const room = Math.max(16, width - widest('code') - widest('rows') - 8);
  const columnWidth = Math.min(widest('column'), Math.max(8, Math.floor(room / 2)));
  const ruleWidth = Math.min(widest('rule'), room - columnWidth);
  const line = (cells: typeof heads): string =>
    `  ${padEnd(fit(cells.column, columnWidth), columnWidth)}  ${padEnd(fit(cells.rule, ruleWidth), ruleWidth)}  ${padEnd(cells.code, widest('code'))}  ${padStart(cells.rows, widest('rows'))}`;
  const more = issues.length - shown.length;
  return [
    style.dim(line(heads)),
    ...shown.map(line),
    ...(more > 0 ? [style.dim(`  and ${formatCount(more)} more kinds, with --json`)] : []),
  ];
};

/** The first example of each kind, in the order of the file. */
const examplesOf = (issues: readonly FoundIssue[], style: Style, width: number): readonly string[] => {
  const all = issues
    .flatMap((issue) => issue.examples.slice(0, 1).map((example) => ({ issue, example })))
    .sort((a, b) => a.example.rowNumber - b.example.rowNumber)
    .slice(0, mostTold);
  if (all.length === 0) return [];
  return [
    '',
    style.dim('  first of each kind'),
    ...all.flatMap(({ issue, example }) =>
      wrap(`  ${sentence(issue, example)}`, width).map((line, i) => (i === 0 ? line : `    ${line}`)),
    ),
  ];
};

const sentence = ({ column }: FoundIssue, { rowNumber, byteOffset, message, value, hint }: Example): string => {
  const where = `row ${formatCount(rowNumber)}, byte ${formatCount(byteOffset)}:`;
  const what = column === undefined ? message : `${column} ${message}`;
  return printable(
    `${where} ${what}${value === undefined ? '' : `, got ${JSON.stringify(fit(value, 40))}`}${hint === undefined ? '' : ` – ${hint}`}`,
  );
};
