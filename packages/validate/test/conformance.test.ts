import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileSchema, type JsonSchema, type SchemaOptions, type ValueRule } from '../src/index.ts';

// https://github.com/json-schema-org/JSON-Schema-Test-Suite, which no package carries: JSON_SCHEMA_TEST_SUITE names a copy.
const suite = process.env.JSON_SCHEMA_TEST_SUITE ?? '';

interface Group {
  readonly description: string;
  readonly schema: JsonSchema | boolean;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

const readJson = <T>(...parts: string[]): T => JSON.parse(readFileSync(path.join(suite, ...parts), 'utf8')) as T;

/** Schemas that tests refer to, by URI: those of a draft, and those that name none. */
const remotes = (draft: string): Record<string, JsonSchema> => {
  const files = readdirSync(path.join(suite, 'remotes'), { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    files
      .filter((file) => file.endsWith('.json') && (file.startsWith(`${draft}/`) || !/^(?:draft|v1)/.test(file)))
      .map((file) => [`http://localhost:1234/${file}`, readJson<JsonSchema>('remotes', file)]),
  );
};

/** Why tests are missed, by file; all of it is ajv's. */
const known = {
  draft7: {
    'properties.json': 1, // a property called __proto__
    'ref.json': 2, // a $id beside a $ref still changes the base
  },
  'draft2020-12': {
    'dynamicRef.json': 25, // $dynamicRef to other documents, and scopes that are left
    'properties.json': 1, // a property called __proto__
    'ref.json': 8, // relative $id below the root, and URNs with pointers
    'unevaluatedItems.json': 12, // beside contains, $dynamicRef and if
    'unevaluatedProperties.json': 5, // with $dynamicRef and through if without then
    'vocabulary.json': 5, // meta-schemas of one's own
  },
} as const;

const run = (draft: keyof typeof known, options: SchemaOptions) => {
  const misses: Record<string, number> = {};
  let passed = 0;
  let total = 0;
  for (const file of readdirSync(path.join(suite, 'tests', draft)).filter((name) => name.endsWith('.json')))
    for (const { schema, tests } of readJson<Group[]>('tests', draft, file)) {
      let rule: ValueRule | undefined;
      try {
        rule = compileSchema(schema, options);
      } catch {}
      for (const { data, valid } of tests) {
        total++;
        let right = false;
        try {
          right = rule !== undefined && (rule.check(data).length === 0) === valid;
        } catch {}
        if (right) passed++;
        else misses[file] = (misses[file] ?? 0) + 1;
      }
    }
  return { passed, total, misses };
};

describe.skipIf(!existsSync(path.join(suite, 'tests')) || suite === '')('JSON-Schema-Test-Suite', () => {
  it.each([
    ['draft7', 'draft-07', 924, 927],
    ['draft2020-12', '2020-12', 1243, 1299],
  ] as const)('%s: misses what is known to be missed, and no more', (draft, dialect, passed, total) => {
    const found = run(draft, { dialect, formats: false, schemas: remotes(draft) });
    expect(found).toEqual({ passed, total, misses: known[draft] });
  });
});

describe('compileSchema', () => {
  it('says all that is wrong with a value, and where', () => {
    const rule = compileSchema({
      type: 'object',
      required: ['id'],
      properties: { items: { type: 'array', items: { type: 'integer' } }, at: { type: 'string', format: 'date' } },
    });
    expect(rule.check({ id: 1, items: [1], at: '2024-02-29' })).toEqual([]);
    expect(rule.check({ items: [1, 'two'], at: '2024-02-30' })).toEqual([
      { pointer: '', rule: 'required', message: 'is missing' },
      { pointer: '/items/1', rule: 'type', message: 'must be integer' },
      { pointer: '/at', rule: 'format', message: 'must be a date (YYYY-MM-DD)' },
    ]);
  });

  it('takes schemas that it refers to, unknown keywords, empty lists and names of Object.prototype', () => {
    const schemas = { 'https://example.com/id': { type: 'integer', minimum: 1 } };
    const rule = compileSchema({ $ref: 'https://example.com/id', minimum: 100, 'x-note': 'beside' }, { schemas });
    expect([rule.check(5).length, rule.check(0).length]).toEqual([0, 1]);
    expect(compileSchema({ enum: [] }).check(null)).toHaveLength(1);
    expect(compileSchema({ required: ['toString'] }).check({})).toHaveLength(1);
    expect(compileSchema(false).check(1)).toHaveLength(1);
  });

  it('fetches nothing, and refuses what takes more than linear time', () => {
    expect(() => compileSchema({ $ref: 'https://example.com/other' })).toThrow(/RULE_INVALID/);
    expect(() => compileSchema({ pattern: '^(?=a)b' })).toThrow(/looks ahead/);
    expect(() => compileSchema({ $schema: 'http://json-schema.org/draft-04/schema#' })).toThrow(/RULE_INVALID/);
  });

  it('refuses values with more levels than it may look at, however many those are', () => {
    const tree = { properties: { in: { $ref: '#' } }, additionalProperties: false };
    const nested = (levels: number): unknown => JSON.parse(`${'{"in":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`);
    expect(compileSchema(tree).check(nested(100))).toEqual([]);
    const refused = [{ pointer: '', rule: 'maxDepth', message: 'has more than 100 levels' }];
    expect(compileSchema(tree).check(nested(101))).toEqual(refused);
    expect(compileSchema(tree).check(nested(100_000))).toEqual(refused);
    const lists = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect(compileSchema({ uniqueItems: true, items: { $ref: '#' } }).check(lists)).toEqual(refused);
    expect(compileSchema(tree, { maxDepth: 1_000 }).check(nested(1_000))).toEqual([]);
    expect(() => compileSchema(tree, { maxDepth: 1_001 })).toThrow(/CONFIG_INVALID/);
  });
});
