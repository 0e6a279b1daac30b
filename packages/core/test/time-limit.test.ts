import { describe, expect, test } from 'vitest';
import { createRunContext, type Timers, withTimeLimit } from '../src/index.ts';

const { timers } = createRunContext();
/** Time that passes when the test says so. */
const byHand = () => {
  let pass: () => void = () => {};
  const waiting: Timers = {
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        pass = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  return { timers: waiting, pass: () => pass() };
};
/** Ends only when its signal aborts. */
const silent = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('AbortError'))));

describe('withTimeLimit', () => {
  test('answers and errors in time pass as they are', async () => {
    expect(await withTimeLimit(async () => 'answer', { limitMs: 1000, timers })).toBe('answer');
    const error = new Error('no');
    await expect(withTimeLimit(() => Promise.reject(error), { limitMs: 1000, timers })).rejects.toBe(error);
  });

  test('work that takes too long is ended as a TimeoutError', async () => {
    const time = byHand();
    const work = withTimeLimit(silent, { limitMs: 1000, timers: time.timers });
    time.pass();
    await expect(work).rejects.toMatchObject({ name: 'TimeoutError', message: 'no answer within 1000 ms' });
  });

  test("the caller's own signal ends the work before, and is not taken for the limit", async () => {
    const caller = new AbortController();
    const work = withTimeLimit(silent, { limitMs: 1000, timers: byHand().timers, signal: caller.signal });
    caller.abort();
    await expect(work).rejects.toMatchObject({ message: 'AbortError' });
  });
});
