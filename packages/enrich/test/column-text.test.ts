import { type CsvRecord, compose, createStage } from '@pipeline/core';
import { expect, test } from 'vitest';
import { columnText, createLookup, enrich } from '../src/index.ts';
import { batchOf, collect, virtualRun } from './helpers.ts';

const rows = async function* (...found: CsvRecord[]) {
  yield batchOf(found);
};

test('rows are looked up by what stands in the file, whatever a stage made of them', async () => {
  const asked: string[] = [];
  const agents = createLookup<string, { readonly name: string }>({
    name: 'agents',
    load: async (keys) => {
      asked.push(...keys);
      return new Map(keys.map((key) => [key, { name: `agent ${key}` }]));
    },
  });
  const numbers = createStage<CsvRecord, object>((batch) => ({ ...batch, rows: batch.rows.map(() => ({ id: 7 })) }));
  const named = enrich(agents, {
    key: ({ key }: { readonly key: string }) => key,
    columns: ['name'],
    assign: (_, { name }) => ({ name }),
  });
  const [batch] = await collect(
    compose(numbers, columnText('id'), named)(rows({ id: '007' }, { id: '7' }), virtualRun()),
  );
  expect(asked).toEqual(['007', '7']);
  expect(batch!.assigned).toEqual([{ name: 'agent 007' }, { name: 'agent 7' }]);
});

test('a file without the column is refused', async () => {
  await expect(collect(columnText('id')(rows({ no: '1' }), virtualRun()))).rejects.toMatchObject({
    ...{ name: 'PipelineSourceError', code: 'CSV_BAD_HEADER', details: { column: 'id' } },
  });
});
