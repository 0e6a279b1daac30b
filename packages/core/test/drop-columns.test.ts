import { describe, expect, expectTypeOf, test } from 'vitest';
import { type CsvRecord, compose, createRunContext, dropColumns, mapRows, type Stage } from '../src/index.ts';
import { batchOf, collect, trackedRows } from './batches.ts';

interface Order {
  readonly id: string;
  readonly note: string;
}

describe('dropColumns', () => {
  test('leaves columns out of the file, those of the source and those of stages', () => {
    const total = mapRows({ columns: ['total'], map: (row: CsvRecord) => ({ total: Number(row.units) }) });
    const stage = compose(total, dropColumns(['units', 'total']));
    expect(stage.columns!(['id', 'units'])).toEqual(['id']);
  });

  test('leaves the rows as they are', async () => {
    const batch = batchOf(['id', 'note'], [['a', 'x']]);
    const [out] = await collect(
      dropColumns<CsvRecord, string>(['note'])(trackedRows([batch]).rows, createRunContext()),
    );
    expect(out!.records).toBe(batch.records);
    expect(out!.assigned).toEqual(batch.assigned);
  });

  test('takes them out of the type of a row', () => {
    expectTypeOf(dropColumns<Order, 'note'>(['note'])).toEqualTypeOf<Stage<Order, Omit<Order, 'note'>>>();
  });

  test('refuses names that are no columns, and to leave none', () => {
    const drop = dropColumns<CsvRecord, string>(['note']);
    expect(() => drop.columns!(['id'])).toThrow(/CONFIG_INVALID.*"note"/);
    expect(() => drop.columns!(['note'])).toThrow(/CONFIG_INVALID.*not all/);
  });
});
