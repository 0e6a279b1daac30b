import {
  addColumns,
  assignValues,
  type CsvRecord,
  compose,
  createRunContext,
  createStage,
  mapRows,
  PipelineError,
  PipelineRejectLimitError,
  PipelineSourceError,
} from '@pipeline/core';
import { describe, expect, it } from 'vitest';
import { compileRule, type JsonSchema, type RowRule, validate } from '../src/index.ts';
import { batchOf, rowsOf, runStage, thrownBy } from './helpers.ts';

interface Order {
  readonly id: string;
  readonly units: number;
  readonly price?: number;
}

const schema = {
  type: 'object',
  required: ['id', 'units'],
  properties: { id: { type: 'string' }, units: { type: 'integer', minimum: 1 }, price: { type: 'number' } },
};
const order = compileRule<Order>(schema);
const columns = ['id', 'units', 'price'];

describe('the stage', () => {
  it('sends good rows on in order and rejects the others with all their issues', async () => {
    const batch = batchOf(
      columns,
      [
        ['007', '3', '1.10'],
        ['', '0', 'x'],
        ['b', '2', ''],
        ['c', '2.5', '1'],
      ],
      { firstRow: 41 },
    );
    const [out] = await runStage(validate(order), [batch]);
    expect(out!.positions).toEqual([0, 2]);
    expect(out!.rows).toEqual([
      { id: '007', units: 3, price: 1.1 },
      { id: 'b', units: 2 },
    ]);
    expect(out!.rejects.map(({ rowNumber, byteOffset }) => [rowNumber, byteOffset])).toEqual([
      [42, 26],
      [44, 36],
    ]);
    expect(out!.rejects[0]!.issues.map(({ rule, column }) => [rule, column])).toEqual([
      ['required', 'id'],
      ['minimum', 'units'],
      ['type', 'price'],
    ]);
    expect(Buffer.from(out!.rejects[1]!.raw).toString()).toBe('c,2.5,1');
  });

  it('assigns nothing, so that the file keeps the text that came in', async () => {
    const batch = batchOf(columns, [['007', '03', '1.10']]);
    const [out] = await runStage(validate(order), [batch]);
    expect(out!.assigned.filter((values) => values !== undefined)).toEqual([]);
    expect(out!.records).toBe(batch.records);
    expect(columns.map((_, column) => out!.records.field(0, column))).toEqual(['007', '03', '1.10']);
  });

  it('keeps values that stages before it assigned, and checks them', async () => {
    const total = mapRows({
      columns: ['price'],
      map: (row: CsvRecord) => ({ price: String(Number(row.units) * 2) }),
    });
    const capped = compileRule({
      ...schema,
      properties: { ...schema.properties, price: { type: 'number', maximum: 5 } },
    });
    const stage = compose(total, validate(capped));
    const [out] = await runStage(stage, [
      batchOf(
        ['id', 'units'],
        [
          ['a', '2'],
          ['b', '3'],
          ['c', '1'],
        ],
      ),
    ]);
    expect(out!.positions).toEqual([0, 2]);
    expect(out!.assigned).toEqual([{ price: '4' }, { price: '2' }]);
    expect(out!.rejects).toMatchObject([{ rowNumber: 2, issues: [{ rule: 'maximum', value: '6' }] }]);
  });

  it('keeps rejects and warnings that the batch brought along', async () => {
    const before = createStage<CsvRecord, CsvRecord>((batch) => ({
      ...batch,
      rows: batch.rows,
      rejects: [{ rowNumber: 99, byteOffset: 1, raw: new Uint8Array(), issues: [] }],
      warnings: { 'ROW_BAD_QUOTE|quote|': 2 },
    }));
    const [out] = await runStage(compose(before, validate(order)), [batchOf(columns, [['', '1', '']])]);
    expect(out!.rejects.map(({ rowNumber }) => rowNumber)).toEqual([99, 1]);
    expect(out!.warnings).toEqual({ 'ROW_BAD_QUOTE|quote|': 2 });
  });

  it('lets an empty batch through', async () => {
    const [out] = await runStage(validate(order), [batchOf(columns, [])]);
    expect(out!.rows).toEqual([]);
  });

  it('does nothing before the first pull and closes its source when it is left early', async () => {
    const seen: string[] = [];
    const source = async function* () {
      seen.push('opened');
      try {
        for (;;) yield batchOf(columns, [['a', '1', '']]);
      } finally {
        seen.push('closed');
      }
    };
    const rows = validate(order)(source(), createRunContext());
    expect(seen).toEqual([]);
    for await (const _ of rows) break;
    expect(seen).toEqual(['opened', 'closed']);
  });

  it('stops at an abort with its reason', async () => {
    const reason = new Error('enough');
    const run = createRunContext({ signal: AbortSignal.abort(reason) });
    await expect(runStage(validate(order), [batchOf(columns, [['a', '1', '']])], run)).rejects.toBe(reason);
  });
});

describe('the columns of the file', () => {
  const strict = compileRule({ ...schema, additionalProperties: false, patternProperties: { '^x_': {} } });

  it('stay as they are', () => {
    expect(validate(order).columns!(['more', ...columns])).toEqual(['more', ...columns]);
    expect(validate(strict).columns!(['x_1', 'units', 'id'])).toEqual(['x_1', 'units', 'id']);
  });

  it.each<[string, RowRule<unknown>, string[], string, RegExp]>([
    [
      'a required column is missing',
      order,
      ['id', 'price'],
      'units',
      /lacks a column.*"units".*expected the columns id, units/,
    ],
    ['a column differs in case', order, ['ID', 'units'], 'id', /"id"/],
    [
      'a column is not allowed',
      strict,
      [...columns, 'more'],
      'more',
      /does not allow.*"more".*no others than id, units, price/,
    ],
    ['a column is called __proto__', order, [...columns, '__proto__'], '__proto__', /cannot be handled safely/],
    ['a column is called constructor', order, [...columns, 'constructor'], 'constructor', /another name/],
  ])('are refused before any row when %s', (_, rule, names, column, message) => {
    const error = thrownBy(() => validate(rule).columns!(names));
    if (!PipelineError.is(error)) throw error;
    expect(error).toBeInstanceOf(PipelineSourceError);
    expect(error).toMatchObject({ code: 'CSV_BAD_HEADER', retryable: false, details: { column } });
    expect(error.message).toMatch(message);
  });

  it('are checked through compose, with what stages before added', () => {
    const units = mapRows({ columns: ['units'], map: (_row: CsvRecord) => ({ units: '1' }) });
    expect(compose(units, validate(order)).columns!(['id'])).toEqual(['id', 'units']);
    expect(() => compose(validate(order), mapRows({ columns: ['x'], map: () => ({ x: 1 }) })).columns!(['id'])).toThrow(
      /CSV_BAD_HEADER/,
    );
  });

  it('are checked at the first batch for callers that never asked', async () => {
    const work = runStage(validate(order), [batchOf(['id'], [['a']])]);
    await expect(work).rejects.toMatchObject({ code: 'CSV_BAD_HEADER', details: { column: 'units' } });
  });

  it('are not held against rows to which a stage before gave the column', async () => {
    const some = createStage<CsvRecord, CsvRecord>(
      (batch) =>
        assignValues(
          batch,
          batch.positions.map((position) => (position === 1 ? { units: '1' } : undefined)),
        ) as typeof batch,
      { columns: (names) => addColumns(names, ['units']) },
    );
    const [out] = await runStage(compose(some, validate(order)), [batchOf(['id'], [['a'], ['b']])]);
    expect(out!.rows).toEqual([{ id: 'b', units: 1 }]);
    expect(out!.rejects).toMatchObject([
      { rowNumber: 1, issues: [{ rule: 'required', column: 'units', message: 'is missing' }] },
    ]);
  });

  it('with a reserved name stop a check by hand as well, and no prototype is touched', () => {
    const row = JSON.parse('{"id":"a","units":"1","__proto__":"x"}');
    expect(() => order.check(row)).toThrow(/CSV_BAD_HEADER/);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe('options of the stage', () => {
  const rows = [
    ['a', '1', ''],
    ['b', 'two', ''],
    ['c', '0', ''],
  ];

  it('onInvalid "throw" ends at the first bad row and names place and rule, not the value', async () => {
    const work = runStage(validate(order, { onInvalid: 'throw' }), [batchOf(columns, rows, { firstRow: 11 })]);
    const error = await work.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PipelineRejectLimitError);
    expect(error).toMatchObject({
      code: 'REJECT_LIMIT',
      retryable: false,
      details: { row: 12, column: 'units', rule: 'type', code: 'RULE_TYPE' },
    });
    expect((error as Error).message).toContain('data row 12, column "units", rule type');
    expect(JSON.stringify(error) + (error as Error).message).not.toContain('two');
  });

  it('severity "warning" counts issues and keeps every row', async () => {
    const [out] = await runStage(validate(order, { severity: 'warning' }), [batchOf(columns, rows)]);
    expect(out!.rows).toEqual([
      { id: 'a', units: 1 },
      { id: 'b', units: 'two' },
      { id: 'c', units: 0 },
    ]);
    expect(out!.rejects).toEqual([]);
    expect(out!.warnings).toEqual({ 'RULE_TYPE|type|units': 1, 'RULE_FAILED|minimum|units': 1 });
  });

  it('severity as a function decides issue by issue', async () => {
    const stage = validate(order, { severity: (issue) => (issue.rule === 'minimum' ? 'warning' : 'error') });
    const [out] = await runStage(stage, [batchOf(columns, rows)]);
    expect(out!.positions).toEqual([0, 2]);
    expect(out!.warnings).toEqual({ 'RULE_FAILED|minimum|units': 1 });
    expect(out!.rejects).toMatchObject([{ rowNumber: 2, issues: [{ rule: 'type', severity: 'error' }] }]);
  });

  it('counts warnings of checks on rows that stay, not on rejects', async () => {
    const rule = compileRule<Order>(schema, {
      checks: [
        { name: 'few', severity: 'warning', check: (row) => row.units > 5 || 'is few' },
        { name: 'notB', check: (row) => row.id !== 'b' || 'must not be b' },
      ],
    });
    const batch = batchOf(
      ['id', 'units'],
      [
        ['a', '1'],
        ['b', '1'],
        ['c', '9'],
      ],
    );
    const [out] = await runStage(validate(rule), [batch]);
    expect(out!.warnings).toEqual({ 'RULE_CUSTOM|few|': 1 });
    expect(out!.rejects).toHaveLength(1);
  });

  it('that make no sense are refused', () => {
    expect(() => validate(order, { onInvalid: 'ignore' as never })).toThrow(/onInvalid must be/);
    expect(() => validate(order, { severity: 'info' as never })).toThrow(/severity must be/);
  });
});

it('one rule serves many stages and files at the same time', async () => {
  const stage = validate(order);
  const source = (names: string[], row: string[]) =>
    stage(rowsOf(batchOf(names, [row]), batchOf(names, [row])), createRunContext());
  const first = source(['id', 'units'], ['a', '1'])[Symbol.asyncIterator]();
  const second = source(['units', 'more', 'id'], ['2', 'x', 'b'])[Symbol.asyncIterator]();
  const rows: unknown[] = [];
  for (let turn = 0; turn < 2; turn++) {
    rows.push(...(await first.next()).value.rows, ...(await second.next()).value.rows);
  }
  expect(rows).toEqual([
    { id: 'a', units: 1 },
    { units: 2, more: 'x', id: 'b' },
    { id: 'a', units: 1 },
    { units: 2, more: 'x', id: 'b' },
  ]);
});

it('a rule of one schema is the same for equal JSON text', () => {
  const again = compileRule(JSON.parse(JSON.stringify(schema)) as JsonSchema);
  expect(again.schema).toEqual(order.schema);
});
