import { describe, expect, test } from 'vitest';
import {
  type CsvRecord,
  compose,
  createRunContext,
  createStage,
  mapRows,
  type PipelineError,
  passThrough,
  rejectRows,
  type Stage,
  selectColumns,
  withRows,
} from '../src/index.ts';
import { batchOf, collect, trackedRows } from './batches.ts';

const run = createRunContext();
const batches = [
  batchOf(['id', 'price'], [['a', '1.10'], ['b', '2']]), // biome-ignore format: one batch a line
  batchOf(['id', 'price'], [['c', '3']], { firstRow: 3, offset: 12 }), // biome-ignore format: as above
];
const price: Stage<CsvRecord, CsvRecord & { total: number }> = mapRows({
  columns: ['total'],
  map: (row: CsvRecord) => ({ total: Number(row.price) * 2 }),
});

describe('compose', () => {
  test('runs stages left to right over every batch, in order', async () => {
    const seen: string[] = [];
    const trace = (name: string) =>
      createStage<CsvRecord, CsvRecord>((batch) => {
        seen.push(`${name}${batch.records.rowNumber(0)}`);
        return batch;
      });
    const out = await collect(compose(trace('x'), trace('y'), trace('z'))(trackedRows(batches).rows, run));
    expect(seen).toEqual(['x1', 'y1', 'z1', 'x3', 'y3', 'z3']);
    expect(out.flatMap((batch) => batch.rows.map((row) => row.id))).toEqual(['a', 'b', 'c']);
  });

  test('does nothing before the first pull', () => {
    const source = trackedRows(batches);
    compose(passThrough<CsvRecord>(), price)(source.rows, run);
    expect(source.opened).toBe(false);
  });

  test.each([
    ['break', async (rows: AsyncIterable<unknown>) => {
      for await (const _ of rows) break;
    }], // biome-ignore format: a table
    [
      'throw in the consumer',
      async (rows: AsyncIterable<unknown>) => {
        for await (const _ of rows) throw new Error('consumer');
      },
    ],
    [
      'the end',
      async (rows: AsyncIterable<unknown>) => {
        for await (const _ of rows);
      },
    ],
    [
      'an explicit return',
      async (rows: AsyncIterable<unknown>) => {
        const iterator = rows[Symbol.asyncIterator]();
        await iterator.next();
        await iterator.return?.();
      },
    ],
  ])('closes its source on %s', async (_, leave) => {
    const source = trackedRows(batches);
    await leave(compose(passThrough<CsvRecord>(), price, selectColumns(['id']))(source.rows, run)).catch(() => {});
    expect(source.closed).toBe(true);
  });

  test('closes its source when a stage throws, and passes the error on', async () => {
    const source = trackedRows(batches);
    const boom = createStage<CsvRecord, CsvRecord>(() => {
      throw new Error('stage');
    });
    await expect(collect(compose(passThrough<CsvRecord>(), boom)(source.rows, run))).rejects.toThrow('stage');
    expect(source.closed).toBe(true);
  });

  test('stops at an aborted signal with its reason and closes its source', async () => {
    const source = trackedRows(batches);
    const controller = new AbortController();
    const reason = new Error('stop');
    const stage = compose(passThrough<CsvRecord>(), price);
    const reading = (async () => {
      for await (const _ of stage(source.rows, createRunContext({ signal: controller.signal })))
        controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    expect(source.closed).toBe(true);
  });

  test('columns flow through, stages without any leave them as they are', () => {
    const stage = compose(passThrough<CsvRecord>(), price, selectColumns(['total', 'id']));
    expect(stage.columns?.(['id', 'price'])).toEqual(['total', 'id']);
    expect(compose(passThrough<CsvRecord>(), passThrough<CsvRecord>()).columns?.(['x'])).toEqual(['x']);
  });

  test('composed stages compose', async () => {
    const inner = compose(passThrough<CsvRecord>(), price);
    const outer = compose(inner, selectColumns<CsvRecord & { total: number }>(['total']));
    expect(outer.columns?.(['id', 'price'])).toEqual(['total']);
    const [first] = await collect(outer(trackedRows(batches).rows, run));
    expect(first?.rows.map((row) => row.total)).toEqual([2.2, 4]);
  });
});

describe('mapRows', () => {
  test('derives typed values and hands them to the writer', async () => {
    const [first, second] = await collect(price(trackedRows(batches).rows, run));
    expect(first?.rows[0]).toEqual({ id: 'a', price: '1.10', total: 2.2 });
    expect(first?.assigned).toEqual([{ total: 2.2 }, { total: 4 }]);
    expect(second?.assigned).toEqual([{ total: 6 }]);
    expect(price.columns?.(['id', 'total', 'x'])).toEqual(['id', 'total', 'x']);
    expect(price.columns?.(['id'])).toEqual(['id', 'total']);
  });

  test('tells the row number in the source, also behind rejected rows', async () => {
    const first = createStage<CsvRecord, CsvRecord>((batch) =>
      rejectRows(batch, (index) => (index === 0 ? [] : undefined)),
    );
    const numbered = mapRows({ columns: ['n'], map: (_: CsvRecord, rowNumber) => ({ n: rowNumber }) });
    const out = await collect(compose(first, numbered)(trackedRows(batches).rows, run));
    expect(out.flatMap((batch) => batch.assigned.map((values) => values?.n))).toEqual([2]);
  });

  test('a map that spreads its row assigns the named columns only', async () => {
    const typed = createStage<CsvRecord, { id: string; price: number }>((batch) =>
      withRows(batch, () => batch.rows.map((row) => ({ id: row.id!, price: Number(row.price) }))),
    );
    const spread = mapRows({
      columns: ['total'],
      map: (row: { id: string; price: number }) => ({ ...row, total: row.price * 2 }),
    });
    const [first] = await collect(compose(typed, spread)(trackedRows(batches).rows, run));
    expect(first?.assigned[0]).toEqual({ total: 2.2 });
    expect(first?.rows[0]).toEqual({ id: 'a', price: 1.1, total: 2.2 });
  });
});

describe('selectColumns', () => {
  test('names what to keep, in its order', () => {
    expect(selectColumns(['b', 'a']).columns?.(['a', 'b', 'c'])).toEqual(['b', 'a']);
  });

  test('refuses a name that is no column here', () => {
    expect(() => selectColumns(['nope']).columns?.(['a', 'b'])).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }) as PipelineError,
    );
  });
});
