import { type CsvRecord, passThrough, readBytes } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkAliases, type HeaderAliases, openCsv, processChunk, readRows } from '../src/index.ts';
import { failureOf, input, locations, runOf, splitText, storeWith } from './helpers.ts';

const aliases: HeaderAliases = { columns: { customerId: ['Customer ID', 'cust_id'], units: ['Qty'] } };
const loose: HeaderAliases = { ...aliases, ignore: ['case', 'spaces', 'punctuation'] };

const columnsOf = async (header: string, declared: HeaderAliases) => {
  const { columns, renamed, headerText } = await openCsv(input, {
    store: await storeWith(`${header}\n1,2,3\n`),
    aliases: declared,
  });
  expect(headerText).toBe(`${header}\n`);
  return { columns, renamed };
};

describe('a header with declared aliases', () => {
  test('is read under the declared names, and says what was renamed', async () => {
    expect(await columnsOf('Customer ID,"Qty",note', aliases)).toEqual({
      columns: ['customerId', 'units', 'note'],
      renamed: [
        { from: 'Customer ID', to: 'customerId' },
        { from: 'Qty', to: 'units' },
      ],
    });
  });

  test('that has the declared names already is left as it is', async () => {
    expect(await columnsOf('customerId,units,note', aliases)).toEqual({
      columns: ['customerId', 'units', 'note'],
      renamed: undefined,
    });
  });

  test('is compared byte for byte unless something is declared not to count', async () => {
    expect((await columnsOf('customer id,qty,note', aliases)).columns).toEqual(['customer id', 'qty', 'note']);
    expect((await columnsOf('customer id,qty,note', { ...aliases, ignore: ['case'] })).columns).toEqual([
      'customerId',
      'units',
      'note',
    ]);
    expect((await columnsOf('Customer-ID, QTY ,note', loose)).columns).toEqual(['customerId', 'units', 'note']);
    expect((await columnsOf('CUSTOMERID,U.n.i.t.s,note', loose)).columns).toEqual(['customerId', 'units', 'note']);
  });

  test('is refused where two of its columns are declared as one', async () => {
    const store = await storeWith('cust_id,Customer ID\n1,2\n');
    const error = await failureOf(openCsv(input, { store, aliases }));
    expect(error).toMatchObject({ name: 'PipelineSourceError', code: 'CSV_BAD_HEADER' });
    expect(error.message).toContain('two columns that are both declared as "customerId": "cust_id" and this one');
    expect(error.message).toContain('column "Customer ID"');
  });

  test('may call a column what rows cannot, as long as an alias gives it a good name', async () => {
    expect((await columnsOf('__proto__,b,c', { columns: { proto: ['__proto__'] } })).columns).toEqual([
      'proto',
      'b',
      'c',
    ]);
  });

  test('keeps the names that were given for a file without one', async () => {
    const store = await storeWith('1,2\n');
    expect((await openCsv(input, { store, aliases, header: ['cust_id', 'b'] })).columns).toEqual(['cust_id', 'b']);
  });
});

test('required columns are looked for under the declared names', async () => {
  const columns = { required: ['customerId'] };
  await expect(splitText('cust_id,b\n1,2\n', { aliases, columns })).resolves.toBeDefined();
  expect(await failureOf(splitText('cust_id,b\n1,2\n', { columns }))).toMatchObject({ code: 'CSV_BAD_HEADER' });
});

test.each([false, true])(
  'rows and output carry the declared names, the bytes stay (materialize: %s)',
  async (materialize) => {
    const text = '\uFEFF"Customer ID";Qty;note\r\n1;"2";a\r\n';
    const { store, chunks } = await splitText(text, { aliases, materialize, dialect: { delimiter: ';' } });
    const rows: CsvRecord[] = [];
    for await (const batch of readRows(chunks[0]!, { store })) rows.push(...batch.rows);
    expect(rows).toEqual([{ customerId: '1', units: '2', note: 'a' }]);
    const { output } = await processChunk(chunks[0]!, passThrough<CsvRecord>(), { store, locations, run: runOf() });
    expect(Buffer.from(await readBytes(store, output.object)).toString()).toBe(
      '\uFEFFcustomerId;units;note\r\n1;"2";a\r\n',
    );
  },
);

describe('aliases are refused before any file where', () => {
  test.each<[string, unknown]>([
    ['one name means two columns', { columns: { a: ['x'], b: ['x'] } }],
    ['the name of a column is an alias of another', { columns: { a: ['b'], b: [] } }],
    ['they differ only in what does not count', { columns: { a: ['X Y'], b: ['x-y'] }, ignore: loose.ignore }],
    ['nothing of a name counts', { columns: { a: ['--'] }, ignore: ['punctuation'] }],
    ['a name is empty', { columns: { a: [''] } }],
    ['a column has a reserved name', { columns: { constructor: ['a'] } }],
    ['a column has a reserved prefix', { columns: { __pipeline_row: ['a'] } }],
    ['something unknown is not to count', { columns: {}, ignore: ['accents'] }],
    ['they are no list', { columns: { a: 'b' } }],
    ['they are no object', { columns: ['a'] }],
  ])('%s', (_, wrong) => {
    expect(() => checkAliases(wrong as HeaderAliases)).toThrow(/^CONFIG_INVALID: .*aliases/);
  });
});

test('what was renamed and what was not are the whole header, in its order', async () => {
  const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z _.]{0,6}[a-z]$/);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, {
        minLength: 1,
        maxLength: 6,
        selector: (text) => text.toLowerCase().replace(/[ _.]/g, ''),
      }),
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      async (names, known) => {
        const declared = Object.fromEntries(
          names.flatMap((text, i) => (known[i] ? [[`column ${i}`, [text.toUpperCase()]]] : [])),
        );
        const store = await storeWith(`${names.join(',')}\n`);
        const source = await openCsv(input, { store, aliases: { ...loose, columns: declared } });
        expect(source.columns).toEqual(names.map((text, i) => (known[i] ? `column ${i}` : text)));
        const back = new Map((source.renamed ?? []).map(({ from, to }) => [to, from]));
        expect(source.columns.map((to) => back.get(to) ?? to)).toEqual(names);
      },
    ),
  );
});
