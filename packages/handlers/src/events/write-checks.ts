import { Ajv } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { ajvOptions } from '../middleware/event-schema.ts';
import { objectRefSchema, settingsSchema } from '../schemas.ts';
import { eventSchemas } from './event-schemas.ts';

const note = '// Made from event-schemas.ts by scripts/build-event-checks.ts; do not change it by hand.';

/** The checks of events as a module and its types, so that functions start without a compiler. */
export const writeChecks = (): { readonly code: string; readonly types: string } => {
  const ajv = new Ajv({ ...ajvOptions, inlineRefs: false, code: { source: true, esm: true, lines: true } });
  const names = Object.keys(eventSchemas).map((name) => `${name}Check`);
  for (const [name, schema] of Object.entries(sharedSchemas)) ajv.addSchema(schema, name);
  for (const [name, schema] of Object.entries(eventSchemas)) ajv.addSchema(shared(schema) as object, `${name}Check`);
  const code = standaloneCode
    .default(ajv, Object.fromEntries(names.map((name) => [name, name])))
    .replace('"use strict";', '')
    .replaceAll(/^(const \w+ = )require\("ajv\/dist\/runtime\/ucs2length"\)\.default;$/gm, '$1length;');
  if (/\brequire\(/.test(code)) throw new Error('the checks need more of ajv than the length of texts');
  return {
    code: `${note}
import ucs2length from 'ajv/dist/runtime/ucs2length.js';

// What loads CommonJS may have taken its default already.
const length = ucs2length.default ?? ucs2length;
${code}`,
    types: `${note}
import type { EventCheck } from '../middleware/event-check.ts';

${names.map((name) => `export declare const ${name}: EventCheck;`).join('\n')}
`,
  };
};

/** Several events have them: their code is written once. */
const sharedSchemas = { settings: settingsSchema, objectRef: objectRefSchema } as const;

const shared = (schema: unknown): unknown => {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  const found = Object.entries(sharedSchemas).find(([, one]) => one === schema);
  if (found !== undefined) return { $ref: found[0] };
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, shared(value)]));
};
