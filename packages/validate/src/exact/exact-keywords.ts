import { _, type Ajv, type ErrorObject, type KeywordErrorDefinition, stringify } from 'ajv';
import { exactNumber, type NumberKeyword } from './exact-number.ts';

/** What keywords on the texts of numbers begin with: ajv's own look at doubles. */
export const exactPrefix = 'x-exact-';

const paramsOf = (keyword: NumberKeyword): KeywordErrorDefinition['params'] => {
  if (keyword === 'enum') return ({ schemaCode }) => _`{allowedValues: ${schemaCode}}`;
  if (keyword === 'const') return ({ schemaCode }) => _`{allowedValue: ${schemaCode}}`;
  if (keyword === 'multipleOf') return ({ schemaCode }) => _`{multipleOf: ${schemaCode}}`;
  return ({ schemaCode }) => _`{limit: ${schemaCode}}`;
};

const keywords: readonly NumberKeyword[] = [
  ...(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'enum', 'const'] as const),
];

/** Teaches ajv the keywords that `exactSchema` writes. */
export const addExactKeywords = (ajv: Pick<Ajv, 'addKeyword'>): void => {
  for (const keyword of keywords)
    ajv.addKeyword({
      keyword: `${exactPrefix}${keyword}`,
      code: (cxt) => {
        const given: unknown = cxt.schema;
        const test = cxt.gen.scopeValue('keyword', {
          key: `${keyword} ${JSON.stringify(given)}`,
          ref: exactNumber(keyword, given),
          // For schemas that are written into modules.
          code: _`exactNumber(${keyword}, ${stringify(given)})`,
        });
        cxt.fail(_`!${test}(${cxt.data})`);
      },
      error: { message: keyword, params: paramsOf(keyword)! },
    });
};

/** Errors under the names that their keywords have in the schema as it was given. */
export const givenNames = (errors: readonly ErrorObject[]): readonly ErrorObject[] =>
  errors.some(({ keyword }) => keyword.startsWith(exactPrefix))
    ? errors.map((error) =>
        error.keyword.startsWith(exactPrefix) ? { ...error, keyword: error.keyword.slice(exactPrefix.length) } : error,
      )
    : errors;
