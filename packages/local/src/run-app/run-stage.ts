import { type CsvRecord, compose, type ObjectStore, passThrough, type Stage } from '@pipeline/core';
import { columnText, csvLookup, enrich, type KeyRow } from '@pipeline/enrich';
import { compileRule, validate } from '@pipeline/validate';
import type { ReferenceSettings, RunSettings } from './settings.ts';

/** What happens to each row: the rules of the schema, then the columns of the reference file. */
export const runStage = (
  { schema, reference }: Pick<RunSettings, 'schema' | 'reference'>,
  store: ObjectStore,
): Stage<CsvRecord, unknown> => {
  const rules: Stage<CsvRecord, unknown> = schema === undefined ? passThrough() : validate(compileRule(schema));
  return reference === undefined ? rules : compose(rules, columnText(reference.key), fromReference(reference, store));
};

const fromReference = ({ name, source, key, columns, delimiter }: ReferenceSettings, store: ObjectStore) =>
  enrich(csvLookup({ name, store, source, keyColumn: key, columns, dialect: { delimiter } }), {
    key: (row: KeyRow) => row.key,
    keyColumn: key,
    columns,
    assign: (_, found) => found,
  });
