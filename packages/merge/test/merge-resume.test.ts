import { createRunContext, type ObjectStore, PipelineDeadlineError, readBytes, writeJson } from '@pipeline/core';
import type { MemoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeParts } from '../src/index.ts';
import { at, crcOf, errorOf, scaledStore, writePieces } from './helpers.ts';

const limits = { minPartBytes: 5, maxPartBytes: 40, maxParts: 20, maxObjectBytes: 800 };
const target = at('out.csv');
const note = at('merge/r1.json');
const sizes = [3, 9, 4, 30, 12, 2, 2, 7, 55, 1];
const bodies = sizes.map((size, seed) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed * 101) & 0xff));
const wholeOf = Buffer.concat(bodies);
const options = { limits, note, joinBytes: 8, concurrency: 2 };

const counted = ['createMultipart', 'uploadPart', 'copyPart', 'completeMultipart', 'write', 'listParts'] as const;
type Counted = (typeof counted)[number];

/** The same store with something around each of the counted calls. */
const around = (
  store: ObjectStore,
  wrap: (name: Counted, call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): ObjectStore => {
  const wrapped: Record<string, unknown> = { ...store };
  for (const name of counted)
    wrapped[name] = (...args: unknown[]) =>
      wrap(name, () => (store[name] as (...all: unknown[]) => Promise<unknown>)(...args), args);
  return wrapped as unknown as ObjectStore;
};

/** A store that does something else at its `n`-th call, from 0; it tells which parts were made. */
const interrupted = (store: ObjectStore, n: number, before: () => void, after: () => void) => {
  let calls = 0;
  const made: number[] = [];
  const wrapped = around(store, async (name, go, args) => {
    const call = calls++;
    if (call === n) before();
    const answer = await go();
    if (name === 'uploadPart' || name === 'copyPart') made.push(args[1] as number);
    if (call === n) after();
    return answer;
  });
  return { store: wrapped, made, calls: () => calls };
};

const nothing = (): void => {};
const crash = (): never => {
  throw new Error('the process died');
};
/** What a crash leaves is what it would not have cleaned up. */
const withoutCleanUp = (store: ObjectStore): ObjectStore => ({ ...store, abortMultipart: async () => {} });

/** How many calls a merge makes that nothing ends. */
const callsOfMerge = async (): Promise<number> => {
  const store = scaledStore(limits);
  const seen = interrupted(store, -1, nothing, nothing);
  await mergeParts(await writePieces(store, bodies), target, {
    ...options,
    store: seen.store,
    run: createRunContext(),
  });
  return seen.calls();
};
const everyCall = Array.from({ length: await callsOfMerge() }, (_, call) => call);

const expectWhole = async (store: MemoryStore): Promise<void> => {
  expect(Buffer.compare(await readBytes(store, target), wholeOf)).toBe(0);
  expect(store.openUploads()).toBe(0);
};

describe('a merge that is called again', () => {
  test.each(everyCall)('after its time ended in call %i goes on with the parts that are there', async (call) => {
    const store = scaledStore(limits);
    const pieces = await writePieces(store, bodies);
    const time = new AbortController();
    const first = interrupted(store, call, nothing, () => time.abort(new PipelineDeadlineError('DEADLINE', {})));
    const run = createRunContext({ signal: time.signal });
    // The last calls are too late for an abort to matter.
    const ended = await mergeParts(pieces, target, { ...options, store: first.store, run }).catch((error) => error);
    if (ended instanceof Error) expect(ended).toMatchObject({ code: 'DEADLINE' });
    const second = interrupted(store, -1, nothing, nothing);
    const merged = await mergeParts(pieces, target, { ...options, store: second.store, run: createRunContext() });
    expect(merged).toMatchObject({ bytes: wholeOf.length, crc32: crcOf(wholeOf) });
    await expectWhole(store);
    const both = [...first.made, ...second.made];
    expect(new Set(both).size, 'no part is made twice').toBe(both.length);
  });

  test.each(everyCall.flatMap((call) => (['before', 'after'] as const).map((when) => [when, call] as const)))(
    'after a crash %s call %i comes to the same',
    async (when, call) => {
      const store = scaledStore(limits);
      const pieces = await writePieces(store, bodies);
      const first = interrupted(
        withoutCleanUp(store),
        call,
        when === 'before' ? crash : nothing,
        when === 'after' ? crash : nothing,
      );
      await mergeParts(pieces, target, { ...options, store: first.store, run: createRunContext() }).catch(() => {});
      await mergeParts(pieces, target, { ...options, store, run: createRunContext() });
      expect(Buffer.compare(await readBytes(store, target), wholeOf)).toBe(0);
      // Only an upload that nobody noted yet is left to the lifecycle rule.
      expect(store.openUploads()).toBeLessThanOrEqual(1);
    },
  );

  test('at the same time works on one upload, and one result stands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const store = scaledStore(limits);
        const pieces = await writePieces(store, bodies);
        const slow = around(store, async (name, go) => {
          await scheduler.schedule(Promise.resolve(), name);
          return go();
        });
        const merging = Promise.allSettled(
          [1, 2].map(() => mergeParts(pieces, target, { ...options, store: slow, run: createRunContext() })),
        );
        await scheduler.waitFor(merging);
        // The slower one may find the upload gone under its hands; then it is called again, as after any such failure.
        const settled = await merging;
        expect(settled.some(({ status }) => status === 'fulfilled')).toBe(true);
        await mergeParts(pieces, target, { ...options, store, run: createRunContext() });
        await expectWhole(store);
      }),
      { numRuns: 100 },
    );
  });

  test('ends the upload of a try beside it that died once all was done', async () => {
    const store = scaledStore(limits);
    const pieces = await writePieces(store, bodies);
    await mergeParts(pieces, target, { ...options, store, run: createRunContext() });
    const zombie = await store.createMultipart(target);
    await writeJson(store, note, { uploadId: zombie.uploadId, plan: 'of the other try' });
    expect(store.openUploads()).toBe(1);
    await mergeParts(pieces, target, { ...options, store, run: createRunContext() });
    await expectWhole(store);
  });

  test('with other pieces does not take over the parts of the first ones', async () => {
    const store = scaledStore(limits);
    const time = new AbortController();
    const first = interrupted(store, 4, nothing, () => time.abort(new PipelineDeadlineError('DEADLINE', {})));
    const run = createRunContext({ signal: time.signal });
    await errorOf(mergeParts(await writePieces(store, bodies), target, { ...options, store: first.store, run }));
    const others = bodies.map((body) => body.map((byte) => byte ^ 1));
    await mergeParts(await writePieces(store, others), target, { ...options, store, run: createRunContext() });
    expect(Buffer.compare(await readBytes(store, target), Buffer.concat(others))).toBe(0);
  });

  test('names the piece that was altered between, and leaves no upload of it', async () => {
    const store = scaledStore(limits);
    const pieces = await writePieces(store, bodies);
    const time = new AbortController();
    const first = interrupted(store, 4, nothing, () => time.abort(new PipelineDeadlineError('DEADLINE', {})));
    const run = createRunContext({ signal: time.signal });
    await errorOf(mergeParts(pieces, target, { ...options, store: first.store, run }));
    await store.write(at('pieces/8'), new Uint8Array(55));
    const error = await errorOf(mergeParts(pieces, target, { ...options, store, run: createRunContext() }));
    expect([error.code, error.details.index]).toEqual(['MERGE_MISMATCH', 8]);
    expect(store.openUploads()).toBe(0);
  });
});
