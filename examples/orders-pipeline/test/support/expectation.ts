import { type Fault, faultOf, faults, financialsOf, header, orderLine, uuidOf } from '../../sample/generate.ts';

// What must come out of the generated orders, computed from the generator alone and not by any part of the pipeline.

const added = ['Units Sold', 'Unit Price', 'Unit Cost', 'Total Revenue', 'Total Cost', 'Total Profit'];
const attributes = ['unitsSold', 'unitPrice', 'unitCost', 'totalRevenue', 'totalCost', 'totalProfit'];
const reserved = ['row', 'byte_offset', 'columns', 'rules', 'messages', 'batch'].map((name) => `__pipeline_${name}`);

export const outputHeader = (delimiter = ','): string => [...header, ...added].join(delimiter);

/** A row with the six financial columns of its key behind it. */
export const enriched = (line: string, row: number, delimiter = ','): string =>
  [line, ...attributes.map((name) => financialsOf(row - 1)[name])].join(delimiter);

const rowsOf = (rows: number): number[] => Array.from({ length: rows }, (_, index) => index + 1);

/** Lines with CRLF behind each; the last row of the file has none, if it comes out at all. */
const lay = (lines: readonly string[], endsWithNewline: boolean): string =>
  lines.join('\r\n') + (endsWithNewline ? '\r\n' : '');

/** The output of a generated file. */
export const expectedOutput = (rows: number, delimiter = ','): string => {
  const kept = rowsOf(rows).filter((row) => faultOf(row) === undefined);
  const lines = kept.map((row) => enriched(orderLine(row, delimiter), row, delimiter));
  return lay([outputHeader(delimiter), ...lines], kept.at(-1) !== rows);
};

/** One rejected row: where it stands, what it is and what is said of it. */
export interface ExpectedReject {
  readonly row: number;
  readonly byteOffset: number;
  readonly raw: string;
  readonly fault: Fault;
  readonly code: string;
  readonly rule: string;
  readonly column: string;
  /** The text that the issue quotes; structural issues quote none. */
  readonly value: string | undefined;
  readonly message: string;
}

const itemTypes = [
  'Baby Food',
  'Beverages',
  'Cereal',
  'Clothes',
  'Cosmetics',
  'Fruits',
  'Household',
  'Meat',
  'Office Supplies',
  'Personal Care',
];

const messages: Readonly<Record<Fault, string>> = {
  'uuid with letters': 'must match the pattern ^[0-9]{9}$',
  'unknown item type': `must be one of ${itemTypes.map((item) => `"${item}"`).join(', ')} and 2 more`,
  'empty country': 'must not be empty',
  'no such day': 'must be a day of the calendar',
  'shipped before ordered': 'must not be before the order date',
  'field missing': 'has 7 fields, the header has 8',
  'field too many': 'has 9 fields, the header has 8',
  'text behind a quote':
    'has bytes between a closing quote and the next delimiter; double quotes inside a quoted field',
  'key not in the table': 'has no entry in financials',
};

/** The rejects of a generated file, in order. */
export const expectedRejects = (rows: number, delimiter = ','): ExpectedReject[] => {
  let byteOffset = Buffer.byteLength(`${header.join(delimiter)}\r\n`);
  return rowsOf(rows).flatMap((row) => {
    const raw = orderLine(row, delimiter);
    const at = byteOffset;
    byteOffset += Buffer.byteLength(raw) + 2;
    const fault = faultOf(row);
    if (fault === undefined) return [];
    const [code = '', rule = '', issueColumn = ''] = faults[fault].split('|');
    // The generator names a fault by how it is counted; a look-up that has no entry is told of its key's column.
    const value = issueColumn === '' ? undefined : raw.split(delimiter)[header.indexOf(issueColumn)];
    return [{ row, byteOffset: at, raw, fault, code, rule, column: issueColumn, value, message: messages[fault] }];
  });
};

const quoted = (text: string, delimiter: string): string =>
  text.includes(delimiter) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;

/** `rejects.csv` of a generated file. */
export const expectedRejectsFile = (rows: number, batchId: string, delimiter = ','): string =>
  lay(
    [
      [...header, ...reserved].join(delimiter),
      ...expectedRejects(rows, delimiter).map(({ raw, row, byteOffset, column, rule, message }) =>
        [
          ...[raw, row, byteOffset, column, rule],
          ...[quoted(column === '' ? message : `${column} ${message}`, delimiter), batchId],
        ].join(delimiter),
      ),
    ],
    true,
  );

/** Rejected rows by code, rule and column. */
export const expectedCounts = (rows: number): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { fault } of expectedRejects(rows)) counts[faults[fault]] = (counts[faults[fault]] ?? 0) + 1;
  return counts;
};

/** A faulty line as a person would mend it. */
export const mended = ({ raw, row, fault }: ExpectedReject): string => {
  const fields = raw.split(',');
  const set = (column: string, text: string) => {
    fields[header.indexOf(column)] = text;
  };
  if (fault === 'uuid with letters' || fault === 'key not in the table') set('uuid', uuidOf(row - 1));
  if (fault === 'unknown item type') set('Item Type', 'Meat');
  if (fault === 'empty country' || fault === 'text behind a quote') set('Country', 'Kenya');
  if (fault === 'no such day') set('Order Date', '1/1/10');
  if (fault === 'shipped before ordered') set('Ship Date', '12/31/49');
  if (fault === 'field missing') fields.push('12/31/49');
  if (fault === 'field too many') fields.pop();
  return fields.join(',');
};
