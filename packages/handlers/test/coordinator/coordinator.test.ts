import { batchKeys, type ObjectRef, type ObjectStore, PipelineSourceError, readJson } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BatchEvent,
  type ChunkTargets,
  createCoordinator,
  type Mail,
  type ProcessInput,
  type ProcessOutput,
  type Retrier,
  remoteError,
  type Target,
  transientRetry,
} from '../../src/index.ts';
import { codeOf, errorOf, textOf } from '../helpers.ts';
import { input, locations, settings, source, stepsOn } from './pipeline.ts';

let store: MemoryStore;
beforeEach(async () => {
  store = memoryStore();
  await store.write(source, Buffer.from(input));
});

const atOnce = { timers: { sleep: async () => {} } };
const batch = { source, settings, batchId: 'b1' };
const keys = batchKeys('b1', locations);

/** The targets of `stepsOn`, with something in front of the worker. */
const withWorker = (
  over: (event: ProcessInput, work: () => Promise<ProcessOutput>) => Promise<ProcessOutput>,
  concurrency = 2,
) => {
  const steps = stepsOn(store);
  const worker = steps.process as Target<ProcessInput, ProcessOutput>;
  const process: ChunkTargets = {
    name: 'worker',
    concurrency,
    run: (event, call) => over(event, () => worker.run(event, call)),
  };
  return { ...steps, process };
};

describe('the coordinator', () => {
  test('takes an upload through every step, with output, rejects, report, archive and mail', async () => {
    const mails: Mail[] = [];
    const result = await createCoordinator(stepsOn(store, mails)).run(batch);
    expect(result).toMatchObject({
      ...{ batchId: 'b1', rowsRead: 7, rowsWritten: 6, rowsRejected: 1 },
      ...{ chunksDone: 4, chunksKept: 0, mail: 'SENT' },
    });
    expect(await textOf(store, keys.output(1, 'orders.csv'))).toBe('id,name\n1,a\n3,c\n4,d\n5,e\n6,f\n7,g\n');
    expect(mails).toHaveLength(1);
    expect(store.keys().filter((key) => key.includes('input'))).toEqual([
      expect.stringContaining('orders/input_archive/input/orders.csv/'),
    ]);
    expect(await readJson(store, keys.mail('success-r1'))).toMatchObject({ status: 'SENT' });
  });

  test('started again after it was done does nothing again', async () => {
    const mails: Mail[] = [];
    const { ref } = await store.head(source);
    const once = { ...batch, source: ref };
    const first = await createCoordinator(stepsOn(store, mails)).run(once);
    const before = store.keys();
    const again = await createCoordinator(stepsOn(store, mails)).run(once);
    expect(again).toEqual({ ...first, chunksDone: 0, chunksKept: 4 });
    expect([store.keys(), mails.length]).toEqual([before, 1]);
  });

  test('names a batch by its source and settings, so that another start finds it', async () => {
    const { ref } = await store.head(source);
    const coordinator = createCoordinator(stepsOn(store));
    const { batchId } = await coordinator.run({ source: ref, settings });
    expect(batchId).toMatch(/^[0-9a-f]{32}$/);
    expect(await coordinator.run({ source: ref, settings })).toMatchObject({ batchId, chunksKept: 4 });
  });

  test('has no more chunks at work than its target takes', async () => {
    let [now, most] = [0, 0];
    const steps = withWorker(async (_, work) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return work().finally(() => now--);
    }, 3);
    await createCoordinator(steps).run({ ...batch, settings: { chunkRows: 1 } });
    expect(most).toBe(3);
  });

  test('tries again what may pass, under another name each time', async () => {
    const waits: number[] = [];
    const attempts: string[] = [];
    const steps = stepsOn(store);
    const worker = steps.process as Target<ProcessInput, ProcessOutput>;
    let failures = 3;
    const process: ChunkTargets = {
      ...{ name: 'worker', concurrency: 1 },
      run: async (event, call) => {
        attempts.push(call.attempt);
        if (failures-- > 0) throw remoteError('Lambda.TooManyRequestsException', 'Rate exceeded');
        return worker.run(event, call);
      },
    };
    const result = await createCoordinator({ ...steps, process }).run(batch, {
      attempt: 'k',
      random: () => 0.5,
      timers: { sleep: async (ms) => void waits.push(ms) },
    });
    expect(result.rowsWritten).toBe(6);
    expect(waits).toEqual([500, 1000, 2000]);
    expect(attempts.slice(0, 5)).toEqual(['k-c0-1', 'k-c0-2', 'k-c0-3', 'k-c0-4', 'k-c1-1']);
  });

  test('an error of the data is final: nothing is begun after it, and what was committed is kept', async () => {
    const begun: number[] = [];
    const steps = withWorker(async ({ chunk }, work) => {
      begun.push(chunk.index);
      if (chunk.index === 1) throw remoteError('PipelineSourceError', 'CHUNK_MISMATCH: chunk 1');
      return work();
    }, 1);
    const error = await errorOf(createCoordinator(steps).run(batch, atOnce));
    expect(error).toMatchObject({ name: 'PipelineSourceError', message: 'CHUNK_MISMATCH: chunk 1' });
    expect(begun).toEqual([0, 1]);
    expect(await createCoordinator(stepsOn(store)).run(batch)).toMatchObject({ chunksDone: 3, chunksKept: 1 });
  });

  test('a failure is mailed once a start, with a copy of the upload, and told to other teams; a stop is not', async () => {
    const mails: Mail[] = [];
    const told: BatchEvent[] = [];
    const failure = {
      notifier: {
        send: async (mail: Mail) => {
          mails.push(mail);
          return { messageId: '1' };
        },
      },
      tell: async (event: BatchEvent) => void told.push(event),
    };
    const refused = {
      name: 'none',
      concurrency: 1,
      run: async () => {
        throw new PipelineSourceError('SOURCE_EMPTY', { object: 'x' });
      },
    };
    const coordinator = createCoordinator({ ...stepsOn(store), merge: refused, failure });
    const error = await coordinator.run({ source, settings, batchId: 'b1' }, { attempt: 's1' }).catch((one) => one);
    expect(error).toMatchObject({ code: 'SOURCE_EMPTY' });
    expect(mails.map(({ subject }) => subject)).toEqual(['orders.csv could not be processed: SOURCE_EMPTY']);
    expect(told).toEqual([
      expect.objectContaining({
        type: 'BatchFailed',
        attempt: 's1',
        executionArn: null,
        source: expect.objectContaining(source),
      }),
    ]);
    expect(store.keys().filter((key) => /failed|failure/.test(key))).toEqual([
      'orders/batches/b1/mail/failure-s1.json',
      'orders/batches/b1/mail/failure-s1.reason.json',
      expect.stringContaining('orders/failed/input/orders.csv/'),
    ]);
    await coordinator
      .run({ source, settings, batchId: 'b1' }, { signal: AbortSignal.abort(new Error('stopped')) })
      .catch(() => {});
    expect(mails).toHaveLength(1);
  });

  test('ends with the reason of an abort, after what was under way', async () => {
    const stop = new AbortController();
    const steps = withWorker(async (_, work) => {
      stop.abort(new Error('stopped'));
      return work();
    });
    await expect(createCoordinator(steps).run(batch, { signal: stop.signal })).rejects.toThrow('stopped');
    expect(store.openUploads()).toBe(0);
  });

  test('plans again when a sampled plan was wrong', async () => {
    const quoted = `id,name\n${Array.from({ length: 40 }, (_, i) => `${i},"a\nb,c\n"\n`).join('')}`;
    await store.write(source, Buffer.from(quoted));
    const steps = stepsOn(store);
    let resolved = 0;
    const resolve: typeof steps.resolve = {
      ...steps.resolve,
      run: (event, call) =>
        resolved++ === 0
          ? Promise.resolve({ resolved: false, replan: true, disprovedBy: 0 })
          : steps.resolve.run(event, call),
    };
    const result = await createCoordinator({ ...steps, resolve }).run({
      ...batch,
      settings: { plan: 'sampled', chunkBytes: 64 },
    });
    expect(result).toMatchObject({ rowsRead: 40, rowsRejected: 0 });
    expect(await textOf(store, batchKeys('b1', locations, 2).output(1, 'orders.csv'))).toBe(quoted);
  });

  test('sends chunks where their route says', async () => {
    const went: Record<string, number[]> = { lambda: [], task: [] };
    const steps = stepsOn(store);
    const worker = steps.process as Target<ProcessInput, ProcessOutput>;
    const to = (name: string): Target<ProcessInput, ProcessOutput> => ({
      ...{ name, concurrency: 2 },
      run: (event, call) => {
        went[name]!.push(event.chunk.index);
        return worker.run(event, call);
      },
    });
    const split: typeof steps.split = {
      ...steps.split,
      run: async (event, call) => {
        const answer = await steps.split.run(event, call);
        const lines = (await textOf(store, answer.chunks!))
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
        const routed = lines.map((line) => JSON.stringify(line.index % 2 ? { ...line, route: 'task' } : line));
        const { bucket, key } = answer.chunks!;
        const chunks = await store.write({ bucket, key }, Buffer.from(`${routed.join('\n')}\n`));
        return { ...answer, chunks: chunks! };
      },
    };
    const manifestStays = { ...steps, split, process: { lambda: to('lambda'), task: to('task') } };
    await createCoordinator(manifestStays)
      .run(batch)
      .catch(() => {}); // the plan was changed behind its manifest's back
    expect(went).toEqual({ lambda: [0, 2], task: [1, 3] });
  });

  test('is refused without room for work', async () => {
    const steps = withWorker((_, work) => work(), 0);
    expect(await codeOf((async () => createCoordinator(steps))())).toBe('CONFIG_INVALID');
  });
});

/** A store that is cut off at a call: every call from that one on fails, as those of a process that was killed never happen. */
const cutOff = (
  inner: ObjectStore,
  at: number,
  applied: boolean,
): { readonly store: ObjectStore; calls: () => number } => {
  let calls = 0;
  const dead = () => new Error('killed');
  const around = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      const mine = ++calls;
      if (mine > at || (mine === at && !applied)) throw dead();
      const result = await call(...args);
      if (calls >= at) throw dead();
      return result;
    };
  };
  return {
    calls: () => calls,
    store: {
      ...inner,
      async *read(ref, options) {
        if (++calls >= at) throw dead();
        yield* inner.read(ref, options);
      },
      head: around(inner.head),
      write: around(inner.write),
      copy: around(inner.copy),
      deleteMany: around(inner.deleteMany),
      createMultipart: around(inner.createMultipart),
      uploadPart: around(inner.uploadPart),
      copyPart: around(inner.copyPart),
      completeMultipart: around(inner.completeMultipart),
      abortMultipart: around(inner.abortMultipart),
    },
  };
};

describe('a coordinator that is killed at any call and started again', () => {
  const outcome = async (from: MemoryStore, batchId: string) => ({
    output: await textOf(from, batchKeys(batchId, locations).output(1, 'orders.csv')),
    rejects: (await textOf(from, batchKeys(batchId, locations).rejects(1))).replaceAll(batchId, '<id>'),
    kept: from.keys().filter((key) => key.includes('input')),
    uploads: from.openUploads(),
  });

  test.each([true, false])('has the output of one that was not (the last call applied: %s)', async (applied) => {
    // Handlers take long to make: they are made once, on whatever store is current.
    let current: ObjectStore = store;
    const mails: Mail[] = [];
    const names = Object.keys(store) as (keyof ObjectStore)[];
    const steps = stepsOn(
      Object.fromEntries(
        names.map((name) => [
          name,
          (...args: unknown[]) => (current[name] as (...args: unknown[]) => unknown)(...args),
        ]),
      ) as unknown as ObjectStore,
      mails,
    );
    const run = async (batchId: string, object: ObjectRef, on: ObjectStore, retry: readonly Retrier[]) => {
      current = on;
      await createCoordinator({ ...steps, retry }).run({ source: object, settings, batchId });
    };
    const { ref } = await store.head(source);
    const whole = cutOff(store, Number.POSITIVE_INFINITY, applied);
    await run('whole', ref, whole.store, []);
    const expected = await outcome(store, 'whole');
    expect(expected.rejects).toContain('bad,b');

    for (let at = 1; at <= whole.calls(); at++) {
      const other = memoryStore();
      await other.write(source, Buffer.from(input));
      const pinned = (await other.head(source)).ref;
      mails.length = 0;
      await run(`b${at}`, pinned, cutOff(other, at, applied).store, []).catch(() => {});
      await run(`b${at}`, pinned, other, transientRetry);
      expect({ at, ...(await outcome(other, `b${at}`)) }).toEqual({ at, ...expected });
      expect(mails.length).toBeLessThanOrEqual(1);
    }
  });
});
