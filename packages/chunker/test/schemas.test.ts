import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  type CsvRecord,
  crc32,
  crc32Hex,
  createStage,
  type PipelineEvent,
  passThrough,
  readBytes,
  readJson,
  rejectRows,
  type SidecarCollector,
  type Stage,
} from '@pipeline/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { type OutputFormat, processChunk, type SplitOptions } from '../src/index.ts';
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
const outputs = async (
  materialize: boolean,
  text: string | Uint8Array = '\uFEFFid;name\r\n1;ann\r\nshort\r\n2;"b"\r\n',
  options: Partial<SplitOptions> = { dialect: { delimiter: ';' }, chunkRows: 2 },
  format: OutputFormat & { readonly maxRejectRatio?: number } = {},
) => {
  const events: PipelineEvent[] = [];
  const run = runOf({ observe: (event) => void events.push(event) });
  const { store, manifest, chunks } = await splitText(text, { materialize, run, ...options });
  const stage: Stage<CsvRecord, CsvRecord> = createStage((batch) =>
    rejectRows(batch, (index) =>
      batch.rows[index]?.id === '2'
        ? [{ code: 'RULE_CUSTOM', rule: 'r', column: 'id', message: 'must be otherwise', severity: 'error' }]
        : undefined,
    ),
  );
  const results = [];
  for (const chunk of chunks) results.push(await processChunk(chunk, stage, { store, locations, run, ...format }));
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

const expectFit = ({ manifest, entries, results, events }: Awaited<ReturnType<typeof outputs>>): void => {
  expect(errorsOf('manifest', manifest)).toEqual([]);
  for (const entry of entries) expect(errorsOf('chunk', entry)).toEqual([]);
  for (const result of results) expect(errorsOf('chunk-result', result)).toEqual([]);
  for (const event of events) expect(errorsOf('events', event)).toEqual([]);
};

test.each<[string, string | Uint8Array, Partial<SplitOptions>, Parameters<typeof outputs>[3]]>([
  ['a sampled plan', `id,name\n${'1,a\n'.repeat(50)}`, { plan: 'sampled', chunkBytes: 40 }, { maxRejectRatio: 0.5 }],
  ['a wrong one', `id,name\n1,"${'1,a\n'.repeat(50)}"\n`, { plan: 'sampled', chunkBytes: 40 }, {}],
  ['a parallel plan', 'id,name\n1,a\n2,b\n', { plan: 'parallel', chunkBytes: 5 }, { format: 'jsonl' }],
  ['everything that was detected', 'x\n\nid;name\n1;a\n2;b\n3;c\n', { detect: true, minConfidence: 0 }, {}],
  ['UTF-16', Buffer.from('\uFEFFid,name\n1,ü\n', 'utf16le'), { text: { nul: 'keep' } }, { compression: 'gzip' }],
  ['columns by aliases', 'ID,name\n1,a\n', { aliases: { columns: { id: ['ID'] } } }, {}],
  ['an unusual dialect', '1;a\r#2\r', { header: 'none', dialect: { delimiter: ';', loneCr: true, comment: '#' } }, {}],
  ['a source that csv-parse reads', 'id::name\n1::a\n', { dialect: { delimiter: '::' } }, {}],
  ['a packed source', gzipSync('x\nid,name\n1,a\n2\n'), { skipLines: 1, records: { ragged: 'pad' } }, {}],
])('%s fits, too', async (_, text, options, format) => {
  const materialize = text instanceof Uint8Array && text[0] === 0x1f;
  expectFit(await outputs(materialize, text, options, format));
});

test('a result that names the objects of its collectors fits, and its object says what was gathered', async () => {
  const { store, chunks } = await splitText('id\n1\n2\n', {});
  const lengths: SidecarCollector<number> = {
    name: 'lengths of/rows',
    start: () => {
      const seen: number[] = [];
      return {
        add: ({ records, positions }) => void seen.push(...positions.map((at) => records.bytes(at).length)),
        finish: () => seen.length,
        object: () => (seen.length === 0 ? undefined : [Uint8Array.from(seen), Uint8Array.of(255)]),
      };
    },
  };
  const result = await processChunk(chunks[0]!, passThrough<CsvRecord>(), {
    store,
    locations,
    run: runOf(),
    sidecars: [lengths],
  });
  expect(errorsOf('chunk-result', result)).toEqual([]);
  const { object, bytes, crc32: sum } = result.sidecarObjects![lengths.name]!;
  const written = await readBytes(store, object);
  expect([...written]).toEqual([1, 1, 255]);
  expect([bytes, sum]).toEqual([3, crc32Hex(crc32(written))]);
  expect(object.key).toMatch(/\/sidecars\/0000000\.[\w-]+\.lengths%20of%2Frows$/);
});

test('only a sampled plan may leave its rows uncounted', async () => {
  const { manifest } = await outputs(false, 'id,name\n1,a\n', { plan: 'sampled', chunkBytes: 40 });
  expect(manifest.rowCount).toBe(null);
  expect(errorsOf('manifest', { ...manifest, planMode: 'parallel' })).not.toEqual([]);
  expect(errorsOf('manifest', { ...manifest, rowCount: 1 })).not.toEqual([]);
});

test('a report may carry the results of its chunks', async () => {
  const { results } = await outputs(false);
  const { attempt: _, index: __, bytesRead: ___, sidecars: ____, ...common } = results[0]!;
  const report = {
    ...common,
    revision: 1,
    source: { bucket: 'inbox', key: 'orders.csv', etag: '"e"' },
    sourceBytes: 30,
    readAs: {
      dialect: { delimiter: ',', quote: '"', newline: 'cr' },
      encoding: 'utf-16le',
      reader: 'scanner',
      bom: true,
    },
    plan: { mode: 'sequential', number: 2 },
    writtenAs: { format: 'jsonl', compression: 'zstd' },
    report: { bucket: 'work', key: 'report.json' },
    chunkCount: 2,
    resolved: { issues: {} },
    finishedAt: '2026-01-02T03:04:05.678Z',
    processMs: 2,
  };
  expect(errorsOf('report', report)).toEqual([]);
  expect(errorsOf('report', { ...report, chunks: results })).toEqual([]);
  const { readAs: _a, plan: _b, writtenAs: _c, ...older } = report;
  expect(errorsOf('report', older)).toEqual([]);
  expect(errorsOf('report', { ...report, plan: { mode: 'guessed', number: 1 } })).not.toEqual([]);
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
