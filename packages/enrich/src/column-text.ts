import { createStage, PipelineSourceError, type Stage, withRows } from '@pipeline/core';

/** A row of which only the key of a look-up is known. */
export interface KeyRow {
  /** The column's text, as it stands in the file. */
  readonly key: string;
}

/**
 * A stage after which rows are the text of one of their columns, for a look-up by what stands in the file: a rule that reads
 * numbers has made 7 of 007. The bytes of the rows stay as they are.
 *
 * @throws PipelineSourceError from the stage: `CSV_BAD_HEADER` for a file without the column
 * @example
 * const stage = compose(validate(rule), columnText('customer'), enrich(customers, { key: (row) => row.key, ...others }));
 */
export const columnText = (column: string): Stage<unknown, KeyRow> =>
  createStage((batch) => {
    const index = batch.records.columns.indexOf(column);
    if (index < 0)
      throw new PipelineSourceError('CSV_BAD_HEADER', {
        ...{
          object: 'the file',
          reason: 'lacks a column by which rows are looked up',
          column,
          expected: 'that column',
        },
      });
    return withRows(batch, () => batch.positions.map((position) => ({ key: batch.records.field(position, index) })));
  });
