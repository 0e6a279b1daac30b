import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import orders from '../../../../examples/orders-pipeline/schemas/order.schema.json' with { type: 'json' };
import { orderSchema } from '../../bench/order-schema.ts';
import {
  compileRule,
  compileRuleModule,
  defineCheck,
  type JsonSchema,
  type RuleModuleOptions,
} from '../../src/index.ts';
import { storedRule } from '../../src/precompiled/index.ts';
import { loadModule, texts } from './generated.ts';
import { outcome } from './outcome.ts';

const schema = {
  required: ['id', 'units'],
  properties: {
    id: { type: 'string', pattern: '^[A-Z]{2}-\\d+$' },
    units: { type: 'integer', minimum: 1 },
    state: { type: 'string', enum: ['open', 'closed'] },
  },
} as const;

/** Texts that end a comment, a string or a statement, or look like what the writer looks for. */
const hostile = [
  ...['*/', '\u2028x', '`$', "'", '\\', '\n//', '</script>', '\nexport const x = 1;', 'export const checkRow'],
  ...['require("ajv/dist/runtime/equal").default', '];process.exit(1);[', '\u0000', '\ud800', 'constructor2'],
];

describe('a process that may not make code of strings', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rule-module-'));
  const packages = fileURLToPath(new URL('../../..', import.meta.url));
  const rules: readonly (readonly [JsonSchema, RuleModuleOptions])[] = [
    [orders, {}],
    [orderSchema, { trim: true, levels: [{ level: 'warning', column: 'note' }] }],
    [schema, { columns: { state: { nullTokens: ['', '-'] } }, layout: ['units', 'id'] }],
    [
      {
        properties: {
          a: { enum: hostile },
          'b"\u2029`': { enum: [null, JSON.parse('{"__proto__": 1}')], type: ['string', 'null'] },
        },
      },
      {},
    ],
    [
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $defs: { id: { type: 'string', format: 'uuid' } },
        properties: {
          id: { $ref: '#/$defs/id' },
          at: { type: 'string', format: 'date-time' },
          site: { format: 'uri' },
        },
        dependentRequired: { id: ['at'] },
        patternProperties: { '^x_': { type: 'number', multipleOf: 0.01 } },
        unevaluatedProperties: false,
      },
      {},
    ],
  ];
  const cases = rules.map(([rule, options]) => {
    const compiled = compileRule(rule, withoutLayout(options));
    const { columns } = compiled;
    const listed = Object.values((rule.properties ?? {}) as Record<string, { enum?: string[] }>).flatMap((own) =>
      (own.enum ?? []).filter((text) => typeof text === 'string'),
    );
    const known = [...listed, ...texts, ...hostile, '123456789', 'ORD-123456789', 'C1234567', '1/2/24', '10', 'Anna'];
    const [rows] = fc.sample(
      fc.array(fc.array(fc.constantFrom(...known), { minLength: columns.length, maxLength: columns.length }), {
        minLength: 200,
      }),
      { numRuns: 1, seed: 7 },
    );
    return { rule, options, compiled, columns, rows: rows! };
  });

  beforeAll(() => {
    mkdirSync(path.join(folder, 'node_modules/@pipeline'), { recursive: true });
    symlinkSync(path.join(packages, 'validate'), path.join(folder, 'node_modules/@pipeline/validate'));
    for (const [i, { rule, options, columns, rows }] of cases.entries()) {
      writeFileSync(path.join(folder, `${i}.mjs`), compileRuleModule(rule, options).code);
      writeFileSync(path.join(folder, `${i}.json`), JSON.stringify({ columns, rows }));
    }
    writeFileSync(
      path.join(folder, 'main.mjs'),
      `import { readFileSync } from 'node:fs';
      import { outcome } from ${JSON.stringify(new URL('outcome.ts', import.meta.url).href)};
      try { new Function('return 1'); throw new RangeError('code can be made'); } catch (e) { if (e instanceof RangeError) throw e; }
      const all = [];
      for (let i = 0; i < ${cases.length}; i++) {
        const { columns, rows } = JSON.parse(readFileSync(new URL(i + '.json', import.meta.url)));
        const { rule } = await import('./' + i + '.mjs');
        const checked = rows.map((row) => rule.check(Object.fromEntries(columns.map((name, at) => [name, row[at]]))));
        all.push({ checked, file: await outcome(rule, columns, rows) });
      }
      console.log(JSON.stringify(all));`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('loads modules, and they say of every row what compileRule says', async () => {
    const flags = ['--disallow-code-generation-from-strings', '--conditions=@pipeline/source'];
    const stdout = execFileSync(process.execPath, [...flags, path.join(folder, 'main.mjs')], {
      encoding: 'utf8',
      maxBuffer: 100e6,
    });
    const expected = await Promise.all(
      cases.map(async ({ compiled, columns, rows }) => ({
        checked: rows.map((row) => compiled.check(Object.fromEntries(columns.map((name, at) => [name, row[at]!])))),
        file: await outcome(compiled, columns, rows),
      })),
    );
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(expected)));
  });
});

describe('compileRuleModule', () => {
  it('writes the same text whenever it is asked, without code that makes code', () => {
    const { code } = compileRuleModule(orderSchema);
    expect(code).toBe(compileRuleModule(orderSchema).code);
    expect(code).not.toMatch(/\bFunction\b|\beval\b|\brequire\b/);
    expect(code.match(/^import .*$/gm)).toEqual([expect.stringContaining("from '@pipeline/validate/precompiled'")]);
    expect([...code.matchAll(/^export (?:const )?(\w+)/gm)].map(([, name]) => name)).toEqual([
      'createRule',
      'rule',
      'default',
    ]);
  });

  it('writes the type of rows that pass', () => {
    const { types } = compileRuleModule(
      {
        required: ['id', 'units', 'day'],
        properties: {
          id: { type: 'string' },
          units: { type: 'integer' },
          price: { type: ['number', 'null'] },
          paid: { type: 'boolean' },
          state: { enum: ['open', null, '"closed"'], type: ['string', 'null'] },
          day: { type: 'string', format: 'date' },
          mixed: { type: ['string', 'integer'] },
          vague: { type: 'number', 'x-level': 'warning' },
          'a b': true,
        },
        anyOf: [{ properties: { late: { type: 'integer' } } }, true],
      },
      {
        columns: { day: { date: 'D.M.YYYY', as: 'Date' } },
        levels: [{ level: 'warning', column: 'units', rule: 'required' }],
      },
    );
    expect(
      /interface Row \{\n([^}]*)\n\}/
        .exec(types)?.[1]
        ?.split('\n')
        .map((line) => line.trim()),
    ).toEqual([
      'readonly "id": string;',
      'readonly "units"?: number;',
      'readonly "price"?: number | null;',
      'readonly "paid"?: boolean;',
      'readonly "state"?: "open" | "\\"closed\\"" | null;',
      'readonly "day": Date;',
      'readonly "mixed"?: string | number;',
      'readonly "vague"?: number | string;',
      'readonly "a b"?: string;',
      'readonly "late"?: string | number;',
    ]);
    expect(compileRuleModule({}).types).toContain('export type Row = Record<string, string>;');
  });

  const wrong: readonly (readonly [string, unknown, object, string])[] = [
    ['a Standard Schema', z.object({ id: z.string() }), {}, 'at #: expected a JSON Schema; a Standard Schema is code'],
    ['checks in code', schema, { checks: [] }, 'checks must be given to createRule of the module'],
    ['an option that it does not know', schema, { trimm: true }, 'options must be out of coerce, '],
    ['a wrong option', schema, { trim: 1 }, 'trim must be true or false'],
    [
      'a layout without a column that must be there',
      schema,
      { layout: ['id'] },
      'layout must be columns with "units" among them',
    ],
    [
      'a layout with a column twice',
      schema,
      { layout: ['id', 'units', 'id'] },
      'layout must be an array of column names',
    ],
    ['a layout that is none', schema, { layout: 'id' }, 'layout must be an array of column names'],
    [
      'a layout with a name that objects have',
      schema,
      { layout: ['id', 'units', 'toString'] },
      'layout must be columns that the rule allows',
    ],
    [
      'a layout with a column that is ruled out',
      { additionalProperties: false },
      { layout: ['id'] },
      'layout must be columns that the rule allows',
    ],
    ['a schema that is no rule', { type: 'array' }, {}, 'at #/type: expected "object"'],
  ];
  it.each(wrong)('refuses %s', (_, input, options, message) => {
    expect(() => compileRuleModule(input as JsonSchema, options)).toThrow(message);
  });
});

it('a rule of more columns than code is made for checks files of many and of few columns', async () => {
  const names = Array.from({ length: 300 }, (_, i) => `c${i}`);
  const wide = { properties: Object.fromEntries(names.map((name, i) => [name, { type: 'integer', minimum: i }])) };
  const { rule } = loadModule(compileRuleModule(wide).code);
  const compiled = compileRule(wide);
  for (const columns of [names, names.slice(0, 256), names.slice(7, 9)]) {
    const rows = [columns.map((_, i) => String(i + 7)), columns.map(() => '8'), columns.map(() => '')];
    expect(await outcome(rule, columns, rows)).toEqual(await outcome(compiled, columns, rows));
  }
});

describe('the module of a rule', () => {
  const { rule, createRule } = loadModule(
    compileRuleModule(schema, { maxIssuesPerRow: 50, levels: [{ level: 'warning', column: 'state' }] }).code,
  );
  const row = { id: 'DE-7', units: '3', state: 'lost' };

  it('takes checks in code, which see the typed row', () => {
    const even = defineCheck<Record<string, unknown>>({
      name: 'even',
      check: ({ units }) => (units as number) % 2 === 0 || 'must be even',
    });
    const checked = createRule({ checks: [even] });
    expect(rule.check(row)).toMatchObject({ ok: true });
    expect(checked.check(row)).toMatchObject({ ok: false, issues: [{ rule: 'even' }, { column: 'state' }] });
    expect(checked.checkRead).toBeTypeOf('function');
    expect(rule.checkRead).toBeUndefined();
  });

  it('takes other levels and limits than it holds', () => {
    expect(createRule({ levels: [] }).check(row)).toMatchObject({ ok: false, issues: [{ column: 'state' }] });
    expect(createRule({ maxIssuesPerRow: 1 }).check({})).toMatchObject({ ok: false, issues: [{ column: 'id' }] });
    expect(createRule({ maxValueChars: 1 }).check(row)).toMatchObject({ ok: true, warnings: [{ value: 'l' }] });
  });

  it('refuses what was settled when it was made, and what is wrong', () => {
    expect(() => createRule({ trim: true } as object)).toThrow('createRule must be options out of checks, levels,');
    expect(() => createRule({ maxIssuesPerRow: 0 })).toThrow('maxIssuesPerRow must be a whole number from 1');
  });

  it('says so when it was made for another version of the packages', () => {
    expect(() => storedRule({ format: 0 } as never)).toThrow('make it anew with pipeline compile-rule');
  });

  it('keeps to the columns of files, too', () => {
    expect(() => rule.checkHeader(['id'])).toThrow('CSV_BAD_HEADER');
    expect(rule.checkHeader(['units', 'id', 'more'])).toBeUndefined();
  });

  it('checks files of other columns than it foresees on their bytes as well', () => {
    for (const columns of [
      ['id', 'units', 'state'],
      ['state', 'id', 'units'],
      ['id', 'units', 'state', 'more'],
      ['units', 'id'],
    ])
      expect(rule.compileFast(columns, { quote: 34, escape: 34 })?.check).toBeTypeOf('function');
    expect(rule.compileFast(['id', 'units', 'state'], { quote: 34, escape: 34 })?.read).toBeTypeOf('function');
  });
});

it('what modules import reaches neither ajv nor the parser of patterns', () => {
  const reached = new Set<string>();
  const outside = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    const source = readFileSync(file, 'utf8');
    // Types are erased.
    for (const [, names, from] of source.matchAll(/^(?:import|export) (?!type )([^;]*?)from '([^']+)';$/gm)) {
      if (/^\{(?:\s*type [^,}]+,?)+\s*\}\s*$/.test(names!)) continue;
      if (from!.startsWith('.')) visit(path.resolve(path.dirname(file), from!));
      else if (!builtinModules.includes(from!.replace(/^node:/, ''))) outside.add(from!);
    }
  };
  visit(fileURLToPath(new URL('../../src/precompiled/index.ts', import.meta.url)));
  expect(reached.size).toBeGreaterThan(20);
  expect([...outside].sort()).toEqual([
    '@pipeline/core',
    'ajv-formats/dist/formats.js',
    'ajv/dist/runtime/equal.js',
    'ajv/dist/runtime/ucs2length.js',
  ]);
  for (const file of reached) expect(readFileSync(file, 'utf8')).not.toMatch(/new Function|\beval\(/);
});

function withoutLayout({ layout: _, ...rest }: RuleModuleOptions): Omit<RuleModuleOptions, 'layout'> {
  return rest;
}
