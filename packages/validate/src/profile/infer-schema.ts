import { type ColumnProfile, PipelineConfigError } from '@pipeline/core';
import type { JsonSchema } from '../schema-keywords.ts';
import { type InferredColumn, inferColumn } from './infer-column.ts';

/** What is made of the evidence. */
export interface InferSchemaOptions {
  /** What the profiles rest on, for the comment. @default 'sample' */
  readonly basis?: 'sample' | 'whole';
  /** A text column with no more different values gets an `enum`, from 0, which is never, to 10. @default 10 */
  readonly maxEnum?: number;
  /** Also `minimum` and `maximum` of numbers, `minLength` and `maxLength` of texts. @default false */
  readonly ranges?: boolean;
  /** Also a `pattern` where all texts have one of at most three shapes. @default false */
  readonly patterns?: boolean;
}

/** A schema that was inferred, and what speaks for it. */
export interface InferredSchema {
  /** JSON Schema 2020-12, for `compileRule`. Every row that was looked at passes it. */
  readonly schema: JsonSchema;
  /** Rows that were looked at. */
  readonly rows: number;
  /** By column, in the order of the profiles. */
  readonly columns: readonly InferredColumn[];
}

/**
 * Infers a schema from the profiles of a sample or of a whole batch. A type is declared only where all values have it; all
 * that was doubtful is said in `columns`.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 * @example
 * const { schema, columns } = inferSchema(await profileRows(readObjectRows(object, { store })), { basis: 'whole' });
 * const rule = compileRule(schema);
 * for (const { name, type, confidence, notes } of columns) console.log(name, type, confidence, notes.join('; '));
 */
export const inferSchema = (profiles: readonly ColumnProfile[], options: InferSchemaOptions = {}): InferredSchema => {
  const { basis = 'sample', maxEnum = 10, ranges = false, patterns = false } = options;
  if (!Number.isSafeInteger(maxEnum) || maxEnum < 0 || maxEnum > 10)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'maxEnum',
      expected: 'a whole number from 0 to 10',
      got: String(maxEnum),
    });
  const rows = Math.max(0, ...profiles.map(({ count }) => count));
  const inferred = profiles.map((profile) => inferColumn(profile, { maxEnum, ranges, patterns }));
  const required = inferred.flatMap(({ column }) => (column.required ? [column.name] : []));
  return {
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $comment: `Inferred from ${basis === 'whole' ? 'all' : 'the first'} ${rows} rows. Every one of them passes; look through it before you rely on it.`,
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      properties: Object.fromEntries(inferred.map(({ column, schema }) => [column.name, schema])),
    },
    rows,
    columns: inferred.map(({ column }) => column),
  };
};
