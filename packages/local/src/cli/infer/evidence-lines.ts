import type { InferredColumn, InferredSchema } from '@pipeline/validate/profile';
import type { Style } from '../progress/style.ts';
import { fit, formatCount, padEnd, padStart, plural, printable, widthOf, wrap } from '../progress/text.ts';

/** What speaks for a schema: a line for each column, and what a person should look at below. */
export const evidenceLines = (
  { columns, rows }: InferredSchema,
  rejected: number,
  { style, width }: { readonly style: Style; readonly width: number },
): readonly string[] => {
  const heads = { name: 'column', type: 'type', values: 'values', distinct: 'different', sure: 'fits' };
  const lines = columns.map((column) => ({
    name: printable(column.name),
    type: typeOf(column),
    values: formatCount(column.values),
    distinct: formatCount(column.distinct),
    sure: column.values === 0 ? '-' : `${(Math.floor(column.confidence * 1000) / 10).toFixed(1)} %`,
  }));
  const widest = (key: keyof typeof heads): number => Math.max(...[heads, ...lines].map((line) => widthOf(line[key])));
  const rest = widest('type') + widest('values') + widest('distinct') + widest('sure') + 10;
  const nameWidth = Math.min(widest('name'), Math.max(8, width - rest));
  const line = (cells: typeof heads): string =>
    `  ${padEnd(fit(cells.name, nameWidth), nameWidth)}  ${padEnd(cells.type, widest('type'))}  ${padStart(cells.values, widest('values'))}  ${padStart(cells.distinct, widest('distinct'))}  ${padStart(cells.sure, widest('sure'))}`;
  const notes = (column: InferredColumn): readonly string[] =>
    column.notes.flatMap((note) =>
      wrap(printable(note), Math.max(20, width - 6)).map((part) => style.dim(`      ${part}`)),
    );
  return [
    `From ${plural(rows, 'row')}${rejected === 0 ? '' : `, and ${formatCount(rejected)} malformed left out`}`,
    '',
    style.dim(line(heads)),
    ...lines.flatMap((cells, i) => [line(cells), ...notes(columns[i]!)]),
  ];
};

const typeOf = ({ type, format, enum: texts, required }: InferredColumn): string =>
  `${format ?? (texts === undefined ? type : `one of ${texts.length}`)}${required ? '' : '?'}`;
