import {
  batchKeys,
  type ObjectStore,
  PipelineDeadlineError,
  type PipelineEvent,
  readBytes,
  readJsonLines,
} from '@pipeline/core';
import type { MemoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runScanTask, type ScanTask, type SplitOrScanOptions, splitOrScan } from '../src/index.ts';
import { nastyBytes } from './arbitraries.ts';
import { chunksOf, comma, failureOf, input, locations, runOf, splitText, storeWith } from './helpers.ts';
import { parseReference } from './reference-parser.ts';

const nastyFile = nastyBytes(',', '"', 120)
  .map((bytes) => Buffer.concat([Buffer.from('h1,h2\n'), bytes]))
  .filter((bytes) => parseReference(bytes, comma).failure === undefined);

const text = `id,text\n${Array.from({ length: 200 }, (_, row) => `${row},"quoted\n${row},text"\n`).join('')}`;

const step = (store: ObjectStore, options: Partial<SplitOrScanOptions> = {}) =>
  splitOrScan(input, { store, locations, run: runOf(), plan: 'parallel', scanTasksFromBytes: 64, ...options });

const tasksOf = async (store: ObjectStore, planNumber = 1): Promise<ScanTask[]> => {
  const tasks: ScanTask[] = [];
  const { scanRanges } = batchKeys('batch', locations, planNumber);
  for await (const task of readJsonLines<ScanTask>(store, scanRanges)) tasks.push(task);
  return tasks;
};

const planOf = async (store: MemoryStore, path = ''): Promise<string> =>
  Buffer.from(await readBytes(store, { bucket: 'work', key: `batches/batch/${path}chunks.jsonl` })).toString();

/** Asks for tasks, and answers the cursor as it comes through a state machine. */
const cursorOf = async (store: ObjectStore, options: Partial<SplitOrScanOptions> = {}) => {
  const asked = await step(store, options);
  if (!('scan' in asked)) throw new Error('no tasks were asked for');
  return JSON.parse(JSON.stringify(asked.cursor)) as typeof asked.cursor;
};

describe('a full scan by tasks', () => {
  test('makes the plan of one pass, in whatever order the tasks are done, and however often', async () => {
    let several = 0;
    await fc.assert(
      fc.asyncProperty(
        nastyFile,
        fc.integer({ min: 1, max: 60 }),
        fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 1, max: 20 }) }, fc.integer({ min: 1, max: 400 })),
        fc.infiniteStream(fc.nat(1000)),
        async (bytes, chunkBytes, scanTasksFromBytes, order) => {
          const whole = await splitText(bytes, { chunkBytes });
          const store = await storeWith(bytes);
          const asked = await step(store, { chunkBytes, scanTasksFromBytes });
          if ('manifest' in asked) {
            expect(bytes.length - 6).toBeLessThan(scanTasksFromBytes);
            expect(await chunksOf(asked.manifest)).toEqual(
              whole.chunks.map((chunk) => ({ ...chunk, planMode: 'parallel' })),
            );
            return;
          }
          const tasks = await tasksOf(store);
          if (tasks.length > 1) several++;
          for (const task of [...tasks, ...tasks.slice(0, 2)].sort(() => order.next().value - 500))
            await runScanTask(task, { store, locations, run: runOf() });
          const done = await step(store, { chunkBytes, scanTasksFromBytes, resume: asked.cursor });
          if (!('manifest' in done)) throw new Error('more tasks were asked for');
          expect(done.manifest).toMatchObject({ planMode: 'parallel', rowCount: whole.manifest.rowCount });
          expect(await chunksOf(done.manifest)).toEqual(
            whole.chunks.map((chunk) => ({ ...chunk, planMode: 'parallel' })),
          );
        },
      ),
      { numRuns: 150 },
    );
    expect(several).toBeGreaterThan(30);
  });

  test('asks for tasks that say everything, and for the same when it is called again', async () => {
    const store = await storeWith(text);
    await cursorOf(store, { chunkBytes: 300, scanTasksFromBytes: 3000 });
    const tasks = await tasksOf(store);
    expect(tasks.length).toBeGreaterThan(3);
    expect(tasks.map(({ index }) => index)).toEqual(tasks.map((_, index) => index));
    expect(tasks[0]!.object.etag).toEqual(expect.any(String));
    // Only the first of them is known to begin with a record.
    expect(tasks.map(({ range }) => range.startsAt)).toEqual([8, ...tasks.slice(1).map(() => undefined)]);
    expect(tasks.slice(1).some(({ range }) => 'startsAt' in range)).toBe(false);
    for (const [index, { range }] of tasks.entries())
      expect(range.firstCell).toBe(tasks[index - 1]?.range.endCell ?? 0);
    await cursorOf(store, { chunkBytes: 300, scanTasksFromBytes: 3000 });
    expect(await tasksOf(store)).toEqual(tasks);
  });

  test('has keys of its own for the plan that takes the place of another', async () => {
    const store = await storeWith(text);
    const options = { chunkBytes: 300, planNumber: 2 };
    const resume = await cursorOf(store, options);
    for (const task of await tasksOf(store, 2))
      await runScanTask(task, { store, locations, planNumber: 2, run: runOf() });
    await step(store, { ...options, resume });
    expect(store.keys().filter((key) => !key.startsWith('inbox/') && !key.includes('/plan-2/'))).toEqual([]);
    expect((await planOf(store, 'plan-2/')).split('\n').length).toBeGreaterThan(5);
  });

  test('goes on where a deadline stopped the reduction', async () => {
    const whole = await splitText(text, { chunkBytes: 40 });
    const store = await storeWith(text);
    let resume = await cursorOf(store, { chunkBytes: 40 });
    for (const task of await tasksOf(store)) await runScanTask(task, { store, locations, run: runOf() });
    let stops = 0;
    for (let mostScans = 34; ; mostScans += 40) {
      const controller = new AbortController();
      let scans = 0;
      const late: ObjectStore = {
        ...store,
        async *read(ref, options) {
          if (/scan\/\d/.test(ref.key) && ++scans > mostScans)
            controller.abort(new PipelineDeadlineError('DEADLINE', {}));
          options?.signal?.throwIfAborted();
          yield* store.read(ref, options);
        },
      };
      const run = runOf({ signal: controller.signal });
      const work = step(late, { chunkBytes: 40, run, resume });
      try {
        const done = await work;
        if (!('manifest' in done)) throw new Error('more tasks were asked for');
        break;
      } catch (error) {
        const { cursor } = (error as PipelineDeadlineError).details as { cursor: typeof resume };
        expect(cursor).toMatchObject({ scanned: true, nextIndex: expect.any(Number) });
        expect(cursor.nextIndex).toBeGreaterThan(resume.nextIndex);
        resume = cursor;
        stops++;
      }
    }
    expect(stops).toBeGreaterThan(0);
    expect(await planOf(store)).toBe(await planOf(whole.store));
  });

  test('a task that was not done is named, and nothing is planned', async () => {
    const store = await storeWith(text);
    const resume = await cursorOf(store, { chunkBytes: 300 });
    for (const task of await tasksOf(store))
      if (task.index !== 3) await runScanTask(task, { store, locations, run: runOf() });
    const error = await failureOf(step(store, { chunkBytes: 300, resume }));
    expect([error.code, error.message]).toEqual(['CHUNK_MISMATCH', expect.stringContaining('range 3 was not scanned')]);
    expect(error.details).toMatchObject({ index: 'plan', reason: 'range 3 was not scanned' });
    expect(error.cause).toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    expect(store.keys().filter((key) => key.endsWith('manifest.json'))).toEqual([]);
  });

  test('tells how much is to be scanned, and leaves a plan that is there as it is', async () => {
    const store = await storeWith(text);
    const events: PipelineEvent[] = [];
    const run = runOf({ observe: (event) => events.push(event) });
    const resume = await cursorOf(store, { run });
    expect(events).toContainEqual({ type: 'split.scan', batchId: 'batch', bytes: text.length - 8 });
    for (const task of await tasksOf(store)) await runScanTask(task, { store, locations, run: runOf() });
    const done = JSON.stringify(await step(store, { resume }));
    expect(done).toContain('"manifest"');
    expect(JSON.stringify(await step(store))).toBe(done);
    expect(JSON.stringify(await step(store, { resume }))).toBe(done);
  });

  test('reads the scans of many tasks side by side, so many at a time', async () => {
    const store = await storeWith(text);
    const resume = await cursorOf(store, { chunkBytes: 40 });
    const tasks = await tasksOf(store);
    expect(tasks.length).toBeGreaterThan(70);
    for (const task of tasks) await runScanTask(task, { store, locations, run: runOf() });
    let [open, most] = [0, 0];
    const slow: ObjectStore = {
      ...store,
      async *read(ref, options) {
        if (!/scan\/\d/.test(ref.key)) return yield* store.read(ref, options);
        most = Math.max(most, ++open);
        await new Promise((resolve) => setImmediate(resolve));
        yield* store.read(ref, options);
        open--;
      },
    };
    expect('manifest' in (await step(slow, { chunkBytes: 40, resume }))).toBe(true);
    expect([most, open]).toEqual([32, 0]);
  });

  test('a task that is ended leaves nothing', async () => {
    const store = await storeWith(text);
    await cursorOf(store);
    const [task] = await tasksOf(store);
    const before = store.keys();
    const late: ObjectStore = {
      ...store,
      async *read(ref, options) {
        yield* store.read(ref, options);
        controller.abort(new PipelineDeadlineError('DEADLINE', {}));
      },
    };
    const controller = new AbortController();
    const ended = runScanTask(task!, { store: late, locations, run: runOf({ signal: controller.signal }) });
    expect((await failureOf(ended)).code).toBe('DEADLINE');
    expect(store.keys()).toEqual(before);
  });

  test('a task reads the version that was planned, or fails', async () => {
    const store = await storeWith(text);
    await cursorOf(store);
    const [task] = await tasksOf(store);
    await store.write(input, Buffer.from(text.replace('quoted', 'spoilt')));
    expect((await failureOf(runScanTask(task!, { store, locations, run: runOf() }))).code).toBe('SOURCE_CHANGED');
  });

  test('a cursor of other bytes begins anew', async () => {
    const store = await storeWith(text);
    const resume = await cursorOf(store);
    await store.write(input, Buffer.from(`${text}1,2\n`));
    expect('scan' in (await step(store, { resume }))).toBe(true);
  });

  test('a source that is small, sampled or to be read in one pass needs no tasks', async () => {
    for (const options of [{ scanTasksFromBytes: 10_000 }, { plan: 'sampled' }, { plan: 'sequential' }] as const)
      expect('manifest' in (await step(await storeWith(text), options))).toBe(true);
    const refused = await failureOf(step(await storeWith(text), { scanTasksFromBytes: 0 }));
    expect(refused).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { option: 'scanTasksFromBytes', expected: 'a number of at least 1', got: 0 },
    });
  });
});
