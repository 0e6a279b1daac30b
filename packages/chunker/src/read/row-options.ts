import type { SourceEntry } from '@pipeline/core';
import { given } from '../given.ts';
import type { ParseRowsOptions } from './parse-rows.ts';

/** What a source says of how its rows are parsed. */
export const rowOptions = (source: Omit<SourceEntry, 'rowCount'>) =>
  ({
    columns: source.columns,
    dialect: source.dialect,
    strippedColumns: source.strippedColumns,
    ...given(source, ['encoding', 'text', 'records']),
  }) satisfies Partial<ParseRowsOptions>;
