import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { openManifest, processChunk, split } from '@pipeline/chunker';
import {
  batchKeys,
  type ChunkResult,
  type CsvRecord,
  createRunContext,
  createStage,
  mapRows,
  type ObjectStore,
  PipelineError,
  passThrough,
  readBytes,
  readJson,
  withRows,
} from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { committedResults, merge, readAmendment, resolve } from '@pipeline/merge';
import { uniqueRows } from '@pipeline/validate';
import { describe, expect, test } from 'vitest';
import { type Batch, bytesOf, locations, merged, processed, resolved, run } from './helpers.ts';

const keys = batchKeys('b1', locations);
const source = 'id,day\na,1\nb,1\na,2\nA,2\n,3\n,4\nb,1\n1.0,5\n1,5\n';
const byId = uniqueRows({ columns: ['id'] });

const errorOf = async (work: Promise<unknown>): Promise<PipelineError> => {
  try {
    await work;
  } catch (error) {
    if (PipelineError.is(error)) return error;
    throw error;
  }
  throw new Error('it resolved');
};
const outputOf = async (batch: Batch): Promise<string> => bytesOf(batch.store, (await merged(batch)).output.object);

/** Which rows stay under a rule, by their `id`. */
const kept = async (rule: ReturnType<typeof uniqueRows>, text = source): Promise<string[]> => {
  const batch = await processed(text, { sidecars: [rule] });
  await resolved(batch, [rule]);
  return (await outputOf(batch)).trimEnd().split('\n').slice(1);
};

describe('which rows are the same', () => {
  test('those whose text is, byte for byte; rows without a key are none', async () => {
    expect(await kept(byId)).toEqual(['a,1', 'b,1', 'A,2', ',3', ',4', '1.0,5', '1,5']);
  });

  test('without regard to case', async () => {
    const rule = uniqueRows({ columns: ['id'], ignoreCase: true });
    expect(await kept(rule)).toEqual(['a,1', 'b,1', ',3', ',4', '1.0,5', '1,5']);
    expect(await kept(rule, 'id\n\u00c9\n\u0065\u0301\nx\n')).toEqual(['\u00c3\u0089', 'x']);
  });

  test('empty keys too, where that is asked for', async () => {
    const rule = uniqueRows({ columns: ['id'], emptyKeys: 'compare' });
    expect(await kept(rule)).toEqual(['a,1', 'b,1', 'A,2', ',3', '1.0,5', '1,5']);
  });

  test('several columns together, which cannot be taken for each other', async () => {
    const rule = uniqueRows({ columns: ['id', 'day'] });
    expect(await kept(rule)).toEqual(['a,1', 'b,1', 'a,2', 'A,2', ',3', ',4', '1.0,5', '1,5']);
    expect(await kept(rule, 'id,day\nx,yz\nxy,z\n,\n,\n')).toEqual(['x,yz', 'xy,z', ',', ',']);
  });

  test('typed values, where a stage makes some', async () => {
    const rule = uniqueRows({ columns: ['id'], compare: 'typed' });
    const typed = createStage<CsvRecord, { id: unknown }>((batch) =>
      withRows(batch, () =>
        batch.rows.map(({ id = '' }) => ({ id: /^\d+$/.test(id) ? BigInt(id) : id === '1.0' ? Number(id) : id })),
      ),
    );
    const batch = await processed(source, { sidecars: [rule], stage: typed });
    await resolved(batch, [rule]);
    expect((await outputOf(batch)).split('\n').slice(-2)).toEqual(['1.0,5', '']);
  });

  test('values that a stage assigned, in columns that the source does not have', async () => {
    const rule = uniqueRows({ columns: ['group'] });
    const stage = mapRows({ columns: ['group'], map: ({ id = '' }: CsvRecord) => ({ group: id.length }) });
    const batch = await processed(source, { sidecars: [rule], stage });
    await resolved(batch, [rule]);
    expect(await outputOf(batch)).toBe('id,day,group\na,1,1\n,3,0\n1.0,5,3\n');
    const rejects = await bytesOf(batch.store, (await merged(batch)).rejects?.object);
    expect(rejects.split('\n')[1]).toBe('b,1,2,11,group,unique:group,group repeats data row 1,b1');
  });
});

describe('dialects and encodings', () => {
  test.each<[string, Parameters<typeof processed>[1], string, string]>([
    [
      'delimiters of several characters',
      { splitting: { dialect: { delimiter: '::' } } },
      'id::n\na::1\nb::2\na::3\n',
      'id::n\na::1\nb::2\n',
    ],
    [
      'lone CRs',
      { splitting: { dialect: { loneCr: true }, chunkRows: 1 } },
      'id,n\ra,1\rb,2\ra,3\r',
      'id,n\ra,1\rb,2\r',
    ],
    [
      'comments',
      { splitting: { dialect: { comment: '#' } } },
      'id,n\n#x\na,1\n#y\n"#a",2\na,3\n#z\n',
      'id,n\na,1\n"#a",2\n',
    ],
    ['no header', { splitting: { header: 'none' } }, 'a,1\nb,2\na,3\n', 'a,1\nb,2\n'],
    [
      'NUL bytes that are kept',
      { splitting: { text: { nul: 'keep' } } },
      'id,n\na\0,1\na,2\na\0,3\n',
      'id,n\na\0,1\na,2\n',
    ],
    ['rows that are padded', { splitting: { records: { ragged: 'pad' } } }, 'id,n\na\na,2\nb,3\n', 'id,n\na,\nb,3\n'],
  ])('%s', async (_, spec, text, expected) => {
    const rule = uniqueRows({ columns: text.startsWith('id') ? ['id'] : ['column_1'] });
    const batch = await processed(text, { ...spec, sidecars: [rule] });
    await resolved(batch, [rule]);
    expect(await outputOf(batch)).toBe(expected);
  });

  test.each(['gzip', 'zstd'] as const)(
    'a source packed with %s, whose rejects come from its chunk objects',
    async (packing) => {
      const packed = packing === 'gzip' ? gzipSync(source) : zstdCompressSync(source);
      const batch = await processed(packed, { splitting: { materialize: true, chunkRows: 2 }, sidecars: [byId] });
      await resolved(batch, [byId]);
      expect(await outputOf(batch)).toBe('id,day\na,1\nb,1\nA,2\n,3\n,4\n1.0,5\n1,5\n');
      const rejects = await bytesOf(batch.store, (await merged(batch)).rejects?.object);
      expect(rejects).toContain('\na,2,3,15,id,unique:id,id repeats data row 1,b1\n');
    },
  );

  test('a source in UTF-16 keeps the bytes of its rejects as text', async () => {
    const store = memoryStore();
    await store.write({ bucket: 'work', key: 'u.csv' }, Buffer.from('\uFEFFid\nü\né\nü\n', 'utf16le'));
    const manifest = await split(
      { bucket: 'work', key: 'u.csv' },
      { store, locations, run, detect: true, chunkRows: 1 },
    );
    for await (const chunk of manifest.chunks)
      await processChunk(chunk, passThrough<CsvRecord>(), { store, locations, run, sidecars: [byId] });
    await resolved({ store, manifest }, [byId]);
    const report = await merged({ store, manifest });
    expect(Buffer.from(await bytesOf(store, report.output.object), 'latin1').toString()).toBe('\uFEFFid\nü\né\n');
    expect(Buffer.from(await bytesOf(store, report.rejects?.object), 'latin1').toString()).toMatch(/\nü,3,16,id,/);
  });
});

describe('what becomes of rows that repeat others', () => {
  test('several rules are judged on their own, and a row says all that it repeats', async () => {
    const byDay = uniqueRows({ columns: ['day'], name: 'oneADay' });
    const batch = await processed(source, { sidecars: [byId, byDay] });
    const { issues } = await resolved(batch, [byId, byDay]);
    expect(await outputOf(batch)).toBe('id,day\na,1\n,3\n,4\n1.0,5\n');
    expect(issues).toEqual({ 'ROW_DUPLICATE|unique:id|id': 2, 'ROW_DUPLICATE|oneADay|day': 4 });
    const { rejects } = await merged(batch);
    expect((await bytesOf(batch.store, rejects?.object)).split('\n')[4]).toBe(
      'b,1,7,29,id; day,unique:id; oneADay,id repeats data row 2; day repeats data row 1,b1',
    );
  });

  test('a warning counts them and changes nothing', async () => {
    const rule = uniqueRows({ columns: ['id'], onDuplicate: 'warn' });
    const batch = await processed(source, { sidecars: [rule] });
    const found = await resolved(batch, [rule]);
    expect(found.issues).toEqual({});
    expect(found.warnings).toEqual({ 'ROW_DUPLICATE|unique:id|id': 2 });
    expect(found.unique).toEqual({
      'unique:id': {
        columns: ['id'],
        onDuplicate: 'warn',
        keys: 7,
        skipped: 2,
        repeats: 2,
        examples: [
          { row: 3, first: 1 },
          { row: 7, first: 2 },
        ],
      },
    });
    expect(await outputOf(batch)).toBe(source);
    expect(await readAmendment(batch.manifest, 1, { store: batch.store, locations, run })).toBeUndefined();
  });

  test('rows that all repeat each other pack better than any upload may, and leave all the same', async () => {
    const row = `same,${'x'.repeat(1000)}\n`;
    const spec = { splitting: { chunkRows: 20_000 }, format: { compression: 'zstd' as const }, sidecars: [byId] };
    const batch = await processed(`id,n\n${row.repeat(18_000)}`, spec);
    await resolved(batch, [byId]);
    const { output, rowsRejected } = await merged(batch);
    expect(zstdDecompressSync(await readBytes(batch.store, output.object)).toString()).toBe(`id,n\n${row}`);
    expect(rowsRejected).toBe(17_999);
  });

  test.each(['processed', 'rejects', 'sidecars'])(
    'an object below %s that was changed is MERGE_MISMATCH',
    async (folder) => {
      const batch = await processed('id,n\na,1\nbad\na,2\n', { sidecars: [byId] });
      const key = batch.store
        .keys()
        .find((one) => one.includes(`/${folder}/`))!
        .replace(/^work\//, '');
      await batch.store.write({ bucket: 'work', key }, Buffer.from('other'));
      const error = await errorOf(resolved(batch, [byId]));
      expect([error.code, error.details.index]).toEqual(['MERGE_MISMATCH', 0]);
      expect(await readAmendment(batch.manifest, 1, { store: batch.store, locations, run })).toBeUndefined();
    },
  );

  test('a failure names both rows and no value, and nothing is written', async () => {
    const rule = uniqueRows({ columns: ['id', 'day'], onDuplicate: 'fail' });
    const batch = await processed(source, { sidecars: [rule] });
    const before = batch.store.keys();
    const error = await errorOf(resolved(batch, [rule]));
    expect([error.name, error.code, error.retryable]).toEqual(['PipelineRejectLimitError', 'ROWS_REPEATED', false]);
    expect(error.message).toMatch(/^ROWS_REPEATED: data row 7 repeats data row 2 in id and day \(1 such row in all\)/);
    expect(batch.store.keys()).toEqual(before);
  });

  test('a chunk may lose no more rows than its limit allows, and the batch neither', async () => {
    const batch = await processed(source, { sidecars: [byId], maxRejectRatio: 0.3 });
    expect((await errorOf(resolved(batch, [byId]))).code).toBe('REJECT_LIMIT');
    const allowed = await processed(source, { sidecars: [byId], maxRejectRatio: 0.4 });
    await resolved(allowed, [byId]);
    const error = await errorOf(merge(allowed.manifest, { store: allowed.store, locations, run, maxRejects: 1 }));
    expect(error.code).toBe('REJECT_LIMIT');
  });

  test('only chunks that repeat rows are written anew; those are told once that counts', async () => {
    const batch = await processed('id\na\nb\nc\nd\nc\nd\n', { splitting: { chunkRows: 2 }, sidecars: [byId] });
    const told: [number, number][] = [];
    await resolved(batch, [byId], {
      onAmended: async (result, chunk) => void told.push([chunk.index, result.rowsRejected]),
    });
    expect(told).toEqual([[2, 2]]);
    const amended = batch.store.keys().filter((key) => /(processed|rejects)\/.*\.r1\.a1\./.test(key));
    expect(amended).toHaveLength(2);
    const results: ChunkResult[] = [];
    for await (const result of committedResults(batch.manifest, { ...batch, locations, run })) results.push(result);
    expect(results.map(({ amendedIn }) => amendedIn)).toEqual([undefined, undefined, 1]);
    expect(results[2]!.output.bytes).toBe(0);
  });
});

test('a sampled plan that is wrong amends nothing, and the plan in its place has amendments of its own', async () => {
  const wild = `id,note\n1,a\n2,"${'1,x\n'.repeat(50)}"\n3,c\n1,d\n`;
  const batch = await processed(wild, { splitting: { plan: 'sampled', chunkBytes: 40 }, sidecars: [byId] });
  const { store } = batch;
  const answer = await resolve(batch.manifest, { store, locations, run, unique: [byId] });
  expect(answer.replan).toBe(true);
  expect(store.keys().filter((key) => /amended|repeats/.test(key))).toEqual([]);

  const object = { bucket: 'work', key: 'input/rows.csv' };
  const manifest = await split(object, { store, locations, run, planNumber: 2, chunkBytes: 40 });
  for await (const chunk of manifest.chunks)
    await processChunk(chunk, passThrough<CsvRecord>(), { store, locations, run, sidecars: [byId] });
  await resolved({ store, manifest }, [byId]);
  expect(store.keys()).toContain('work/batches/b1/plan-2/amended/r1.json');
  expect(await outputOf({ store, manifest })).toBe(wild.replace('1,d\n', ''));
});

describe('tries that fail, meet or repeat each other', () => {
  /** Fails the call of that number, and those behind it. */
  const failingAt = (
    store: ObjectStore,
    limit: number,
  ): { readonly store: ObjectStore; readonly calls: () => number } => {
    let calls = 0;
    const count = (): void => {
      if (++calls > limit) throw new Error('the process died');
    };
    return {
      calls: () => calls,
      store: {
        ...store,
        async write(...args) {
          count();
          return store.write(...args);
        },
        async deleteMany(...args) {
          count();
          return store.deleteMany(...args);
        },
        async *read(...args) {
          count();
          yield* store.read(...args);
        },
      },
    };
  };
  const attempt = (name: string) => createRunContext({ batchId: 'b1', attempt: name });

  test('a try that dies at any call leaves the old state or the new one, and the next gives the same', async () => {
    const clean = await processed(source, { sidecars: [byId], format: { compression: 'gzip' } });
    await resolved(clean, [byId]);
    const expected = await outputOf(clean);
    for (let limit = 0; ; limit++) {
      const batch = await processed(source, { sidecars: [byId], format: { compression: 'gzip' } });
      const failing = failingAt(batch.store, limit);
      const options = { locations, unique: [byId] };
      let died = true;
      try {
        await resolve(batch.manifest, { ...options, store: failing.store, run: attempt('x1') });
        died = false;
      } catch (error) {
        expect((error as Error).message).toBe('the process died');
      }
      const amendment = await readAmendment(batch.manifest, 1, { store: batch.store, locations, run });
      let rejected = 0;
      for await (const result of committedResults(batch.manifest, { ...batch, locations, run }))
        rejected += result.rowsRejected;
      expect(rejected).toBe(amendment === undefined ? 0 : 2);
      await resolve(batch.manifest, { ...options, store: batch.store, run: attempt('x2') });
      expect(await outputOf(batch)).toBe(expected);
      if (!died) break;
    }
  });

  test('two at once give one result, and leave nothing of the one that came second', async () => {
    const batch = await processed(source, { sidecars: [byId] });
    const options = { store: batch.store, locations, unique: [byId] };
    const [one, two] = await Promise.all(
      ['x1', 'x2'].map((name) => resolve(batch.manifest, { ...options, run: attempt(name) })),
    );
    expect(one).toEqual(two);
    const named = new Set<string>();
    for await (const result of committedResults(batch.manifest, { ...batch, locations, run }))
      for (const part of [result.output, result.rejects]) if (part) named.add(`work/${part.object.key}`);
    const written = batch.store.keys().filter((key) => /\.r1\./.test(key));
    expect(written.length).toBeGreaterThan(0);
    expect(written.every((key) => named.has(key))).toBe(true);
    expect(batch.store.keys().filter((key) => key.includes('/repeats/'))).toEqual([]);
  });

  test('a worker that comes second removes its keys, too', async () => {
    const batch = await processed(source, { splitting: { chunkRows: 100 }, sidecars: [byId] });
    const before = batch.store.keys();
    const result = await readJson<ChunkResult>(batch.store, keys.result(0));
    let first = true;
    const late: ObjectStore = {
      ...batch.store,
      async *read(ref, options) {
        // The result of the other attempt appears only when this one is about to commit.
        if (ref.key === keys.result(0).key && first) {
          first = false;
          yield* batch.store.read({ ...ref, key: 'nothing' }, options);
        } else yield* batch.store.read(ref, options);
      },
    };
    const manifest = await openManifest(batch.store, batch.manifest.object, run);
    for await (const chunk of manifest.chunks) {
      const stage = passThrough<CsvRecord>();
      const options = { store: late, locations, run: attempt('late'), sidecars: [byId] };
      expect(await processChunk(chunk, stage, options)).toEqual(result);
    }
    expect(batch.store.keys()).toEqual(before);
  });
});

test('the barrier calls the store for nothing but what it needs', async () => {
  const called = async (onDuplicate: 'reject' | 'warn', fewKeys = false): Promise<string[]> => {
    const rule = uniqueRows({ columns: ['id'], onDuplicate });
    const { store, manifest } = await processed(fewKeys ? 'id\na\n' : `${source}a,9\nbad\n`, { sidecars: [rule] });
    const calls = new Set<string>();
    const note = (call: string, key: string): void => {
      const [, path = `/${key}`] = /^batches\/b1\/(.*)$/.exec(key) ?? [];
      calls.add(`${call} ${path.replace(/^(\w+)\/.*/, '$1/*').replace(/^\/input\/.*/, 'input/*')}`);
    };
    const noted = {
      ...store,
      head: (ref, options) => {
        note('head', ref.key);
        return store.head(ref, options);
      },
      read: (ref, options) => {
        note('get', ref.key);
        return store.read(ref, options);
      },
      write: (ref, body, options) => {
        note('put', ref.key);
        return store.write(ref, body, options);
      },
      deleteMany: async (refs, options) => {
        for (const { key } of refs) note('delete', key);
        await store.deleteMany(refs, options);
      },
      list: () => {
        throw new Error('nothing is listed');
      },
    } satisfies ObjectStore;
    const opened = await openManifest(noted, manifest.object, run);
    await resolve(opened, { store: noted, locations, run, unique: [rule] });
    return [...calls].sort();
  };
  const plan = ['get chunks.jsonl', 'get manifest.json'];
  const always = ['get amended/*', ...plan, 'get results/*', 'get sidecars/*', 'put resolved.json'];
  const repeats = ['delete repeats/*', 'get repeats/*', 'head repeats/*', 'put repeats/*'];
  expect(await called('warn', true)).toEqual(always);
  expect(await called('warn')).toEqual([...always, 'delete repeats/*', 'put repeats/*'].sort());
  const rewriting = [
    'get input/*',
    'get processed/*',
    'get rejects/*',
    'put amended/*',
    'put processed/*',
    'put rejects/*',
  ];
  expect(await called('reject')).toEqual([...always, ...repeats, ...rewriting].sort());
});

describe('settings that do not fit', () => {
  test('workers that gather no keys, or others, are CONFIG_INVALID', async () => {
    const without = await errorOf(resolved(await processed(source), [byId]));
    expect(without.message).toMatch(
      /^CONFIG_INVALID: unique must be rules by which the workers gather keys, too, got "unique:id"/,
    );
    const other = uniqueRows({ columns: ['id'], ignoreCase: true });
    const error = await errorOf(resolved(await processed(source, { sidecars: [other] }), [byId]));
    expect(error.message).toMatch(/unique must be the rule "unique:id" of the workers, got another \(chunk 0\)/);
    const twice = await errorOf(resolved(await processed(source, { sidecars: [byId] }), [byId, byId]));
    expect(twice.message).toMatch(/rules with names of their own/);
  });

  test('a column that no row has is CONFIG_INVALID in the worker', async () => {
    const error = await errorOf(processed(source, { sidecars: [uniqueRows({ columns: ['ID'] })] }));
    expect(error.message).toMatch(/^CONFIG_INVALID: columns must be names of columns that the rows have, got "ID"/);
    await processed('id,day\n', { sidecars: [uniqueRows({ columns: ['ID'] })] });
  });

  test.each<[string, object]>([
    ['columns', { columns: [] }],
    ['columns', { columns: ['a', 'a'] }],
    ['columns', { columns: 'id' }],
    ['onDuplicate', { onDuplicate: 'drop' }],
    ['compare', { compare: 'bytes' }],
    ['ignoreCase', { ignoreCase: 'yes' }],
    ['emptyKeys', { emptyKeys: 'reject' }],
    ['name', { name: 'issues' }],
    ['name', { name: 'warnings' }],
    ['name', { name: 'a|b' }],
  ])('a wrong %s is refused', (option, wrong) => {
    expect(() => uniqueRows({ columns: ['id'], ...wrong } as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ option }) }),
    );
  });

  test.each([0, 65_535, Number.NaN])('%s bytes of memory are refused', async (uniqueMemoryBytes) => {
    const batch = await processed(source, { sidecars: [byId] });
    expect((await errorOf(resolved(batch, [byId], { uniqueMemoryBytes }))).details.option).toBe('uniqueMemoryBytes');
  });
});
