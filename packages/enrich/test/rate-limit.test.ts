import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRateLimit } from '../src/rate-limit.ts';
import { virtualRun } from './helpers.ts';

test('a rate of 5 per second lets one call through every 200 ms', async () => {
  const run = virtualRun();
  const limit = createRateLimit(5);
  const startedMs = run.clock.now();
  const times = await Promise.all(
    Array.from({ length: 6 }, () => limit.take(run).then(() => run.clock.now() - startedMs)),
  );
  expect(times).toEqual([0, 200, 400, 600, 800, 1000]);
});

test('in any second, no more than the rate and one bucket are let through, whenever the calls come', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 30, maxLength: 80 }),
      async (ratePerSecond, pausesMs) => {
        const run = virtualRun();
        const limit = createRateLimit(ratePerSecond);
        const times: number[] = [];
        const calls: Promise<void>[] = [];
        for (const [index, pauseMs] of pausesMs.entries()) {
          if (index % 4 === 0) await run.timers.sleep(pauseMs); // four at a time
          calls.push(limit.take(run).then(() => void times.push(run.clock.now())));
        }
        await Promise.all(calls);
        const bucket = Math.max(1, ratePerSecond / 10);
        for (const [index, time] of times.entries()) {
          const within = times.slice(index).filter((each) => each < time + 1000).length;
          expect(within).toBeLessThanOrEqual(Math.ceil(ratePerSecond + bucket));
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('an aborted caller stops waiting with the reason of its signal', async () => {
  const run = virtualRun();
  const limit = createRateLimit(0.001);
  await limit.take(run);
  const abort = new AbortController();
  const waiting = limit.take(run.with({ signal: abort.signal }));
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
