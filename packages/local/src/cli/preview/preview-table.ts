import type { PreviewedRow } from '@pipeline/validate/profile';
import type { Style } from '../progress/style.ts';
import { fit, formatCount, padEnd, padStart, plural, printable, widthOf, wrap } from '../progress/text.ts';

/** What the table has, and how much room. */
export interface PreviewTableOptions {
  /** Columns of the file. */
  readonly columns: readonly string[];
  /** Those that are shown. @default as many as fit */
  readonly shown?: readonly string[];
  readonly style: Style;
  /** Columns of the terminal. */
  readonly width: number;
}

interface Cell {
  readonly text: string;
  readonly right: boolean;
}

const mostWidth = 30;
const leastWidth = 5;

/** Rows as a table that fits the terminal, with the issues of a row below it. */
export const previewTable = (
  rows: readonly PreviewedRow[],
  { columns, shown, style, width }: PreviewTableOptions,
): readonly string[] => {
  if (rows.length === 0) return ['The file has no rows.'];
  const numbers = rows.map(({ rowNumber }) => formatCount(rowNumber));
  const numberWidth = Math.max(3, ...numbers.map(widthOf));
  const names = shown ?? columns;
  const cells = rows.map((row) => names.map((name) => cellOf(row, columns, name)));
  const wanted = names.map((name, i) =>
    Math.min(mostWidth, Math.max(widthOf(printable(name)), ...cells.map((line) => widthOf(line[i]!.text)))),
  );
  const widths = fitted(wanted, width - numberWidth - 2);
  const line = (number: string, texts: readonly Cell[]): string =>
    `${padStart(number, numberWidth)}  ${widths.map((w, i) => (texts[i]!.right ? padStart : padEnd)(fit(texts[i]!.text, w), w)).join('  ')}`.trimEnd();
  const heads = names.map((name, i) => ({ text: printable(name), right: cells.every((row) => row[i]!.right) }));
  const failed = rows.filter(({ issues }) => issues.some(({ severity }) => severity === 'error')).length;
  const left = names.length - widths.length;
  return [
    style.dim(line('row', heads)),
    ...rows.flatMap((row, i) => [line(numbers[i]!, cells[i]!), ...issueLines(row, style, width, numberWidth)]),
    '',
    `${plural(rows.length, 'row')}, ${failed === 0 ? 'none' : formatCount(failed)} with errors${left === 0 ? '' : `; ${plural(left, 'column')} did not fit (--columns chooses, --json has all)`}`,
  ];
};

const cellOf = ({ typed, values }: PreviewedRow, columns: readonly string[], name: string): Cell => {
  const value = typed === undefined ? values[columns.indexOf(name)] : typed[name];
  if (value === null || value === undefined) return { text: '', right: typeof value === 'number' };
  return {
    text: printable(typeof value === 'object' ? JSON.stringify(value) : String(value)),
    right: typeof value === 'number',
  };
};

/** As many columns as have room, the wide ones cut before any is left out. */
const fitted = (wanted: readonly number[], room: number): readonly number[] => {
  const sum = (widths: readonly number[]): number => widths.reduce((total, w) => total + w + 2, -2);
  let widths = [...wanted];
  while (sum(widths) > room) {
    const widest = Math.max(...widths);
    if (widest > leastWidth * 2) widths = widths.map((w) => (w === widest ? w - 1 : w));
    else if (widths.length > 1) widths = wanted.slice(0, widths.length - 1);
    else return [Math.max(1, room)];
  }
  return widths;
};

const issueLines = (row: PreviewedRow, style: Style, width: number, indent: number): readonly string[] =>
  row.issues.flatMap(({ column, message, severity }) => {
    const mark = severity === 'error' ? style.bad(style.symbols.failed) : style.warn('!');
    const text = printable(column === undefined ? message : `${column} ${message}`);
    return wrap(text, Math.max(20, width - indent - 4)).map(
      (part, i) => `${' '.repeat(indent + 2)}${i === 0 ? mark : ' '} ${part}`,
    );
  });
