import { type CsvRecord, createRunContext, PipelineError, type RunContext, type Stage } from '@pipeline/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileRule, defineCheck, validate } from '../src/index.ts';
import { batchOf, rowsOf } from './helpers.ts';

const throwsOn = (text: string, name = 'broken') =>
  defineCheck({
    name,
    columns: ['a'],
    check: ({ a }) => {
      if (a === text) throw new TypeError('no such property');
      return a !== 'bad' || 'is bad';
    },
  });
const schema = { required: ['a'], properties: { a: { type: 'string', maxLength: 5 } } };
const stageOf = (maxThrows: number | undefined, ...checks: ReturnType<typeof throwsOn>[]) =>
  validate(
    compileRule(schema, { checks: checks.length === 0 ? [throwsOn('throw')] : checks }),
    maxThrows === undefined ? {} : { maxThrows },
  );

/** Rows of one column, in batches of two; how many were rejected. */
const rejected = async (stage: Stage<CsvRecord, unknown>, values: readonly string[], run = createRunContext()) => {
  const batches = [];
  for (let from = 0; from < values.length; from += 2)
    batches.push(
      batchOf(
        ['a'],
        values.slice(from, from + 2).map((value) => [value]),
        { firstRow: from + 1 },
      ),
    );
  let count = 0;
  for await (const { rejects } of stage(rowsOf(...batches), run)) count += rejects.length;
  return count;
};
const broken = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return PipelineError.is(error) ? { code: error.code, retryable: error.retryable, ...error.details } : error;
};
const threw = Array.from({ length: 5 }, () => 'throw');

describe('a rule that throws', () => {
  it('makes rejects for ever, unless it is told otherwise', async () => {
    expect(await rejected(stageOf(undefined), threw)).toBe(5);
  });

  it('ends the work after so many rows in a row, across batches, and says where', async () => {
    expect(await broken(rejected(stageOf(3), ['ok', ...threw]))).toEqual({
      code: 'RULE_BROKEN',
      retryable: false,
      rule: 'broken',
      rows: 3,
      row: 4,
    });
    expect(await broken(rejected(stageOf(1), ['throw']))).toMatchObject({ row: 1 });
    expect(await rejected(stageOf(6), threw)).toBe(5);
  });

  it.each([
    ['a row that passes', 'ok', undefined],
    ['a row that it rejects', 'bad', undefined],
  ])('begins to count anew after %s', async (_, between) => {
    const values = ['throw', 'throw', between, 'throw', 'throw'];
    expect(await broken(rejected(stageOf(3), values))).toBe(undefined);
  });

  it('rows that the schema rejects say nothing of it', async () => {
    expect(await broken(rejected(stageOf(3), ['throw', 'throw', 'far too long', 'throw']))).toMatchObject({ row: 4 });
  });

  it('is counted by itself', async () => {
    const stage = stageOf(3, throwsOn('throw', 'one'), throwsOn('also', 'two'));
    expect(await rejected(stage, ['throw', 'throw', 'also', 'also', 'throw', 'throw'])).toBe(6);
    expect(await broken(rejected(stage, ['throw', 'also', 'also', 'also']))).toMatchObject({ rule: 'two', row: 4 });
  });

  it('is counted apart for each chunk, as they may be done side by side', async () => {
    const stage = stageOf(3);
    const runs: RunContext[] = [createRunContext(), createRunContext()];
    expect(await Promise.all(runs.map((run) => rejected(stage, ['throw', 'throw'], run)))).toEqual([2, 2]);
    expect(await broken(rejected(stage, ['throw'], runs[0]!))).toMatchObject({ code: 'RULE_BROKEN' });
  });

  it('may be a schema of a library, too', async () => {
    const odd = z.object({
      a: z.string().transform((text) => {
        if (text === 'throw') throw new TypeError('no such property');
        return text;
      }),
    });
    expect(await broken(rejected(validate(compileRule(odd), { maxThrows: 2 }), threw))).toMatchObject({
      code: 'RULE_BROKEN',
      rule: 'zod',
      row: 2,
    });
  });

  it.each([0, 1.5, '3'])('maxThrows %j is no number of rows', (maxThrows) => {
    expect(() => stageOf(maxThrows as number)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
