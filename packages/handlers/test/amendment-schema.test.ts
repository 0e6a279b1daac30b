import { readFileSync } from 'node:fs';
import { processChunk, split } from '@pipeline/chunker';
import { batchKeys, type CsvRecord, createRunContext, passThrough, readJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { amendChunk, commitAmendment } from '@pipeline/merge';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';

const schemaOf = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../core/schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object;
const ajv = new Ajv2020({ strict: true, strictRequired: false, formats: { 'date-time': true } });

test('amendments and amended results are what the published schemas say', async () => {
  const locations = { work: { bucket: 'work', prefix: 'batches/' } };
  const store = memoryStore();
  const run = createRunContext({ batchId: 'b1' });
  const source = (await store.write({ bucket: 'in', key: 'orders.csv' }, Buffer.from('id\n1\n2\n')))!;
  const manifest = await split(source, { store, locations, run });
  const keys = batchKeys(manifest.batchId, locations);
  for await (const chunk of manifest.chunks) {
    const before = await processChunk(chunk, passThrough<CsvRecord>(), { store, locations, run });
    const target = keys.amendedResult(1, 'n1', chunk.index);
    await amendChunk(before, { ...before, amendedIn: 1 }, target, { store, run });
  }
  await commitAmendment(manifest, { revision: 1, name: 'n1', reason: 'test' }, [0], { store, locations, run });

  const amendment = ajv.compile(schemaOf('amendment'));
  const written = await readJson<Record<string, unknown>>(store, keys.amendment(1));
  expect(amendment(written), JSON.stringify(amendment.errors)).toBe(true);
  for (const property of Object.keys(written)) {
    const { [property]: _, ...rest } = written;
    expect(amendment(rest), `without ${property}`).toBe(false);
  }
  const result = ajv.compile(schemaOf('chunk-result'));
  expect(result(await readJson(store, keys.amendedResult(1, 'n1', 0))), JSON.stringify(result.errors)).toBe(true);
});
