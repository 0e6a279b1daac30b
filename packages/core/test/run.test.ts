import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRunContext, deadlineSignal } from '../src/index.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('run context', () => {
  test('every part can be replaced, the others stay', () => {
    const random = () => 0.5;
    const run = createRunContext({ random, batchId: 'b', attempt: 'a7' });
    expect(run).toMatchObject({ random, batchId: 'b', attempt: 'a7' });
    expect(run.signal.aborted).toBe(false);
    expect(run.clock.now()).toBe(Date.now());
    expect(run.observe({ type: 'x' })).toBeUndefined();
  });

  test('sleep takes its time', async () => {
    let woke = false;
    const sleeping = createRunContext()
      .timers.sleep(100)
      .then(() => {
        woke = true;
      });
    await vi.advanceTimersByTimeAsync(99);
    expect(woke).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleeping;
    expect(woke).toBe(true);
  });

  test('sleep rejects with the reason of an abort and leaves no timer', async () => {
    const { timers } = createRunContext();
    const reason = new Error('stop');
    await expect(timers.sleep(100, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = timers.sleep(100, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('sleep lets go of a signal that outlives it', async () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const sleeping = createRunContext().timers.sleep(10, controller.signal);
    await vi.advanceTimersByTimeAsync(10);
    await sleeping;
    expect(remove).toHaveBeenCalledOnce();
  });
});

describe('deadlineSignal', () => {
  const lambda = (ms: number) => ({ getRemainingTimeInMillis: () => ms });

  test('aborts with DEADLINE when only the reserve is left', async () => {
    const signal = deadlineSignal(lambda(60_000), { reserveMs: 15_000 });
    await vi.advanceTimersByTimeAsync(44_999);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.reason).toMatchObject({ name: 'PipelineDeadlineError', code: 'DEADLINE', retryable: true });
  });

  test('keeps back ten seconds unless told otherwise', async () => {
    const signal = deadlineSignal(lambda(60_000));
    await vi.advanceTimersByTimeAsync(49_999);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
  });

  test('aborts at once when less than the reserve is left', async () => {
    const signal = deadlineSignal(lambda(3_000));
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
  });

  test('passes on the abort of another signal, with its reason', async () => {
    const controller = new AbortController();
    const signal = deadlineSignal(lambda(60_000), { signal: controller.signal });
    const reason = new Error('stop');
    controller.abort(reason);
    expect(signal.reason).toBe(reason);
  });

  test.each([2 ** 31 + 20_000, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    'time without an end (%d ms) does not strike at once',
    (ms) => {
      vi.useRealTimers();
      const signal = deadlineSignal(lambda(ms));
      return new Promise<void>((resolve, reject) => {
        setTimeout(() => (signal.aborted ? reject(signal.reason) : resolve()), 20);
      });
    },
  );
});
