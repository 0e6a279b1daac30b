import { batchKeys, type ChunkResult, type ObjectStore, readBytes, writeJson } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AmendmentClaim,
  amendChunk,
  commitAmendment,
  committedResults,
  merge,
  readAmendment,
} from '../../src/index.ts';
import { at, crcOf, errorOf, locations, processed, type TestBatch, textOf } from '../helpers.ts';

const keys = batchKeys('b1', locations);
const rows = (count: number): string => `id\n${Array.from({ length: count }, (_, row) => `${row}\n`).join('')}`;
const claimOf = (revision: number, name = `n${revision}`): AmendmentClaim => ({ revision, name, reason: 'test' });

const resultsOf = async ({ store, manifest, run }: TestBatch, revision?: number): Promise<ChunkResult[]> => {
  const results: ChunkResult[] = [];
  const options = { store, locations, run, ...(revision === undefined ? {} : { revision }) };
  for await (const result of committedResults(manifest, options)) results.push(result);
  return results;
};

/** Gives a chunk an output of another text, as one revision's amendment would. */
const amended = async (
  { store, run }: TestBatch,
  before: ChunkResult,
  text: string,
  { revision, name }: AmendmentClaim,
  attempt = 'x1',
): Promise<ChunkResult> => {
  const bytes = Buffer.from(text);
  const output = keys.processed(before.index, `r${revision}.${attempt}`);
  const object = (await store.write(output, bytes))!;
  const after = {
    ...before,
    attempt: `r${revision}.${attempt}`,
    amendedIn: revision,
    output: { ...before.output, object, bytes: bytes.length, crc32: crcOf(bytes) },
  };
  return amendChunk(before, after, keys.amendedResult(revision, name, before.index), { store, run });
};

describe('an overlay of amended results', () => {
  test('takes the place of the chunks that it names, for its revision and later ones', async () => {
    const batch = await processed(rows(6));
    const { store, manifest, run } = batch;
    const own = await resultsOf(batch);
    await amended(batch, own[1]!, 'B\nb\n', claimOf(2));
    expect(await resultsOf(batch, 2), 'nothing counts before the amendment is committed').toEqual(own);

    await commitAmendment(manifest, claimOf(2), [1], { store, locations, run });
    const [, second] = await resultsOf(batch, 2);
    expect(await textOf(store, second!.output.object)).toBe('B\nb\n');
    expect(second!.amendedIn).toBe(2);
    expect(await resultsOf(batch)).toEqual(own);
    expect(await resultsOf(batch, 3)).toEqual(await resultsOf(batch, 2));
    expect(await resultsOf(batch, 0)).toEqual(own);
  });

  test('each revision has an output of its own, and the old one stays', async () => {
    const batch = await processed(rows(6));
    const { store, manifest, run } = batch;
    const first = await merge(manifest, { store, locations, run });
    await amended(batch, (await resultsOf(batch))[2]!, 'X\ny\n', claimOf(2));
    await commitAmendment(manifest, claimOf(2), [2], { store, locations, run });
    const second = await merge({ ...manifest, revision: 2 }, { store, locations, run });
    expect(await textOf(store, first.output.object)).toBe(rows(6));
    expect(await textOf(store, second.output.object)).toBe('id\n0\n1\n2\n3\nX\ny\n');
    expect(second.rowsWritten).toBe(6);
  });

  test('of any amendments of any chunks, the last one that names a chunk counts', async () => {
    const spec = fc.record({
      chunks: fc.integer({ min: 1, max: 12 }),
      layers: fc.array(fc.option(fc.uniqueArray(fc.nat({ max: 11 }))), { maxLength: 4 }),
      concurrency: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(spec, async ({ chunks, layers, concurrency }) => {
        const batch = await processed(rows(chunks), { chunkRows: 1 });
        const { store, manifest, run } = batch;
        const expected = Array.from({ length: chunks }, () => 0);
        for (const [at, layer] of layers.entries()) {
          if (layer === null) continue;
          const claim = claimOf(at + 1);
          const indexes = layer.filter((index) => index < chunks).sort((a, b) => a - b);
          const before = await resultsOf(batch, at);
          for (const index of indexes) {
            await amended(batch, before[index]!, `${at + 1}\n`, claim);
            expected[index] = at + 1;
          }
          await commitAmendment(manifest, claim, indexes, { store, locations, run });
        }
        const found: number[] = [];
        const options = { store, locations, run, revision: layers.length, concurrency };
        for await (const result of committedResults(manifest, options)) found.push(result.amendedIn ?? 0);
        expect(found).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test.each<[string, (batch: TestBatch) => Promise<unknown>, RegExp]>([
    ['names a chunk behind the plan', (b) => commit(b, [9]), /names chunk 9, which the plan does not have/],
    ['is no JSON', ({ store }) => store.write(keys.amendment(1), Buffer.from('{"batch')), /is no JSON/],
    [
      'is of another batch',
      async (b) => edit(b, await commit(b, []), { batchId: 'b2' }),
      /is of revision 1 of batch b2/,
    ],
    ['is of another revision', async (b) => edit(b, await commit(b, []), { revision: 2 }), /is of revision 2/],
    ['has lost a chunk', async (b) => edit(b, await commit(b, [1]), { chunkCount: 2 }), /names 1 chunks, it has 2/],
  ])('an amendment that %s is MERGE_MISMATCH', async (_, spoil, message) => {
    const batch = await processed(rows(6));
    await amended(batch, (await resultsOf(batch))[1]!, 'B\nb\n', claimOf(1));
    await spoil(batch);
    const error = await errorOf(resultsOf(batch));
    expect([error.code, error.message]).toEqual(['MERGE_MISMATCH', expect.stringMatching(message)]);
  });

  test('an amended result that is missing fails the batch and names the chunk', async () => {
    const batch = await processed(rows(6));
    await commit(batch, [1]);
    const error = await errorOf(resultsOf(batch));
    expect([error.code, error.details.index]).toEqual(['MERGE_INCOMPLETE', 1]);
  });

  test('is read in step with the plan, and closed on an early exit', async () => {
    const batch = await processed(rows(60), { chunkRows: 1 });
    await amended(batch, (await resultsOf(batch))[0]!, 'B\n', claimOf(1));
    await commit(batch, [0]);
    let open = 0;
    const store: ObjectStore = {
      ...batch.store,
      async *read(ref, options) {
        open++;
        try {
          yield* batch.store.read(ref, options);
        } finally {
          open--;
        }
      },
    };
    for await (const { amendedIn } of committedResults(batch.manifest, {
      ...batch,
      store,
      locations,
      concurrency: 1,
    })) {
      expect(amendedIn).toBe(1);
      break;
    }
    expect(open).toBe(0);
  });
});

const commit = (
  { store, manifest, run }: TestBatch,
  indexes: readonly number[],
  claim = claimOf(1),
): ReturnType<typeof commitAmendment> => commitAmendment(manifest, claim, indexes, { store, locations, run });

const edit = ({ store }: TestBatch, before: object, change: object): Promise<unknown> =>
  writeJson(store, keys.amendment(1), { ...before, ...change });

describe('commitAmendment', () => {
  test('the first one of a revision counts, and the others are told so', async () => {
    const batch = await processed(rows(6));
    const { store, manifest, run } = batch;
    const both = await Promise.all([commit(batch, [0], claimOf(1, 'a')), commit(batch, [1], claimOf(1, 'b'))]);
    expect(both[0]).toEqual(both[1]);
    expect(await readAmendment(manifest, 1, { store, locations, run })).toEqual(both[0]);
    expect(await commit(batch, [2], claimOf(1, 'c'))).toEqual(both[0]);
    expect(await readAmendment(manifest, 2, { store, locations, run })).toBeUndefined();
  });

  test('goes on after a crash between its two writes', async () => {
    const batch = await processed(rows(6));
    const first = await commit(batch, [0, 2]);
    await batch.store.deleteMany([keys.amendment(1)]);
    expect(await commit(batch, [0, 2])).toMatchObject({ chunks: first.chunks, chunkCount: 2 });
    expect(await textOf(batch.store, first.chunks)).toBe('{"index":0}\n{"index":2}\n');
  });

  test.each([[[2, 1]], [[1, 1]], [[-1]], [[0.5]]])(
    'indexes %j are refused, and nothing is written',
    async (indexes) => {
      const batch = await processed(rows(6));
      const before = batch.store.keys();
      expect((await errorOf(commit(batch, indexes))).code).toBe('CONFIG_INVALID');
      expect(batch.store.keys()).toEqual(before);
    },
  );

  test.each([{ revision: 0 }, { revision: 1.5 }, { name: '' }, { name: 'a/b' }, { reason: '' }])(
    'a claim with %j is refused',
    async (wrong) => {
      const batch = await processed(rows(2));
      expect((await errorOf(commit(batch, [], { ...claimOf(1), ...wrong }))).code).toBe('CONFIG_INVALID');
    },
  );
});

describe('amendChunk', () => {
  test('the first one counts, and what the other wrote is removed', async () => {
    const batch = await processed(rows(6));
    const [own] = await resultsOf(batch);
    const first = await amended(batch, own!, 'A\na\n', claimOf(1), 'x1');
    expect(await amended(batch, own!, 'C\nc\n', claimOf(1), 'x2')).toEqual(first);
    const outputs = batch.store.keys().filter((key) => key.includes('/processed/0000000.'));
    expect(outputs).toEqual([own, first].map((result) => `work/${result!.output.object.key}`).sort());
  });

  test('an object that the result before it has too stays', async () => {
    const batch = await processed(rows(6));
    const { store, run } = batch;
    const [own] = await resultsOf(batch);
    const target = keys.amendedResult(2, 'n2', 0);
    await amendChunk(own!, { ...own!, attempt: 'r2.x1', amendedIn: 2 }, target, { store, run });
    await amendChunk(own!, { ...own!, attempt: 'r2.x2', amendedIn: 2 }, target, { store, run });
    expect((await readBytes(store, own!.output.object)).length).toBe(own!.output.bytes);
  });

  test.each<[string, Partial<ChunkResult>]>([
    ['another chunk', { index: 3 }],
    ['a row more', { rowsRead: 3, rowsWritten: 3 }],
    ['a row that went nowhere', { rowsWritten: 1 }],
    ['a reject that is in no part', { rowsWritten: 1, rowsRejected: 1 }],
    ['other bytes', { bytesRead: 1 }],
    ['other columns', { columns: ['other'] }],
    ['another format', { format: 'jsonl' }],
  ])('%s is MERGE_MISMATCH, and nothing is written', async (_, wrong) => {
    const batch = await processed(rows(6));
    const { store, run } = batch;
    const [own] = await resultsOf(batch);
    const before = store.keys();
    const error = await errorOf(amendChunk(own!, { ...own!, ...wrong }, at('x.json'), { store, run }));
    expect([error.code, error.details.index]).toEqual(['MERGE_MISMATCH', 0]);
    expect(store.keys()).toEqual(before);
  });
});
