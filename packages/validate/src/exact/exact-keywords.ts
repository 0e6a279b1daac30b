import { _, type Ajv, type KeywordErrorDefinition, stringify } from 'ajv';
import { exactPrefix } from './exact-names.ts';
import { exactNumber, type NumberKeyword } from './exact-number.ts';

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
