import { batchKeys, type CsvRecord, createStage, type RowBatch, readJson, rejectRows } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IssueExamples, issueExamples, merge, resolve } from '../src/index.ts';
import { locations, processed, rejecting } from './helpers.ts';

const key = 'RULE_CUSTOM|word|name';
const rows = (count: number): string =>
  Array.from({ length: count }, (_, row) => `${row + 1},${row % 2 === 0 ? 'bad' : 'good'}\n`).join('');

const examplesOf = async (source: string, options = {}, splitting = {}): Promise<IssueExamples> => {
  const examples = issueExamples(options);
  const { store, manifest, run } = await processed(source, {
    stage: rejecting('bad'),
    processing: { sidecars: [examples.collector] },
    splitting,
  });
  const resolution = await resolve(manifest, { store, locations, run, reducers: [examples.reducer] });
  expect(resolution.replan).toBe(false);
  const report = await merge(manifest, { store, locations, run });
  expect(await readJson(store, batchKeys('b1', locations).resolved)).toMatchObject({
    examples: report.resolved.examples,
  });
  return report.resolved.examples as IssueExamples;
};

describe('issueExamples', () => {
  test('keeps the first rows of each issue over all chunks, with their place and value', async () => {
    const { issues } = await examplesOf(`id,name\n${rows(12)}13\n`);
    expect(issues[key]).toEqual(
      [1, 3, 5].map((row) => ({
        row,
        offset: expect.any(Number),
        value: 'bad',
        message: 'must not have the word, in any case',
      })),
    );
    expect(issues[key]![0]!.offset).toBe('id,name\n'.length);
    expect(issues['ROW_FIELD_COUNT|fields|']).toMatchObject([{ row: 13, value: '13' }]);
  });

  test('hidden values leave nothing of the rows but their place', async () => {
    const { issues } = await examplesOf(`id,name\n${rows(6)}`, { values: 'hide', perIssue: 2 });
    expect(Object.values(issues).flat()).toEqual([
      { row: 1, offset: 8 },
      { row: 3, offset: 21 },
    ]);
  });

  test('rows of a sampled plan have the number that they have in the file', async () => {
    const source = `id,name\n${'1,good\n'.repeat(4000)}2,bad\n3,good\n4,bad\n`;
    const { issues, rows: seen } = await examplesOf(source, {}, { plan: 'sampled', chunkBytes: 8192 });
    expect(issues[key]!.map(({ row }) => row)).toEqual([4001, 4003]);
    expect(seen).toBe(4003);
  });

  test('are kept of 100 issues at most, in a chunk and over all', async () => {
    const many = createStage<CsvRecord, CsvRecord>((batch) =>
      rejectRows(batch, (index) =>
        Array.from({ length: 70 }, (_, i) => ({
          code: 'RULE_CUSTOM' as const,
          rule: `${batch.rows[index]!.id}-${i}`,
          column: 'name',
          message: 'is wrong',
          severity: 'error' as const,
        })),
      ),
    );
    const examples = issueExamples();
    const { store, manifest, run } = await processed(`id,name\n${rows(6)}`, {
      stage: many,
      processing: { sidecars: [examples.collector] },
    });
    await resolve(manifest, { store, locations, run, reducers: [examples.reducer] });
    const report = await merge(manifest, { store, locations, run });
    const { issues } = report.resolved.examples as IssueExamples;
    expect(Object.keys(issues)).toHaveLength(100);
    // An issue of a column that tells no value has none.
    expect(Object.values(issues)[0]).toEqual([{ row: 1, offset: 8, message: 'is wrong' }]);
  });

  test('values are shown or hidden, nothing between', () => {
    expect(() => issueExamples({ values: 'some' as 'show' })).toThrow('CONFIG_INVALID');
  });

  test.each([[0], [21], [1.5]])('%d examples an issue are refused', (perIssue) => {
    expect(() => issueExamples({ perIssue })).toThrow('CONFIG_INVALID');
  });

  test('stays small whatever rows, issues, columns and values there are', () => {
    const issue = fc.record({ column: fc.integer({ max: 400, min: 0 }), size: fc.integer({ min: 0, max: 400 }) });
    fc.assert(
      fc.property(fc.array(issue, { maxLength: 1500 }), fc.integer({ min: 1, max: 20 }), (issues, perIssue) => {
        const { collector, reducer } = issueExamples({ perIssue });
        const gather = collector.start({ planMode: 'sequential' } as never);
        const rejects = issues.map(({ column, size }, row) => ({
          rowNumber: row + 1,
          byteOffset: row * 10,
          raw: Buffer.from('😀'.repeat(size)),
          issues: [
            {
              code: 'RULE_FAILED' as const,
              rule: 'enum',
              column: `column ${column}`,
              value: '😀'.repeat(size),
              message: 'no',
              severity: 'error' as const,
            },
          ],
        }));
        gather.add({ rejects } as unknown as RowBatch<unknown>);
        const chunk = gather.finish();
        let sum = reducer.initial();
        for (let again = 0; again < 3; again++) sum = reducer.add(sum, chunk, { rowsRead: issues.length } as never);
        const kept = Object.values(sum.issues);
        expect(kept.length).toBe(Math.min(100, new Set(issues.map(({ column }) => column)).size));
        for (const examples of kept) {
          expect(examples.length).toBeLessThanOrEqual(perIssue);
          for (const { value = '' } of examples) expect([...value].length).toBeLessThanOrEqual(80);
        }
      }),
      { numRuns: 20 },
    );
  });
});
