import { PipelineConfigError } from '@pipeline/core';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileRule, defineCheck, validate } from '../../src/index.ts';
import { batchOf, runStage, thrownBy } from '../helpers.ts';

const zod = z.object({ id: z.string().min(2), units: z.int().min(1), note: z.string().optional() });
const arktype = type({ id: 'string >= 2', units: 'number.integer >= 1', 'note?': 'string' });
const valibot = v.object({
  id: v.pipe(v.string(), v.minLength(2)),
  units: v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), v.minValue(1)),
  note: v.optional(v.string()),
});
const schemas = [
  ['Zod', zod, 'too_small'],
  ['ArkType', arktype, 'min'],
  ['Valibot', valibot, 'min_value'],
] as const;

describe.each(schemas)('a rule of %s', (_, schema, minimum) => {
  const rule = compileRule<typeof schema>(schema);

  it('gives typed rows', () => {
    expect(rule.check({ id: '007', units: '3', note: '' })).toEqual({
      ok: true,
      value: { id: '007', units: 3 },
      warnings: [],
    });
  });

  it('says which column failed, by which rule, with its text', () => {
    const outcome = rule.check({ id: 'ab', units: '0' });
    expect(outcome).toMatchObject({
      ok: false,
      issues: [{ code: 'RULE_FAILED', rule: minimum, column: 'units', value: '0', severity: 'error' }],
    });
  });

  it('says of empty and missing fields what they are', () => {
    const issues = (row: Record<string, string>) => {
      const outcome = rule.check(row);
      return outcome.ok ? [] : outcome.issues.map(({ column, rule, message }) => [column, rule, message]);
    };
    expect(issues({ id: '', units: '1' })).toEqual([['id', 'required', 'must not be empty']]);
    expect(issues({ id: 'ab' })).toEqual([['units', 'required', 'is missing']]);
  });

  it('keeps what was in the row out of messages', () => {
    const outcome = rule.check({ id: 'ab', units: 'SECRET' });
    expect(outcome).toMatchObject({ ok: false, issues: [{ column: 'units', value: 'SECRET' }] });
    expect(outcome.ok ? '' : outcome.issues.map(({ message }) => message).join()).not.toContain('SECRET');
  });

  it('leaves the file alone', async () => {
    const [out] = await runStage(validate(rule), [
      batchOf(
        ['id', 'units'],
        [
          ['ab', '03'],
          ['a', '1'],
        ],
      ),
    ]);
    expect(out!.rows).toEqual([{ id: 'ab', units: 3 }]);
    expect(out!.assigned.filter((values) => values !== undefined)).toEqual([]);
    expect(out!.rejects).toMatchObject([{ rowNumber: 2, issues: [{ column: 'id', value: 'a' }] }]);
  });
});

describe('columns of the file', () => {
  it.each([
    ['Zod', zod],
    ['ArkType', arktype],
  ])('are known from the JSON Schema that %s gives', (_, schema) => {
    const rule = compileRule<typeof zod | typeof arktype>(schema);
    expect([...rule.columns].sort()).toEqual(['id', 'note', 'units']);
    expect([...rule.required].sort()).toEqual(['id', 'units']);
    expect(() => rule.checkHeader(['id'])).toThrow(/CSV_BAD_HEADER.*"units"/);
  });

  it('are refused where a strict schema rules them out', () => {
    expect(() => compileRule(z.strictObject({ id: z.string() })).checkHeader(['id', 'more'])).toThrow(/"more"/);
    expect(() => compileRule(zod).checkHeader(['id', 'units', 'more'])).not.toThrow();
  });

  it('can be named where the schema cannot say them', () => {
    expect(() => compileRule(valibot).checkHeader(['id'])).not.toThrow();
    const rule = compileRule(valibot, { requiredColumns: ['id', 'units'] });
    expect(rule.required).toEqual(['id', 'units']);
    expect(() => rule.checkHeader(['id'])).toThrow(/CSV_BAD_HEADER.*"units"/);
  });
});

describe('what the schema makes of a row', () => {
  it('is what later stages and checks see', () => {
    const schema = z.object({ day: z.iso.date().transform((text) => new Date(text)), note: z.string().default('-') });
    const seen: unknown[] = [];
    const rule = compileRule(schema, {
      checks: [
        defineCheck<z.infer<typeof schema>>({
          name: 'notFirst',
          columns: ['day'],
          check: (row) => {
            seen.push(row.day);
            return row.day.getUTCDate() > 1 || 'must not be the first';
          },
        }),
      ],
    });
    expect(rule.check({ day: '2024-02-29', note: '' })).toMatchObject({
      ok: true,
      value: { day: new Date('2024-02-29'), note: '-' },
    });
    expect(rule.check({ day: '2024-02-01', note: '' })).toMatchObject({ ok: false, issues: [{ rule: 'notFirst' }] });
    expect(seen).toHaveLength(2);
  });

  it('reads types that JSON lacks from text', () => {
    const rule = compileRule(z.object({ day: z.coerce.date(), id: z.coerce.bigint() }));
    expect(rule.check({ day: '2024-02-29', id: '9007199254740993' })).toMatchObject({
      ok: true,
      value: { day: new Date('2024-02-29'), id: 9007199254740993n },
    });
  });

  it('may be null where the schema takes null', () => {
    const rule = compileRule(z.object({ units: z.int().nullable() }));
    expect(rule.check({ units: '' })).toMatchObject({ ok: true, value: { units: null } });
  });

  it('is made of text alone when nothing is to be read', () => {
    expect(compileRule(zod, { coerce: false }).check({ id: 'ab', units: '3' }).ok).toBe(false);
  });
});

describe('schemas that are no rules', () => {
  it('are refused when they answer with a promise, at once or at the first row that does', () => {
    const always = z.object({}).refine(async () => true);
    const error = thrownBy(() => compileRule(always));
    expect(PipelineConfigError.is(error) && error.code).toBe('RULE_INVALID');
    expect(String(error)).toMatch(/answers at once/);
    const later = compileRule(z.object({ id: z.string().refine(async () => true) }));
    expect(() => later.check({ id: 'a' })).toThrow(/RULE_INVALID.*answers at once/);
  });

  it('are refused when they are of another version', () => {
    expect(() => compileRule({ '~standard': { version: 2, vendor: 'x', validate: () => ({}) } } as never)).toThrow(
      /RULE_INVALID.*version 1/,
    );
  });

  it('make a reject of a row on which they throw, with the name of the error alone', () => {
    const rule = compileRule(
      z.object({
        id: z.string().transform((text): string => {
          throw new RangeError(text);
        }),
      }),
    );
    const outcome = rule.check({ id: 'SECRET' });
    expect(outcome).toMatchObject({ ok: false, issues: [{ code: 'RULE_THREW', rule: 'zod' }] });
    expect(outcome.ok ? '' : outcome.issues[0]!.message).toContain('RangeError');
    expect(JSON.stringify(outcome.ok || outcome.issues)).not.toContain('SECRET');
  });

  it('are held to the cap of issues of a row', () => {
    const columns = ['a', 'b', 'c', 'd'];
    const rule = compileRule(z.object(Object.fromEntries(columns.map((name) => [name, z.int()]))), {
      maxIssuesPerRow: 2,
    });
    const outcome = rule.check(Object.fromEntries(columns.map((name) => [name, 'x'])));
    expect(outcome).toMatchObject({ ok: false, issues: [{ column: 'a' }, { rule: 'maxIssuesPerRow' }] });
    expect(() => compileRule(zod, { requiredColumns: [1] as never })).toThrow(/requiredColumns must be/);
  });
});
