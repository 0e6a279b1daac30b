import {
  type ChunkRef,
  type ChunkResult,
  type CsvRecord,
  compose,
  crc32,
  crc32Hex,
  createRunContext,
  createStage,
  mapRows,
  type ObjectStore,
  type PipelineEvent,
  passThrough,
  type RunContext,
  readBytes,
  readJson,
  rejectRows,
  type SidecarCollector,
  type Stage,
  selectColumns,
} from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { processChunk, type RejectLine, readRows, rejectBytes, split, writeRows } from '../src/index.ts';
import { chunksOf, failureOf, input, locations, runOf, splitText, storeWith } from './helpers.ts';

const text = '\uFEFFid,price\n1,1.10\nshort\n2,"2"\n3,"x"y\n4,4\n';
const total: Stage<CsvRecord, CsvRecord & { total: number }> = mapRows({
  columns: ['total'],
  map: (row: CsvRecord) => ({ total: Number(row.price) * 2 }),
});
const bodyOf = async (store: ObjectStore, ref: { bucket: string; key: string }): Promise<string> =>
  Buffer.from(await readBytes(store, ref)).toString();
const batchKeysOf = (store: { keys(): readonly string[] }): string[] =>
  store
    .keys()
    .filter((key) => !key.includes('inbox/'))
    .map((key) => key.replace('work/batches/batch/', ''));

describe('processChunk', () => {
  test('reads, works, writes and commits', async () => {
    const { store, chunks } = await splitText(text);
    const result = await processChunk(chunks[0]!, total, { store, locations, run: runOf({ attempt: 'a1' }) });
    const output = '\uFEFFid,price,total\n1,1.10,2.2\n2,"2",4\n4,4,8\n';
    expect(await bodyOf(store, result.output.object)).toBe(output);
    expect(result).toMatchObject({
      batchId: 'batch',
      index: 0,
      attempt: 'a1',
      rowsRead: 5,
      rowsWritten: 3,
      rowsRejected: 2,
      columns: ['id', 'price', 'total'],
      output: { rows: 3, bytes: Buffer.byteLength(output), crc32: crc32Hex(crc32(Buffer.from(output))) },
      rejects: { rows: 2 },
      sidecars: { issues: { 'ROW_FIELD_COUNT|fields|': 1, 'ROW_BAD_QUOTE|quotes|': 1 } },
    });
    const lines = (await bodyOf(store, result.rejects!.object)).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ rowNumber: 2, byteOffset: 19, raw: 'short' }),
      expect.objectContaining({ rowNumber: 4, byteOffset: 31, raw: '3,"x"y' }),
    ]);
    expect(await readJson(store, { bucket: 'work', key: 'batches/batch/results/0000000.json' })).toEqual(result);
    expect(batchKeysOf(store)).toEqual([
      'chunks.jsonl',
      'manifest.json',
      'processed/0000000.a1.csv',
      'rejects/0000000.a1.jsonl',
      'results/0000000.json',
    ]);
  });

  test('only the first chunk carries byte order mark and header', async () => {
    const { store, chunks } = await splitText(text, { chunkRows: 2 });
    const parts = [];
    for (const chunk of chunks) {
      const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf() });
      parts.push(await bodyOf(store, result.output.object));
    }
    expect(parts).toEqual(['\uFEFFid,price\n1,1.10\n', '2,"2"\n', '4,4\n']);
  });

  test('a file without rows, or with rejects only, gives the header', async () => {
    for (const body of ['a,b\r\n', 'a,b\r\n1\r\n\r\n']) {
      const { store, chunks } = await splitText(body);
      const result = await processChunk(chunks[0]!, passThrough(), { store, locations, run: runOf() });
      expect(await bodyOf(store, result.output.object)).toBe('a,b\r\n');
      expect(result.rowsWritten).toBe(0);
    }
  });

  test('what is committed is not done again', async () => {
    const { store, chunks } = await splitText(text);
    const first = await processChunk(chunks[0]!, passThrough(), { store, locations, run: runOf({ attempt: 'a1' }) });
    const never: Stage<CsvRecord, CsvRecord> = createStage(() => {
      throw new Error('must not run');
    });
    const again = await processChunk(chunks[0]!, never, { store, locations, run: runOf({ attempt: 'a2' }) });
    expect(again).toEqual(first);
    expect(batchKeysOf(store).filter((key) => key.includes('a2'))).toEqual([]);
  });

  test('racing attempts leave one result and no object of a loser', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 3 }), async (scheduler, attempts) => {
        const { store, chunks } = await splitText(text);
        // Every call to the store waits for its turn, so that attempts interleave in any order.
        const turn = <T>(name: string, work: () => Promise<T>): Promise<T> =>
          scheduler.schedule(Promise.resolve(), name).then(work);
        const interleaved: ObjectStore = {
          ...store,
          write: (ref, body, options) => turn(`write ${ref.key}`, () => store.write(ref, body, options)),
          deleteMany: (refs, options) => turn('delete', () => store.deleteMany(refs, options)),
          async *read(ref, options) {
            await turn(`read ${ref.key}`, async () => {});
            yield* store.read(ref, options);
          },
        };
        const work = Promise.all(
          Array.from({ length: attempts }, (_, i) => {
            // A look-up that answers differently the second time must not mix with the first.
            const stage = mapRows({ columns: ['by'], map: (_: CsvRecord) => ({ by: `attempt ${i}` }) });
            return processChunk(chunks[0]!, stage, { store: interleaved, locations, run: runOf({ attempt: `a${i}` }) });
          }),
        );
        await scheduler.waitFor(work);
        const results = await work;
        const [winner] = results;
        for (const result of results) expect(result).toEqual(winner);
        expect(batchKeysOf(store)).toEqual([
          'chunks.jsonl',
          'manifest.json',
          `processed/0000000.${winner!.attempt}.csv`,
          `rejects/0000000.${winner!.attempt}.jsonl`,
          'results/0000000.json',
        ]);
        const body = await bodyOf(store, winner!.output.object);
        expect(body.match(/attempt \d/g)).toEqual(Array(3).fill(`attempt ${winner!.attempt.slice(1)}`));
        expect(crc32Hex(crc32(Buffer.from(body)))).toBe(winner!.output.crc32);
      }),
      { numRuns: 80 },
    );
  });

  test('a commit whose answer was lost is still its own', async () => {
    const { store, chunks } = await splitText(text);
    const lossy: ObjectStore = {
      ...store,
      async write(ref, body, options) {
        const answer = await store.write(ref, body, options);
        return ref.key.includes('/results/') ? undefined : answer; // as after a retry that met its own first try
      },
    };
    const result = await processChunk(chunks[0]!, passThrough(), {
      store: lossy,
      locations,
      run: runOf({ attempt: 'a1' }),
    });
    expect(result.attempt).toBe('a1');
    expect(await bodyOf(store, result.output.object)).toContain('1,1.10');
  });

  test.each([
    [
      'a stage',
      (store: ObjectStore): [ObjectStore, Stage<CsvRecord, unknown>] => [
        store,
        createStage(() => {
          throw new Error('broken');
        }),
      ],
    ],
    [
      'the source',
      (store: ObjectStore): [ObjectStore, Stage<CsvRecord, unknown>] => [
        {
          ...store,
          async *read(ref, options) {
            yield* store.read(ref, options);
            if (ref.key === input.key) throw new Error('broken');
          },
        },
        passThrough(),
      ],
    ],
    [
      'the output',
      (store: ObjectStore): [ObjectStore, Stage<CsvRecord, unknown>] => [
        {
          ...store,
          write: (ref, body, options) =>
            ref.key.includes('processed/') ? Promise.reject(new Error('broken')) : store.write(ref, body, options),
        },
        passThrough(),
      ],
    ],
  ])('when %s breaks, nothing is committed and no upload stays open', async (_, breaking) => {
    const { store, chunks } = await splitText(text);
    const [under, stage] = breaking(store);
    await expect(processChunk(chunks[0]!, stage, { store: under, locations, run: runOf() })).rejects.toThrow('broken');
    expect(batchKeysOf(store)).toEqual(['chunks.jsonl', 'manifest.json']);
    expect(store.openUploads()).toBe(0);
  });

  test('an abort leaves with its reason and commits nothing', async () => {
    const { store, chunks } = await splitText(text);
    const controller = new AbortController();
    const reason = new Error('stop');
    const stage = createStage<CsvRecord, CsvRecord>((batch) => {
      controller.abort(reason);
      return batch;
    });
    const run = runOf({ signal: controller.signal });
    await expect(processChunk(chunks[0]!, stage, { store, locations, run })).rejects.toBe(reason);
    expect(batchKeysOf(store)).toEqual(['chunks.jsonl', 'manifest.json']);
  });

  test('a share of rejects above the limit fails the chunk; at the limit it does not', async () => {
    const { store, chunks } = await splitText(text);
    const doing = (maxRejectRatio: number) =>
      processChunk(chunks[0]!, passThrough(), { store, locations, run: runOf(), maxRejectRatio });
    expect(await failureOf(doing(0.39))).toMatchObject({
      name: 'PipelineRejectLimitError',
      code: 'REJECT_LIMIT',
      details: { rejected: 2, read: 5 },
    });
    expect(batchKeysOf(store)).toEqual(['chunks.jsonl', 'manifest.json']);
    expect((await doing(0.4)).rowsRejected).toBe(2);
  });

  test('rejects of reader and stages stand in the order of the file, bytes kept', async () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,2\nshort\n3,caf'), Buffer.from([0xe9]), Buffer.from('\n4,5\n')]);
    const { store, chunks } = await splitText(bytes);
    const odd = createStage<CsvRecord, CsvRecord>((batch) =>
      rejectRows(batch, (index) =>
        Number(batch.rows[index]?.a) % 2 === 1
          ? [{ code: 'RULE_CUSTOM', rule: 'even', column: 'a', message: 'must be even', severity: 'error' }]
          : undefined,
      ),
    );
    const result = await processChunk(chunks[0]!, odd, { store, locations, run: runOf() });
    const lines = (await bodyOf(store, result.rejects!.object))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RejectLine);
    expect(lines.map(({ rowNumber }) => rowNumber)).toEqual([1, 2, 3]);
    expect(lines.map((line) => Buffer.from(rejectBytes(line)).toString('latin1'))).toEqual([
      '1,2',
      'short',
      '3,caf\xe9',
    ]);
    expect(lines[2]).toHaveProperty('rawBase64');
    expect(result.sidecars.issues).toMatchObject({ 'RULE_CUSTOM|even|a': 1 });
  });

  test('columns of the output are chosen by stage or option, checked before any row is read', async () => {
    const { store, chunks } = await splitText(text);
    const doing = (stage: Stage<CsvRecord, unknown>, columns?: string[], attempt = 'x') =>
      processChunk(chunks[0]!, stage, {
        store,
        locations: { work: { bucket: 'work', prefix: `${attempt}/` } },
        run: runOf(),
        ...(columns === undefined ? {} : { columns }),
      });
    const chosen = await doing(
      compose(total, selectColumns<CsvRecord & { total: number }>(['total', 'id'])),
      undefined,
      'one',
    );
    expect(await bodyOf(store, chosen.output.object)).toBe('\uFEFFtotal,id\n2.2,1\n4,2\n8,4\n');
    const named = await doing(total, ['price', 'total'], 'two');
    expect(await bodyOf(store, named.output.object)).toBe('\uFEFFprice,total\n1.10,2.2\n"2",4\n4,8\n');
    for (const wrong of [['nope'], ['id', 'id'], []])
      expect(await failureOf(doing(total, wrong, 'three'))).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('events tell beginning and commit, without content', async () => {
    const events: PipelineEvent[] = [];
    const { store, chunks } = await splitText('id,name\n1,CANARY\n2,CANARY,x\n');
    await processChunk(chunks[0]!, passThrough(), {
      store,
      locations,
      run: runOf({ observe: (event) => void events.push(event) }),
    });
    expect(events.map(({ type }) => type)).toEqual(['chunk.started', 'chunk.committed']);
    expect(JSON.stringify(events)).not.toContain('CANARY');
  });

  test('time comes from the run', async () => {
    const { store, chunks } = await splitText(text);
    let now = 1_000_000;
    const run: RunContext = createRunContext({ clock: { now: () => (now += 500) } });
    const result: ChunkResult = await processChunk(chunks[0]!, passThrough(), { store, locations, run });
    expect(result).toMatchObject({ startedAt: new Date(1_000_500).toISOString(), durationMs: 500 });
  });
});

test('a chunk of a large file is written in parts, and leaves none open when it fails', async () => {
  const row = `1,${'x'.repeat(1000)}\n`;
  const store = await storeWith(`a,b\n${row.repeat(9_000)}`);
  const [chunk] = await chunksOf(await split(input, { store, locations, run: runOf() }));
  let uploads = 0;
  const watched: ObjectStore = {
    ...store,
    uploadPart(...args) {
      uploads++;
      return store.uploadPart(...args);
    },
  };
  const result = await processChunk(chunk as ChunkRef, passThrough(), { store: watched, locations, run: runOf() });
  expect(uploads).toBe(2);
  expect(result.output).toMatchObject({ bytes: 4 + row.length * 9_000, rows: 9_000 });
  const broken: ObjectStore = { ...watched, completeMultipart: () => Promise.reject(new Error('broken')) };
  const target = { output: { bucket: 'work', key: 'o' }, rejects: { bucket: 'work', key: 'r' } };
  const writing = writeRows(readRows(chunk as ChunkRef, { store }), chunk as ChunkRef, { store: broken, ...target });
  await expect(writing).rejects.toThrow('broken');
  expect(store.openUploads()).toBe(0);
});

describe('sidecars', () => {
  const longest: SidecarCollector<number> = {
    name: 'longest',
    start: () => {
      let bytes = 0;
      return {
        add: ({ records, positions }) => {
          for (const position of positions) bytes = Math.max(bytes, records.bytes(position).length);
        },
        finish: () => bytes,
      };
    },
  };

  test('gather what spans chunks, beside the issues, anew for each chunk', async () => {
    const store = await storeWith('id,name\n1,abc\n2,abcdef\nshort\n3,a\n');
    const run = runOf();
    const values: unknown[] = [];
    for (const chunk of await chunksOf(await split(input, { store, locations, chunkRows: 2, run }))) {
      const { sidecars } = await processChunk(chunk, passThrough(), { store, locations, run, sidecars: [longest] });
      values.push(sidecars);
    }
    expect(values).toEqual([
      { issues: {}, warnings: {}, longest: 8 },
      { issues: { 'ROW_FIELD_COUNT|fields|': 1 }, warnings: {}, longest: 3 },
    ]);
  });

  test.each(['issues', 'warnings'])('have names of their own, other than %s', async (name) => {
    const store = await storeWith('id\n1\n');
    const run = runOf();
    const [chunk] = await chunksOf(await split(input, { store, locations, run }));
    const sidecars = [{ ...longest, name }];
    const failure = await failureOf(processChunk(chunk!, passThrough(), { store, locations, run, sidecars }));
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', details: { option: 'sidecars' } });
    expect(store.openUploads()).toBe(0);
  });
});

test('a value that ends with a CR is quoted when it becomes the last one, so that it stays a value', async () => {
  const store = await storeWith('a,b\nx\r,y\n');
  const run = runOf();
  const [chunk] = await chunksOf(await split(input, { store, locations, run }));
  const { output } = await processChunk(chunk!, selectColumns<CsvRecord>(['b', 'a']), { store, locations, run });
  expect(await bodyOf(store, output.object)).toBe('b,a\ny,"x\r"\n');
});
