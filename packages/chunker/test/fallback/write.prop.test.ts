import { type AssignedValues, assignValues, type RowBatch } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkDialect,
  createJsonFormatter,
  createRowFormatter,
  outputDialect,
  parseRows,
  type RowFormat,
} from '../../src/index.ts';
import { knownToScanner } from '../../src/scan/known-to-scanner.ts';
import type { Dialect } from '../arbitraries.ts';
import { slicesOf } from '../helpers.ts';
import { fallbackDialect, fallbackDialects, nasty } from './arbitraries.ts';
import { parseReference } from './reference.ts';

const columns = ['a', 'b'];

interface Written {
  readonly text: string;
  /** Of the rows that were written, as they were read. */
  readonly values: readonly (readonly string[])[];
}

/** Writes all sound rows of some bytes; `change` gives values to each. */
const write = async (
  bytes: Buffer,
  format: RowFormat,
  change: (batch: RowBatch<unknown>) => RowBatch<unknown> = (batch) => batch,
  to = createRowFormatter(format),
): Promise<Written> => {
  const pieces: Buffer[] = [];
  const values: string[][] = [];
  const reading = parseRows(slicesOf(bytes, [9]), { columns, dialect: format.dialect, batchRows: 4 });
  for await (const batch of reading) {
    to(change(batch), (piece) => pieces.push(Buffer.from(piece)));
    values.push(
      ...batch.positions.map((position) => columns.map((_, column) => batch.records.field(position, column))),
    );
  }
  return { text: Buffer.concat(pieces).toString(), values };
};

/** Values of a file as the reference reads them. */
const read = (text: string, dialect: Dialect): (readonly string[])[] => {
  const { records, failure } = parseReference(Buffer.from(text), dialect);
  expect(failure).toBeUndefined();
  return records.map(({ fields, spoilt }) => {
    expect(spoilt).toBe(false);
    return fields.map(({ value }) => value);
  });
};

/** Whether the tokens of a dialect can be told from each other. */
const fits = (dialect: Dialect): boolean => {
  try {
    checkDialect(dialect);
    return true;
  } catch {
    return false;
  }
};

/** Text that reads well up to its end; the rows that are not sound are left out in the writing. */
const source = fallbackDialect
  .filter(({ quote }) => quote !== '')
  .chain((dialect) => nasty(dialect).map((bytes) => ({ dialect, bytes })))
  .filter(({ dialect, bytes }) => parseReference(bytes, dialect).failure === undefined);
const targets: fc.Arbitrary<Dialect> = fc.constantFrom(
  { delimiter: ',', quote: '"' },
  ...fallbackDialects.filter(({ quote }) => quote !== ''),
);
const value = fc.constantFrom(
  '',
  'x',
  '|',
  'a|',
  ':',
  '\t|',
  '"',
  '”',
  '│',
  '😀',
  '¦¦',
  '\r',
  'a\nb',
  '-',
  '--',
  '//',
  '#',
);

describe('rows of a file that csv-parse reads', () => {
  test('mean the same with columns added, replaced, dropped and moved', async () => {
    const shapes = fc.constantFrom(
      ['a', 'b', 'new'],
      ['b', 'a'],
      ['b'],
      ['new', 'b', 'a'],
      ['a', 'b'],
      ['a', 'new', 'b'],
    );
    const given = fc.record({ new: value, b: value }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(source, shapes, fc.array(given, { minLength: 1, maxLength: 3 }), async (file, output, rows) => {
        const { dialect, bytes } = file;
        const assigned = new Map<number, AssignedValues>();
        const { text, values } = await write(bytes, { source: columns, output, dialect }, (batch) =>
          assignValues(
            batch,
            batch.positions.map((position) => {
              const row = batch.records.rowNumber(position);
              assigned.set(row, rows[row % rows.length]!);
              return assigned.get(row);
            }),
          ),
        );
        const givenTo = [...assigned.entries()].sort(([a], [b]) => a - b).map(([, more]) => more);
        expect(read(text, dialect)).toEqual(
          values.map(([a, b], i) => output.map((name) => ({ new: '', a, b, ...givenTo[i] })[name as 'a'])),
        );
      }),
      { numRuns: 600 },
    );
  });

  test('mean the same in another dialect, quoted where they must be or everywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        source,
        targets,
        fc.constantFrom('as-source', 'minimal', 'always'),
        fc.constantFrom('lf', 'crlf', undefined),
        async ({ dialect, bytes }, target, quoting, newline) => {
          fc.pre(!knownToScanner(dialect) || !knownToScanner(target));
          const { delimiter, quote, escape: mark = quote } = target;
          const asked = { quoting, delimiter, quote, escape: mark, ...(newline === undefined ? {} : { newline }) };
          fc.pre(dialect.comment === undefined || fits({ ...dialect, delimiter, quote, escape: mark }));
          const { text, values } = await write(bytes, { source: columns, output: columns, dialect, ...asked });
          expect(read(text, outputDialect(dialect, asked))).toEqual(values);
        },
      ),
      { numRuns: 600 },
    );
  });

  test('are JSON of their values', async () => {
    await fc.assert(
      fc.asyncProperty(source, async ({ dialect, bytes }) => {
        const format = { source: columns, output: columns, dialect };
        const { text, values } = await write(bytes, format, undefined, createJsonFormatter(format));
        const lines = text === '' ? [] : text.trimEnd().split('\n');
        expect(lines.map((line) => JSON.parse(line))).toEqual(values.map(([a, b]) => ({ a, b })));
      }),
      { numRuns: 200 },
    );
  });
});

test('what was not touched leaves byte for byte, also beside what was', async () => {
  const dialect = { delimiter: '||', quote: '"' };
  const bytes = Buffer.from('1||"x"\r\n2||b"c\n3||d|\n');
  const format = { source: columns, output: columns, dialect };
  expect((await write(bytes, format)).text).toBe(bytes.toString());
  const changed = await write(bytes, format, (batch) => assignValues(batch, [{ a: 'y' }, undefined, { a: '|' }]));
  expect(changed.text).toBe('y||"x"\r\n2||b"c\n"|"||d|\n');
  const more = await write(bytes, { ...format, output: [...columns, 'c'] }, (batch) =>
    assignValues(batch, [{ c: 'y' }, { c: '' }, { c: '=1' }]),
  );
  // `d|` would give its end to the delimiter behind it.
  expect(more.text).toBe('1||"x"||y\r\n2||b"c||\n3||"d|"||=1\n');
  const guarded = await write(bytes, { ...format, output: [...columns, 'c'], formulaGuard: true }, (batch) =>
    assignValues(batch, [{ c: 'y' }, { c: '' }, { c: '=1' }]),
  );
  expect(guarded.text).toBe(`1||"x"||y\r\n2||b"c||\n3||"d|"||"'=1"\n`);
});
