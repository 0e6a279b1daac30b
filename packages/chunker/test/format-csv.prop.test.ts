import { PipelineError, type RowBatch } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRowFormatter, type RowFormat } from '../src/index.ts';
import {
  oracle,
  readText,
  rewrite,
  type SourceDialect,
  type SourceRow,
  sourceDialects,
  sourceText,
  withoutPlaces,
} from './format-cases.ts';

const source = ['a', 'b', 'c'];

const writing = async (
  text: string,
  format: RowFormat & { readonly dialect: SourceDialect },
  change?: (batch: RowBatch<unknown>) => RowBatch<unknown>,
): Promise<{ written: string; rows: SourceRow[] }> => rewrite(text, format, createRowFormatter(format), change);

/** Whether the work ends in a refusal: a value must be quoted, and nothing can be. */
const isRefused = async (work: Promise<unknown>): Promise<boolean> => {
  try {
    await work;
    return false;
  } catch (error) {
    if (PipelineError.is(error) && error.code === 'CONFIG_INVALID' && error.details.option === 'quote') return true;
    throw error;
  }
};

const choices = fc
  .record({ width: fc.integer({ min: 1, max: 3 }), picked: fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }) })
  .map(({ width, picked }) => ({ columns: source.slice(0, width), picked: picked.map((column) => column % width) }));

const outputs = fc.record(
  {
    delimiter: fc.constantFrom(',', ';', '\t'),
    quote: fc.constantFrom('"', "'", ''),
    escape: fc.constantFrom('\\', '"'),
    newline: fc.constantFrom('lf' as const, 'crlf' as const),
  },
  { requiredKeys: [] },
);

describe('rows of any file, written in any way', () => {
  const fits = ({ dialect, output }: { dialect: SourceDialect; output: Record<string, string | undefined> }): boolean =>
    (output.quote ?? dialect.quote) !== (output.delimiter ?? dialect.delimiter);

  test('are read back with the same values: columns in any order, any dialect to any other', async () => {
    let refused = 0;
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          text: sourceText,
          dialect: sourceDialects,
          output: outputs,
          choice: choices,
          quoting: fc.constantFrom('as-source' as const, 'minimal' as const, 'always' as const),
          bare: fc.boolean(),
        }),
        async ({ text, dialect, output, choice: { columns, picked }, quoting, bare }) => {
          fc.pre(fits({ dialect, output }));
          const names = picked.map((column, place) => ({ from: source[column]!, to: `${place}` }));
          const format = { source: columns, output: names, dialect, quoting, ...output };
          const work = writing(text, format, bare ? withoutPlaces : undefined);
          if (await isRefused(work)) {
            refused++;
            expect(output.quote ?? dialect.quote).toBe('');
            return;
          }
          const { written, rows } = await work;
          const wanted = rows.map(({ values }) => picked.map((column) => values[column]));
          const { newline, ...target } = output;
          const reading = readingOf(dialect, target);
          const read = await readText(
            written,
            names.map(({ to }) => to),
            reading,
          );
          expect(read.map(({ values }) => values)).toEqual(wanted);
          if (quoting !== 'as-source' && reading.quote !== '') expect(oracle(written, reading)).toEqual(wanted);
          if (newline !== undefined && wanted.length > 0)
            expect(written.endsWith(newline === 'lf' ? '\n' : '\r\n')).toBe(true);
          checked++;
        },
      ),
      { numRuns: 600 },
    );
    expect(checked).toBeGreaterThan(refused);
  });

  test('as in the source, in the order of the source, leave byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(sourceText, sourceDialects, fc.integer({ min: 1, max: 3 }), async (text, dialect, width) => {
        const columns = source.slice(0, width);
        for (const change of [undefined, withoutPlaces]) {
          const { written, rows } = await writing(text, { source: columns, output: columns, dialect }, change);
          expect(written).toBe(joined(rows, dialect));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('as in the source, in any order, leave field by field as they stand', async () => {
    await fc.assert(
      fc.asyncProperty(sourceText, sourceDialects, choices, async (text, dialect, { columns, picked }) => {
        const output = picked.map((column, place) => ({ from: source[column]!, to: `${place}` }));
        const work = writing(text, { source: columns, output, dialect });
        if (await isRefused(work)) return;
        const { written, rows } = await work;
        const names = output.map(({ to }) => to);
        const read = await readText(written, names, dialect);
        for (const [i, { fields }] of read.entries())
          for (const [place, field] of fields.entries()) {
            const stood = rows[i]!.fields[picked[place]!]!;
            const last = place === output.length - 1;
            // A CR would join the newline, and a comment character would begin a comment.
            if (!(last && stood.endsWith('\r')) && !(place === 0 && stood.startsWith('#'))) expect(field).toBe(stood);
          }
      }),
      { numRuns: 150 },
    );
  });

  test('minimal: what need not be quoted is not', async () => {
    await fc.assert(
      fc.asyncProperty(sourceText, sourceDialects, choices, async (text, dialect, { columns, picked }) => {
        fc.pre(dialect.quote !== '');
        const output = picked.map((column, place) => ({ from: source[column]!, to: `${place}` }));
        const { written } = await writing(text, { source: columns, output, dialect, quoting: 'minimal' });
        const special = [dialect.delimiter, dialect.quote, dialect.escape ?? dialect.quote, '\r', '\n'];
        for (const { fields, values } of await readText(
          written,
          output.map(({ to }) => to),
          dialect,
        ))
          for (const [place, value] of values.entries()) {
            const comments = place === 0 && dialect.comment !== undefined && value.startsWith(dialect.comment);
            const must = comments || special.some((character) => value.includes(character));
            expect(fields[place]!.startsWith(dialect.quote)).toBe(must);
          }
      }),
      { numRuns: 150 },
    );
  });

  test('always: every field is quoted', async () => {
    await fc.assert(
      fc.asyncProperty(sourceText, sourceDialects, choices, async (text, dialect, { columns, picked }) => {
        fc.pre(dialect.quote !== '');
        const output = picked.map((column, place) => ({ from: source[column]!, to: `${place}` }));
        const { written } = await writing(text, { source: columns, output, dialect, quoting: 'always' });
        for (const { fields } of await readText(
          written,
          output.map(({ to }) => to),
          dialect,
        ))
          for (const field of fields) expect(field.startsWith(dialect.quote)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

/** The records as they stand; but an LF of its own must not join the CR of a record that it did not follow in the source. */
const joined = (rows: readonly SourceRow[], { loneCr = false }: SourceDialect): string =>
  rows.reduce(
    (text, { record }) => text + (loneCr && record === '\n' && (text === '' || text.endsWith('\r')) ? '\r' : record),
    '',
  );

/** How the output of a format is to be read. */
const readingOf = (dialect: SourceDialect, target: Partial<SourceDialect>): SourceDialect => {
  const { escape: given, ...rest } = dialect;
  const kept = (target.quote ?? dialect.quote) === dialect.quote || given !== dialect.quote ? given : undefined;
  const mark = target.escape ?? kept;
  return { ...rest, ...target, ...(mark === undefined ? {} : { escape: mark }) };
};

const assignedText = fc
  .array(fc.constantFrom('x', ',', '"', "'", '\\', '\r', '\n', '#', ' ', 'é', ''), { maxLength: 5 })
  .map((pieces) => pieces.join(''));

describe('values that stages assigned', () => {
  test('are read back, between the bytes of all others', async () => {
    await fc.assert(
      fc.asyncProperty(
        sourceText,
        sourceDialects,
        fc.infiniteStream(
          fc.option(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'new'), assignedText), { nil: undefined }),
        ),
        fc.constantFrom(['a', 'b', 'c'], ['a', 'b', 'c', 'new'], ['new', 'c', 'a'], ['c']),
        async (text, dialect, stream, output) => {
          fc.pre(dialect.quote !== '');
          const given: (Record<string, string> | undefined)[] = [];
          const { written, rows } = await writing(text, { source, output, dialect }, (batch) => {
            const assigned = batch.positions.map(() => stream.next().value);
            given.push(...assigned);
            return { ...batch, rows: [], assigned };
          });
          const wanted = rows.map(({ values }, i) =>
            output.map((name) => given[i]?.[name] ?? values[source.indexOf(name)] ?? ''),
          );
          const read = await readText(written, output, dialect);
          expect(read.map(({ values }) => values)).toEqual(wanted);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the formula guard', () => {
  const nasty = fc.constantFrom(
    '=1+1',
    '+1',
    '-1.5',
    '-a',
    '@x',
    '\tq',
    '\rq',
    '\nq',

    '＝1',
    'a=b',
    '-1.234,5',
    '-5%',
    '+',
    '-1+1',
    '',
  );
  const formula = /^(?:=|@|\t|\r|\n|＝|-a|\+$|-1\+1)/;

  test('puts an apostrophe and quotes around what a spreadsheet would run, and leaves all else as it stands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(nasty, nasty, nasty), { maxLength: 6 }),
        fc.constantFrom<SourceDialect>({ delimiter: ',', quote: '"' }, { delimiter: '\t', quote: "'" }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(['a', 'b', 'c'], ['c', 'a']),
        async (rows, dialect, quoted, bare, output) => {
          const { quote } = dialect;
          const field = (value: string): string => (quoted || /[,\t\r\n]/.test(value) ? quote + value + quote : value);
          const text = rows.map((row) => `${row.map(field).join(dialect.delimiter)}\n`).join('');
          const format = { source, output, dialect, formulaGuard: true };
          const { written } = await writing(text, format, bare ? withoutPlaces : undefined);
          const guarded = (value: string): string =>
            formula.test(value) ? quote + `'${value}`.replaceAll(quote, quote + quote) + quote : field(value);
          const lines = rows.map((row) => output.map((name) => guarded(row[source.indexOf(name)]!)));
          expect(written).toBe(lines.map((line) => `${line.join(dialect.delimiter)}\n`).join(''));
        },
      ),
      { numRuns: 150 },
    );
  });
});
