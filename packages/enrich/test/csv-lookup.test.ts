import { type ObjectStore, PipelineConfigError, type PipelineError, PipelineStorageError } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import { type CsvLookupOptions, compositeKey, csvLookup, enrich } from '../src/index.ts';
import { batchesOf, collect, virtualRun } from './helpers.ts';

const source = { bucket: 'reference', key: 'countries.csv' };

const storeWith = async (text: string): Promise<ObjectStore & { readonly reads: number }> => {
  const store = memoryStore();
  await store.write(source, Buffer.from(text));
  let reads = 0;
  return {
    ...store,
    get reads() {
      return reads;
    },
    read: (...parameters) => {
      reads++;
      return store.read(...parameters);
    },
  };
};

const countries = 'code,name,region\nDE,Germany,EU\nFR,"France, la",EU\nJP,Japan,Asia\n';

const lookupOf = (store: ObjectStore, options: Partial<CsvLookupOptions<string>> = {}) =>
  csvLookup({ name: 'countries', store, source, keyColumn: 'code', ...options });

const refusal = async (text: string, options: Partial<CsvLookupOptions<string>> = {}): Promise<PipelineError> =>
  lookupOf(await storeWith(text), options)
    .loadMany(['DE'], virtualRun())
    .then(
      () => expect.unreachable('it was read'),
      (error: PipelineError) => error,
    );

describe('a reference file', () => {
  test('gives the text of all columns but the key', async () => {
    const found = await lookupOf(await storeWith(countries)).loadMany(['FR', 'XX', 'DE', 'FR'], virtualRun());
    expect([...found]).toEqual([
      ['FR', { name: 'France, la', region: 'EU' }],
      ['DE', { name: 'Germany', region: 'EU' }],
    ]);
  });

  test('gives the chosen columns only, in another dialect, with a BOM and CRLF', async () => {
    const store = await storeWith("\ufeffcode;name;region\r\nDE;'Ger;many';EU\r\n");
    const lookup = csvLookup({
      name: 'countries',
      store,
      source,
      keyColumn: 'code',
      columns: ['name'],
      dialect: { delimiter: ';', quote: "'" },
    });
    expect((await lookup.loadMany(['DE'], virtualRun())).get('DE')).toEqual({ name: 'Ger;many' });
  });

  test('is read once, however many ask for it at the same time and later', async () => {
    const store = await storeWith(countries);
    const lookup = lookupOf(store);
    const run = virtualRun();
    await Promise.all([lookup.loadMany(['DE'], run), lookup.loadMany(['FR'], run)]);
    const { reads } = store;
    await lookup.loadMany(['JP'], run);
    expect(store.reads).toBe(reads);
    expect(run.events).toEqual([
      {
        type: 'lookup.loaded',
        batchId: 'local',
        lookup: 'countries',
        loaded: 3,
        calls: 1,
        heldBytes: expect.any(Number),
        durationMs: 0,
      },
    ]);
  });

  test('is read again after ttlMs', async () => {
    const store = await storeWith(countries);
    const lookup = lookupOf(store, { ttlMs: 60_000 });
    const run = virtualRun();
    await lookup.loadMany(['DE'], run);
    await store.write(source, Buffer.from('code,name,region\nXX,Nowhere,None\n'));
    await run.timers.sleep(59_999);
    expect((await lookup.loadMany(['XX'], run)).size).toBe(0);
    await run.timers.sleep(1);
    expect((await lookup.loadMany(['XX'], run)).size).toBe(1);
  });

  test('is not read again after ttlMs where it has not changed', async () => {
    const store = await storeWith(countries);
    const lookup = lookupOf(store, { ttlMs: 1_000 });
    const run = virtualRun();
    await lookup.loadMany(['DE'], run);
    const { reads } = store;
    await run.timers.sleep(1_000);
    expect(lookup.recall?.('DE', run.clock.now())).toBeUndefined();
    expect((await lookup.loadMany(['DE'], run)).size).toBe(1);
    expect(lookup.recall?.('DE', run.clock.now())).toBeDefined();
    expect(store.reads).toBe(reads);
  });

  test('has a key of several columns, equal only where all parts are', async () => {
    const store = await storeWith('shop,article,price\na,bc,1\nab,c,2\n"a","c,""d""",3\n');
    const lookup = lookupOf(store, { keyColumn: ['shop', 'article'] });
    const keys = [compositeKey('a', 'bc'), compositeKey('ab', 'c'), compositeKey('a', 'c,"d"'), compositeKey('a', 'b')];
    const found = await lookup.loadMany(keys, virtualRun());
    expect(keys.map((key) => (found.get(key) as Record<string, string> | undefined)?.price)).toEqual([
      '1',
      '2',
      '3',
      undefined,
    ]);
  });

  test('is read again when reading it failed', async () => {
    const store = await storeWith(countries);
    let failures = 1;
    const lookup = lookupOf({
      ...store,
      head: async (...parameters) => {
        if (failures-- > 0)
          throw new PipelineStorageError('STORAGE_FAILED', {
            operation: 'head',
            object: 'x',
            tries: 5,
            reason: 'HTTP 503',
          });
        return store.head(...parameters);
      },
    });
    await expect(lookup.loadMany(['DE'], virtualRun())).rejects.toMatchObject({
      name: 'PipelineStorageError',
      retryable: true,
    });
    expect((await lookup.loadMany(['DE'], virtualRun())).size).toBe(1);
  });

  test('is read on for those who wait when the one who began leaves', async () => {
    const lookup = lookupOf(await storeWith(countries));
    const abort = new AbortController();
    const run = virtualRun();
    const first = lookup.loadMany(['DE'], run.with({ signal: abort.signal }));
    const second = lookup.loadMany(['DE'], run);
    abort.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect((await second).size).toBe(1);
  });

  test('of many batches, larger than one block, is held whole', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `k${index},value number ${index}`);
    const lookup = lookupOf(await storeWith(`code,value\n${lines.join('\n')}`));
    const found = await lookup.loadMany(['k0', 'k15000', 'k29999', 'k30000'], virtualRun());
    expect([...found]).toEqual([
      ['k0', { value: 'value number 0' }],
      ['k15000', { value: 'value number 15000' }],
      ['k29999', { value: 'value number 29999' }],
    ]);
  });

  test('enriches rows', async () => {
    const lookup = csvLookup({
      name: 'countries',
      store: await storeWith(countries),
      source,
      keyColumn: 'code',
      columns: ['region'],
    });
    const stage = enrich(lookup, {
      key: (row: Record<string, string>) => row.country,
      columns: ['region'],
      assign: (_, { region }) => ({ region }),
    });
    const batches = await collect(
      stage(
        batchesOf(
          [
            { id: '1', country: 'JP' },
            { id: '2', country: '' },
          ],
          10,
        ),
        virtualRun(),
      ),
    );
    expect(batches[0]!.assigned).toEqual([{ region: 'Asia' }]);
    expect(batches[0]!.rejects).toHaveLength(1);
  });
});

describe('a key on several rows', () => {
  const doubled = 'code,name\nDE,first\nFR,other\nDE,last\n';

  test('refuses the file, naming the row and not the key', async () => {
    const error = await refusal(doubled);
    expect([error.name, error.code]).toEqual(['PipelineLookupRefusedError', 'LOOKUP_REFUSED']);
    expect(error.message).toContain('s3://reference/countries.csv');
    expect(error.message).toContain('has the key of data row 3 on an earlier one too');
  });

  test.each(['first', 'last'] as const)(
    "means the %s of them where 'onDuplicateKey' says so",
    async (onDuplicateKey) => {
      const lookup = lookupOf(await storeWith(doubled), { onDuplicateKey });
      expect((await lookup.loadMany(['DE'], virtualRun())).get('DE')).toEqual({ name: onDuplicateKey });
    },
  );
});

describe('a file that cannot be used', () => {
  test('because a row is malformed is refused with the row', async () => {
    const error = await refusal('code,name\nFR,ok\nDE,one,two\n');
    expect(error.message).toContain('is malformed: data row 2 has 3 fields, the header has 2');
  });

  test.each([
    ['keyColumn', 'code,name\n', { keyColumn: 'iso' }, 'iso'],
    ['columns', 'code,name\nDE,x\n', { columns: ['name', 'area'] }, 'area'],
  ])('because it lacks a column of %s is a matter of configuration', async (option, text, options, column) => {
    const error = await refusal(text, options);
    expect(error).toBeInstanceOf(PipelineConfigError);
    expect(error.message).toContain(
      `CONFIG_INVALID: ${option} must be among the columns of s3://reference/countries.csv`,
    );
    expect(error.message).toContain(`(code, name), got "${column}"`);
  });

  test('because it is larger than maxBytes is refused before it is read', async () => {
    const error = await refusal(countries, { maxBytes: 10 });
    expect(error.code).toBe('LOOKUP_REFUSED');
    expect(error.message).toContain(`has ${countries.length} bytes, more than maxBytes (10)`);
  });

  test('because it is not there or empty is refused as a look-up, not as the input of the batch', async () => {
    expect(await refusal('')).toMatchObject({ name: 'PipelineLookupRefusedError', code: 'LOOKUP_REFUSED' });
    const gone = lookupOf(memoryStore()).loadMany(['DE'], virtualRun());
    await expect(gone).rejects.toThrow(
      /^LOOKUP_REFUSED: look-up countries was refused: SOURCE_NOT_FOUND: s3:\/\/reference\/countries\.csv/,
    );
  });

  test('because it has a header only is an empty table', async () => {
    expect((await lookupOf(await storeWith('code,name\n')).loadMany(['DE'], virtualRun())).size).toBe(0);
  });
});
