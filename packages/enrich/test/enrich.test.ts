import {
  type CsvRecord,
  compose,
  PipelineLookupError,
  PipelineLookupRefusedError,
  type RowBatch,
} from '@pipeline/core';
import { describe, expect, test, vi } from 'vitest';
import { createLookup, enrich, type Lookup, LookupKeyError, LookupSourceError } from '../src/index.ts';
import { batchesOf, batchOf, collect, virtualRun } from './helpers.ts';

interface Customer {
  readonly tier: string;
  readonly discount: number;
}

const tiers: ReadonlyMap<string, Customer> = new Map([
  ['c1', { tier: 'gold', discount: 10 }],
  ['c2', { tier: 'silver', discount: 5 }],
]);

const customers = (values: ReadonlyMap<string, Customer | LookupKeyError> = tiers): Lookup<string, Customer> =>
  createLookup({ name: 'customers', load: async () => values });

const options = {
  key: (row: CsvRecord) => row.customer || undefined,
  keyColumn: 'customer',
  columns: ['tier', 'discount'] as const,
  assign: (_: CsvRecord, { tier, discount }: Customer) => ({ tier, discount }),
};

const order = (id: number, customer: string): CsvRecord => ({ id: String(id), customer });

async function* rowsOf(...batches: RowBatch<CsvRecord>[]) {
  yield* batches;
}

describe('rows', () => {
  test('get the columns of their key in order, and the file keeps everything else as it was', async () => {
    const stage = enrich(customers(), options);
    const [batch] = await collect(
      stage(rowsOf(batchOf([order(1, 'c2'), order(2, 'c1'), order(3, 'c2')])), virtualRun()),
    );
    expect(batch!.rows).toEqual([
      { id: '1', customer: 'c2', tier: 'silver', discount: 5 },
      { id: '2', customer: 'c1', tier: 'gold', discount: 10 },
      { id: '3', customer: 'c2', tier: 'silver', discount: 5 },
    ]);
    expect(batch!.assigned[1]).toEqual({ tier: 'gold', discount: 10 });
    expect(batch!.rejects).toEqual([]);
    expect(stage.columns?.(['id', 'tier', 'customer'])).toEqual(['id', 'tier', 'customer', 'discount']);
  });

  test('are given only the declared columns of what assign returns', async () => {
    const stage = enrich(customers(), {
      ...options,
      columns: ['tier'],
      assign: (row, { tier }) => ({ ...row, id: 'lost', tier }),
    });
    const [batch] = await collect(stage(rowsOf(batchOf([order(1, 'c1')])), virtualRun()));
    expect(batch!.assigned).toEqual([{ tier: 'gold' }]);
    expect(batch!.rows).toEqual([{ id: '1', customer: 'c1', tier: 'gold' }]);
  });

  test('are looked up with at most one call per batch', async () => {
    const lookup = customers();
    const loadMany = vi.spyOn(lookup, 'loadMany');
    const rows = Array.from({ length: 2_500 }, (_, id) => order(id, id % 2 === 0 ? 'c1' : 'c2'));
    const batches = await collect(enrich(lookup, options)(batchesOf(rows, 1_000), virtualRun()));
    expect(batches.flatMap((batch) => batch.rows.map((row) => row.id))).toEqual(rows.map((row) => row.id));
    expect(loadMany).toHaveBeenCalledTimes(2); // all keys of the third batch are remembered
  });

  test('go through further look-ups one after the other', async () => {
    const levels = createLookup<string, number>({
      name: 'levels',
      load: async () =>
        new Map([
          ['gold', 3],
          ['silver', 2],
        ]),
    });
    const stage = compose(
      enrich(customers(), options),
      enrich(levels, {
        key: (row: { tier: string }) => row.tier,
        columns: ['level'],
        assign: (_, level) => ({ level }),
      }),
    );
    const [batch] = await collect(stage(rowsOf(batchOf([order(1, 'c1')])), virtualRun()));
    expect(batch!.assigned).toEqual([{ tier: 'gold', discount: 10, level: 3 }]);
    expect(stage.columns?.(['id'])).toEqual(['id', 'tier', 'discount', 'level']);
  });
});

describe('rows without an entry', () => {
  const rows = [order(1, 'c1'), order(2, 'c9'), order(3, ''), order(4, 'c2')];

  test('are rejected by default, with where they stood and why', async () => {
    const source = batchOf(rows, 101, 5_000);
    const [batch] = await collect(enrich(customers(), options)(rowsOf(source), virtualRun()));
    expect(batch!.rows.map((row) => [row.id, row.tier])).toEqual([
      ['1', 'gold'],
      ['4', 'silver'],
    ]);
    expect(batch!.positions).toEqual([0, 3]);
    const issue = {
      code: 'LOOKUP_MISSING',
      rule: 'customers',
      column: 'customer',
      message: 'has no entry in customers',
      hint: 'correct the key, or have the entry added, and send the row again',
      severity: 'error',
    };
    expect(
      batch!.rejects.map(({ raw, newline: _, ...reject }) => ({ ...reject, raw: Buffer.from(raw).toString() })),
    ).toEqual([
      { rowNumber: 102, byteOffset: 5_005, raw: '2,c9', issues: [{ ...issue, value: 'c9' }] },
      { rowNumber: 103, byteOffset: 5_010, raw: '3,', issues: [issue] },
    ]);
  });

  test("get empty fields under 'null'", async () => {
    const [batch] = await collect(
      enrich(customers(), { ...options, onMissing: 'null' })(rowsOf(batchOf(rows)), virtualRun()),
    );
    expect(batch!.assigned).toEqual([
      { tier: 'gold', discount: 10 },
      { tier: null, discount: null },
      { tier: null, discount: null },
      { tier: 'silver', discount: 5 },
    ]);
    expect(batch!.rejects).toEqual([]);
  });

  test('get the default values', async () => {
    const onMissing = { default: { tier: 'none', discount: 0 } };
    const [batch] = await collect(enrich(customers(), { ...options, onMissing })(rowsOf(batchOf(rows)), virtualRun()));
    expect(batch!.rows.map((row) => row.tier)).toEqual(['gold', 'none', 'none', 'silver']);
  });

  test("fail the batch under 'fail', naming the first such row and not its key", async () => {
    const stage = enrich(customers(), { ...options, onMissing: 'fail' });
    const source = batchesOf(rows, 4);
    const failure = await collect(stage(source, virtualRun())).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PipelineLookupRefusedError);
    expect((failure as Error).message).toBe(
      'LOOKUP_KEY_MISSING: look-up customers has no entry for the key at data row 2, byte offset 5; add it or choose another policy for missing keys',
    );
    expect((failure as PipelineLookupRefusedError).retryable).toBe(false);
    expect(source.closed).toBe(1);
  });

  test('keep at most 200 characters of their key in the issue', async () => {
    const [batch] = await collect(
      enrich(customers(), options)(rowsOf(batchOf([order(1, 'x'.repeat(1_000))])), virtualRun()),
    );
    expect(batch!.rejects[0]!.issues[0]!.value).toHaveLength(200);
  });
});

describe('rows without a usable answer', () => {
  const poisoned = new LookupKeyError('the account is locked');
  const failing = (error: LookupSourceError): Lookup<string, Customer> =>
    createLookup({
      name: 'customers',
      batchSize: 1,
      retries: 0,
      load: async ([key]) => (key === 'c9' ? Promise.reject(error) : tiers),
    });
  const lookups = {
    poisoned: customers(new Map<string, Customer | LookupKeyError>([...tiers, ['c9', poisoned]])),
    failed: failing(new LookupSourceError('HTTP 503', { status: 503 })),
    slow: failing(new LookupSourceError('no answer', { retryable: true, slow: true })),
  };
  const rows = [order(1, 'c1'), order(2, 'c9'), order(3, 'c2')];
  const cases = [
    ['poisoned', 'onPoisoned', 'LOOKUP_KEY_FAILED', 'could not be looked up in customers: the account is locked'],
    ['failed', 'onFailed', 'LOOKUP_UNANSWERED', 'got no answer from customers: HTTP 503; send the row again'],
    ['slow', 'onSlow', 'LOOKUP_UNANSWERED', 'got no answer from customers: no answer; send the row again'],
    ['slow', 'onFailed', 'LOOKUP_UNANSWERED', 'got no answer from customers: no answer; send the row again'],
  ] as const;
  const enriched = async (kind: keyof typeof lookups, policy: object) =>
    (await collect(enrich(lookups[kind], { ...options, ...policy })(rowsOf(batchOf(rows)), virtualRun())))[0]!;

  test.each(cases)('because it %s are rejected alone under %s', async (kind, option, code, message) => {
    const batch = await enriched(kind, { [option]: 'reject' });
    expect(batch.rows.map(({ id }) => id)).toEqual(['1', '3']);
    const hint = kind === 'poisoned' ? { hint: 'send the row again; if it fails again, correct the key' } : {};
    expect(batch.rejects[0]!.issues).toEqual([
      { code, rule: 'customers', column: 'customer', value: 'c9', message, ...hint, severity: 'error' },
    ]);
    expect(batch.warnings).toEqual({});
  });

  test.each(cases)(
    'because it %s get empty or default values under %s, and are counted',
    async (kind, option, code) => {
      const empty = await enriched(kind, { [option]: 'null' });
      expect(empty.rows.map(({ tier }) => tier)).toEqual(['gold', null, 'silver']);
      const filled = await enriched(kind, { [option]: { default: { tier: 'none', discount: 0 } } });
      expect(filled.rows.map(({ tier }) => tier)).toEqual(['gold', 'none', 'silver']);
      for (const { warnings, rejects } of [empty, filled]) {
        expect(warnings).toEqual({ [`${code}|customers|customer`]: 1 });
        expect(rejects).toEqual([]);
      }
    },
  );

  test.each(cases)("because it %s fail the batch under %s: 'fail'", async (kind, option) => {
    const failure = await enriched(kind, { onFailed: 'reject', [option]: 'fail' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: kind === 'poisoned' ? 'LOOKUP_REFUSED' : 'LOOKUP_FAILED' });
    expect((failure as Error).message).not.toContain('c9');
  });

  test('because the source failed or is slow fail the chunk, which may be tried again, where nothing else is said', async () => {
    for (const kind of ['failed', 'slow'] as const)
      await expect(enriched(kind, { onMissing: 'null' })).rejects.toMatchObject({
        code: 'LOOKUP_FAILED',
        retryable: true,
      });
  });

  test('because a look-up of another make threw follow the same policy', async () => {
    const error = new PipelineLookupError('LOOKUP_FAILED', { lookup: 'own', tries: 1, reason: 'x' });
    const own: Lookup<string, Customer> = { name: 'own', loadMany: async () => Promise.reject(error) };
    const [batch] = await collect(enrich(own, { ...options, onFailed: 'reject' })(rowsOf(batchOf(rows)), virtualRun()));
    expect(batch!.rejects).toHaveLength(3);
    expect(batch!.rejects[0]!.issues[0]!.code).toBe('LOOKUP_UNANSWERED');
  });

  test('because no call is allowed fail the batch whatever the policy', async () => {
    const refused = createLookup<string, Customer>({
      name: 'customers',
      load: async () => Promise.reject(new LookupSourceError('HTTP 403', { status: 403 })),
    });
    const stage = enrich(refused, { ...options, onFailed: 'null', onPoisoned: 'null' });
    await expect(collect(stage(rowsOf(batchOf(rows)), virtualRun()))).rejects.toMatchObject({ code: 'LOOKUP_REFUSED' });
  });
});

test('a row on which key or assign throws is rejected alone, without the text of the error', async () => {
  const stage = enrich(customers(), {
    ...options,
    key: (row: CsvRecord) => {
      if (row.id === '1') throw new TypeError('c1 is poison');
      return row.customer;
    },
    assign: (row, customer) => {
      if (row.id === '2') throw new RangeError('c1 is poison');
      return options.assign(row, customer);
    },
  });
  const [batch] = await collect(stage(rowsOf(batchOf([1, 2, 3].map((id) => order(id, 'c1')))), virtualRun()));
  expect(batch!.rows.map((row) => row.id)).toEqual(['3']);
  expect(batch!.rejects.map((reject) => reject.issues[0]!.message)).toEqual([
    'rule customers failed on this row (TypeError)',
    'rule customers failed on this row (RangeError)',
  ]);
});

test('rows that were rejected before stay rejected, and batches without rows ask nothing', async () => {
  const lookup = customers();
  const loadMany = vi.spyOn(lookup, 'loadMany');
  const first = enrich(lookup, { ...options, key: () => undefined });
  const second = enrich(lookup, options);
  const [batch] = await collect(compose(first, second)(rowsOf(batchOf([order(1, 'c1')])), virtualRun()));
  expect(batch!.rejects).toHaveLength(1);
  expect(loadMany).not.toHaveBeenCalled();
});

describe('looking ahead', () => {
  const rows = Array.from({ length: 10 }, (_, id) => order(id, `c${id}`));
  const slow = (ms: number, seen: string[] = []) => ({
    name: 'slow',
    loadMany: async (
      keys: readonly string[],
      { timers, signal }: { timers: ReturnType<typeof virtualRun>['timers']; signal: AbortSignal },
    ) => {
      await timers.sleep(ms, signal);
      seen.push(...keys);
      return new Map(keys.map((key) => [key, { tier: key, discount: 0 }]));
    },
  });

  test.each([
    [0, 10 * (100 + 100)],
    [1, 100 + 10 * 100],
  ])(
    'with prefetchBatches %i, ten batches of 100 ms look-up and 100 ms further work take %i ms',
    async (prefetchBatches, totalMs) => {
      const run = virtualRun();
      const startedMs = run.clock.now();
      const ids: string[] = [];
      for await (const batch of enrich(slow(100), { ...options, prefetchBatches })(batchesOf(rows, 1), run)) {
        ids.push(...batch.rows.map((row) => row.tier));
        await run.timers.sleep(100);
      }
      expect(ids).toEqual(rows.map((row) => row.customer));
      expect(run.clock.now() - startedMs).toBe(totalMs);
    },
  );

  test('is bounded, does nothing before the first pull, and ends with the consumer', async () => {
    const run = virtualRun();
    const source = batchesOf(rows, 1);
    const seen: string[] = [];
    const output = enrich(slow(100, seen), { ...options, prefetchBatches: 2 })(source, run)[Symbol.asyncIterator]();
    expect(source.pulled).toBe(0);
    await output.next();
    await run.timers.sleep(1_000);
    expect(source.pulled).toBe(3);
    await output.next();
    expect(source.pulled).toBe(4);
    await output.return?.();
    expect(source.closed).toBe(1);
    await run.timers.sleep(1_000);
    expect(seen).toEqual(['c0', 'c1', 'c2']); // the look-up of c3 was aborted
  });

  test('hands on what came before a broken source, then its error', async () => {
    async function* broken() {
      yield batchOf([order(1, 'c1')]);
      throw new Error('the disk is gone');
    }
    const output = enrich(customers(), options)(broken(), virtualRun())[Symbol.asyncIterator]();
    expect((await output.next()).value.rows).toHaveLength(1);
    await expect(output.next()).rejects.toThrow('the disk is gone');
  });

  test('stops with the reason of the signal and closes the source', async () => {
    const abort = new AbortController();
    const run = virtualRun({ signal: abort.signal });
    const source = batchesOf(rows, 1);
    run.timers.sleep(250).then(() => abort.abort(new Error('out of time')));
    await expect(collect(enrich(slow(100), options)(source, run))).rejects.toThrow('out of time');
    expect(source.closed).toBe(1);
  });

  test('refuses options that it does not know', () => {
    expect(() => enrich(customers(), { ...options, prefetchBatches: -1 })).toThrow(
      'CONFIG_INVALID: prefetchBatches must be',
    );
    expect(() => enrich(customers(), { ...options, onMissing: 'skip' as 'null' })).toThrow(
      'CONFIG_INVALID: onMissing must be',
    );
  });
});
