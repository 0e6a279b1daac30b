import {
  type CsvRecord,
  compose,
  createStage,
  type ObjectStore,
  passThrough,
  type Stage,
  withRows,
} from '@pipeline/core';
import { csvLookup, enrich } from '@pipeline/enrich';
import { compileRule, validate } from '@pipeline/validate';
import type { ReferenceSettings, RunSettings } from './settings.ts';

/** What happens to each row: the rules of the schema, then the columns of the reference file. */
export const runStage = (
  { schema, reference }: Pick<RunSettings, 'schema' | 'reference'>,
  store: ObjectStore,
): Stage<CsvRecord, unknown> => {
  const rules: Stage<CsvRecord, unknown> = schema === undefined ? passThrough() : validate(compileRule(schema));
  return reference === undefined ? rules : compose(rules, keyText(reference.key), fromReference(reference, store));
};

interface Keyed {
  readonly key: string;
}

/** Rules read numbers, and 007 is 7 then; the reference file knows the text. */
const keyText = (column: string): Stage<unknown, Keyed> =>
  createStage((batch) => {
    const index = batch.records.columns.indexOf(column);
    return withRows(batch, () => batch.positions.map((position) => ({ key: batch.records.field(position, index) })));
  });

const fromReference = ({ name, source, key, columns, delimiter }: ReferenceSettings, store: ObjectStore) =>
  enrich(csvLookup({ name, store, source, keyColumn: key, columns, dialect: { delimiter } }), {
    key: (row: Keyed) => row.key,
    keyColumn: key,
    columns,
    assign: (_, found) => found,
  });
