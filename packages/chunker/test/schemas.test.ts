import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type CsvRecord,
  createStage,
  type PipelineEvent,
  readBytes,
  readJson,
  rejectRows,
  type Stage,
} from '@pipeline/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { processChunk } from '../src/index.ts';
import { locations, runOf, splitText } from './helpers.ts';

const folder = fileURLToPath(new URL('../../core/schemas/', import.meta.url));
const base = 'https://pipeline.dev/schemas/1.0/';
const isInstant = (text: string): boolean => !Number.isNaN(Date.parse(text)) && text.endsWith('Z');
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  allErrors: true,
  allowUnionTypes: true,
  formats: { 'date-time': isInstant },
});
for (const file of readdirSync(folder)) ajv.addSchema(JSON.parse(readFileSync(folder + file, 'utf8')) as object);

const errorsOf = (name: string, value: unknown): string[] => {
  const validate = ajv.getSchema(`${base}${name}.schema.json`)!;
  validate(JSON.parse(JSON.stringify(value)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

/** Everything that a split and the processing of its chunks write and tell. */
const outputs = async (materialize: boolean, text = '\uFEFFid;name\r\n1;ann\r\nshort\r\n2;"b"\r\n') => {
  const events: PipelineEvent[] = [];
  const run = runOf({ observe: (event) => void events.push(event) });
  const { store, manifest, chunks } = await splitText(text, {
    dialect: { delimiter: ';' },
    chunkRows: 2,
    materialize,
    run,
  });
  const stage: Stage<CsvRecord, CsvRecord> = createStage((batch) =>
    rejectRows(batch, (index) =>
      batch.rows[index]?.id === '2'
        ? [{ code: 'RULE_CUSTOM', rule: 'r', column: 'id', message: 'must be otherwise', severity: 'error' }]
        : undefined,
    ),
  );
  const results = [];
  for (const chunk of chunks) results.push(await processChunk(chunk, stage, { store, locations, run }));
  return {
    manifest: await readJson<Record<string, unknown>>(store, manifest.object),
    entries: Buffer.from(await readBytes(store, manifest.plan))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
    results: await Promise.all(
      results.map(({ index }) =>
        readJson<Record<string, unknown>>(store, {
          bucket: 'work',
          key: `batches/batch/results/${String(index).padStart(7, '0')}.json`,
        }),
      ),
    ),
    events,
  };
};

describe.each([false, true])('what is written (materialize: %s)', (materialize) => {
  test('is what the published schemas say', async () => {
    const { manifest, entries, results, events } = await outputs(materialize);
    expect(errorsOf('manifest', manifest)).toEqual([]);
    expect(entries).toHaveLength(2);
    for (const entry of entries) expect(errorsOf('chunk', entry)).toEqual([]);
    expect(results).toHaveLength(2);
    for (const result of results) expect(errorsOf('chunk-result', result)).toEqual([]);
    expect(events.length).toBeGreaterThan(4);
    for (const event of events) expect(errorsOf('events', event)).toEqual([]);
  });
});

test('a batch without rows fits, too', async () => {
  const { manifest, entries, results } = await outputs(false, 'id;name\n');
  expect(errorsOf('manifest', manifest)).toEqual([]);
  expect(errorsOf('chunk', entries[0])).toEqual([]);
  expect(errorsOf('chunk-result', results[0])).toEqual([]);
});

test('a report may carry the results of its chunks', async () => {
  const { results } = await outputs(false);
  const { attempt: _, index: __, bytesRead: ___, sidecars: ____, ...common } = results[0]!;
  const report = {
    ...common,
    revision: 1,
    source: { bucket: 'inbox', key: 'orders.csv', etag: '"e"' },
    sourceBytes: 30,
    report: { bucket: 'work', key: 'report.json' },
    chunkCount: 2,
    resolved: { issues: {} },
    finishedAt: '2026-01-02T03:04:05.678Z',
    processMs: 2,
  };
  expect(errorsOf('report', report)).toEqual([]);
  expect(errorsOf('report', { ...report, chunks: results })).toEqual([]);
  expect(errorsOf('report', { ...report, chunks: [{ ...results[0], rowsRead: -1 }] })).not.toEqual([]);
});

test('readers ignore what they do not know, so the schemas allow it', async () => {
  const { manifest, entries, results } = await outputs(false);
  const more = { future: { a: [1] } };
  expect(errorsOf('manifest', { ...manifest, ...more, formatVersion: '1.3' })).toEqual([]);
  expect(errorsOf('chunk', { ...entries[0], ...more })).toEqual([]);
  expect(errorsOf('chunk-result', { ...results[0], ...more })).toEqual([]);
  expect(errorsOf('events', { type: 'a.b', ...more })).toEqual([]);
});

test('every required property is missed, and wrong values are refused', async () => {
  const { manifest, entries, results, events } = await outputs(true);
  const samples: Record<string, Record<string, unknown>> = {
    manifest,
    chunk: entries[0]!,
    'chunk-result': results[0]!,
    events: events[0] as Record<string, unknown>,
  };
  for (const [name, sample] of Object.entries(samples)) {
    const { required } = ajv.getSchema(`${base}${name}.schema.json`)!.schema as { required: string[] };
    expect(required.length).toBeGreaterThan(0);
    for (const property of required) {
      const { [property]: _, ...rest } = sample;
      expect(errorsOf(name, rest), `${name} without ${property}`).not.toEqual([]);
      expect(errorsOf(name, { ...sample, [property]: null }), `${name} with ${property} null`).not.toEqual([]);
    }
  }
  const { key: _, ...unnamed } = entries[0]!;
  expect(errorsOf('chunk', unnamed), 'a written chunk without its key').not.toEqual([]);
  expect(errorsOf('manifest', { ...manifest, formatVersion: '2.0' })).not.toEqual([]);
  expect(errorsOf('chunk', { ...entries[0], kind: 'parquet' })).not.toEqual([]);
});
