import { type CsvRecord, compose, mapRows, type Stage } from '@pipeline/core';
import { type } from 'arktype';
import * as v from 'valibot';
import { expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { compileRule, defineCheck, type RowRule, validate } from '../../src/index.ts';

const zod = z.object({ id: z.string(), day: z.string().transform((text) => new Date(text)) });

it('a rule has the output type of its schema', () => {
  expectTypeOf(compileRule(zod)).toEqualTypeOf<RowRule<{ id: string; day: Date }>>();
  expectTypeOf(compileRule(type({ id: 'string', 'units?': 'number' }))).toEqualTypeOf<
    RowRule<{ id: string; units?: number }>
  >();
  expectTypeOf(compileRule(v.object({ units: v.pipe(v.string(), v.transform(Number)) }))).toEqualTypeOf<
    RowRule<{ units: number }>
  >();
});

it('the output type flows through stages', () => {
  const stage = validate(compileRule(zod));
  expectTypeOf(stage).toEqualTypeOf<Stage<CsvRecord, { id: string; day: Date }>>();
  const year = mapRows({ columns: ['year'], map: (row: z.infer<typeof zod>) => ({ year: row.day.getFullYear() }) });
  expectTypeOf(compose(stage, year)).toEqualTypeOf<Stage<CsvRecord, { id: string; day: Date } & { year: number }>>();
});

it('checks in code see the output', () => {
  compileRule(zod, { checks: [{ name: 'x', check: (row) => row.day.getTime() > 0 || 'no' }] });
  const other = defineCheck<{ price: number }>({ name: 'x', check: (row) => row.price > 0 || 'no' });
  // @ts-expect-error the schema has no price
  compileRule(zod, { checks: [other] });
});
