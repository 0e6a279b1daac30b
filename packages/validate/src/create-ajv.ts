import { _, Ajv, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { addExactKeywords } from './exact/exact-keywords.ts';
import { levelKeyword } from './levels.ts';
import { createMultipleOf } from './multiple-of.ts';
import { createLinearEngine } from './patterns/linear-engine.ts';
import type { Dialect } from './schema-keywords.ts';

const options: Options = {
  allErrors: true,
  strict: true,
  // Columns get their types from the whole schema, which `checkColumns` knows and ajv does not: a `then` may speak of
  // columns that only the top-level properties declare.
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
  allowUnionTypes: true,
  logger: false,
  code: { regExp: createLinearEngine() },
};

/** An ajv of a dialect with all formats and an exact `multipleOf`; one per rule, since ajv keeps what it compiled. */
export const createAjv = (dialect: Dialect, own: Options = {}): Ajv | Ajv2020 => {
  const all = { ...options, ...own };
  const ajv = dialect === '2020-12' ? new Ajv2020(all) : new Ajv(all);
  ajvFormats.default(ajv);
  ajv.addVocabulary([levelKeyword]);
  addExactKeywords(ajv);
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    // As code rather than as a function, which could not be written into a module.
    code: (cxt) => {
      const divisor = cxt.schema as number;
      const ref = createMultipleOf(divisor);
      const isMultiple = cxt.gen.scopeValue('keyword', {
        key: `multipleOf ${divisor}`,
        ref,
        code: _`multipleOf(${divisor})`,
      });
      cxt.fail(_`!${isMultiple}(${cxt.data})`);
    },
    error: { message: 'must be a multiple', params: ({ schema }) => _`{multipleOf: ${schema}}` },
  });
  return ajv;
};
