import { expectTypeOf, test } from 'vitest';
import {
  type CsvRecord,
  compose,
  createStage,
  mapRows,
  passThrough,
  type RowBatch,
  type Rows,
  type Stage,
  selectColumns,
} from '../src/index.ts';

declare const parse: Stage<CsvRecord, { id: number }>;
declare const enrich: Stage<{ id: number }, { id: number; tier: string }>;

test('compose infers input and output from its ends', () => {
  expectTypeOf(compose(parse, enrich)).toEqualTypeOf<Stage<CsvRecord, { id: number; tier: string }>>();
});

test('compose refuses stages that do not fit', () => {
  // @ts-expect-error rows with a tier are not what parse takes
  compose(enrich, parse);
});

test('types flow through generic stages', () => {
  const stage = compose(
    parse,
    passThrough<{ id: number }>(),
    enrich,
    mapRows({ columns: ['loud'], map: (row: { id: number; tier: string }) => ({ loud: row.tier.toUpperCase() }) }),
  );
  expectTypeOf(stage).toEqualTypeOf<Stage<CsvRecord, { id: number; tier: string } & { loud: string }>>();
});

test('seven stages compose', () => {
  const id = passThrough<number>();
  expectTypeOf(compose(id, id, id, id, id, id)).toEqualTypeOf<Stage<number, number>>();
});

test('mapRows lets only returned names be columns', () => {
  mapRows({
    // @ts-expect-error `map` gives no such value
    columns: ['other'],
    map: (_: CsvRecord) => ({ total: 1 }),
  });
});

test('a stage takes and gives rows', () => {
  expectTypeOf(parse).parameter(0).toEqualTypeOf<Rows<CsvRecord>>();
  expectTypeOf(parse).returns.toEqualTypeOf<Rows<{ id: number }>>();
  expectTypeOf(selectColumns<{ id: number }>(['id'])).toEqualTypeOf<Stage<{ id: number }, { id: number }>>();
  createStage<CsvRecord, CsvRecord>((batch) => {
    expectTypeOf(batch).toEqualTypeOf<RowBatch<CsvRecord>>();
    return batch;
  });
});
