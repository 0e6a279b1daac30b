import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRequestGate } from '../src/request-gate.ts';
import { faster, fullPace, type RequestPace, slower } from '../src/request-pace.ts';

const turns = fc.array(
  fc.oneof(
    fc.constant({ kind: 'answered' as const }),
    fc.record({ kind: fc.constant('refused' as const), age: fc.nat(20), unanswered: fc.integer({ min: 1, max: 300 }) }),
  ),
  { maxLength: 300 },
);

describe('the pace of requests', () => {
  test('stays between one and the most, whatever is answered or refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), turns, (most, all) => {
        let pace = fullPace(most);
        all.forEach((turn, begun) => {
          pace =
            turn.kind === 'answered'
              ? faster(pace)
              : slower(pace, Math.max(0, begun - turn.age), turn.unanswered, begun);
          expect(pace.limit).toBeGreaterThanOrEqual(1);
          expect(pace.limit).toBeLessThanOrEqual(most);
        });
      }),
    );
  });

  test('halves once for all that were under way together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 256 }), fc.integer({ min: 0, max: 1000 }), (most, first) => {
        let pace = fullPace(most);
        for (let request = first; request < first + most; request++)
          pace = slower(pace, request, first + most - request, first + most);
        expect(pace.limit).toBe(Math.floor(most / 2));
        expect(slower(pace, first + most, 256, first + most + 1).limit).toBe(Math.max(1, Math.floor(pace.limit / 2)));
      }),
    );
  });

  test('goes by what was under way, not by what would have been allowed', () => {
    expect(slower(fullPace(256), 0, 10, 10).limit).toBe(5);
  });

  test('one more for as many answers as may wait at a time, back to the most', () => {
    let pace: RequestPace = { most: 20, limit: 4, since: 0 };
    for (let i = 0; i < 5; i++) pace = faster(pace);
    expect(Math.floor(pace.limit)).toBe(5);
    let answers = 0;
    for (; pace.limit < 20; answers++) pace = faster(pace);
    expect(answers).toBeLessThan((20 * 21) / 2);
    expect(faster(pace)).toBe(pace);
  });
});

class Refused extends Error {}

/** A service that answers so many requests at a time and refuses the others, by turns instead of a clock. */
const serviceFor = (bears: number) => {
  const open: (() => void)[] = [];
  const count = { refused: 0, most: 0, made: 0 };
  const request = async (): Promise<void> => {
    count.made++;
    if (open.length >= bears) {
      count.refused++;
      throw new Refused();
    }
    await new Promise<void>((resolve) => {
      count.most = Math.max(count.most, open.push(resolve));
    });
  };
  /** Answers the oldest one that waits. */
  const answer = (): boolean => {
    open.shift()?.();
    return open.length > 0;
  };
  return { request, answer, count };
};

const gateFor = (most: number, limits: number[] = []) =>
  createRequestGate({
    most,
    isOverload: (error) => error instanceof Refused,
    hungMs: 60_000,
    timers: { sleep: () => new Promise<never>(() => {}) },
    slowed: (limit) => limits.push(limit),
  });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the gate of requests', () => {
  test('all pass in the end, and fewer are refused than without it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 60, max: 120 }), async (bears, requests) => {
        const refusedWith = async (most: number): Promise<number> => {
          const service = serviceFor(bears);
          const gate = gateFor(most);
          let done = 0;
          const insist = async (): Promise<void> => {
            for (;;) {
              try {
                await gate.run(service.request);
                break;
              } catch (error) {
                expect(error).toBeInstanceOf(Refused);
                await turn();
              }
            }
            done++;
          };
          const all = Promise.all(Array.from({ length: requests }, insist));
          while (done < requests) {
            service.answer();
            await turn();
          }
          await all;
          expect(service.count.most).toBeLessThanOrEqual(bears);
          return service.count.refused;
        };
        const alwaysAll = serviceFor(bears);
        let left = requests;
        // Without a gate every turn asks for all that is left.
        while (left > 0) {
          const asked = Array.from({ length: left }, () => alwaysAll.request().catch(() => {}));
          await turn();
          for (let i = 0; i < bears; i++) alwaysAll.answer();
          await Promise.all(asked);
          left -= Math.min(left, bears);
        }
        expect(await refusedWith(256)).toBeLessThan(alwaysAll.count.refused);
      }),
      { numRuns: 20 },
    );
  });

  test('lets through in order, and one that is aborted while it waits leaves the others their turns', async () => {
    const gate = gateFor(1);
    const order: string[] = [];
    const first = Promise.withResolvers<void>();
    const running = gate.run(() => first.promise);
    const abort = new AbortController();
    const given = gate.run(async () => order.push('aborted'), abort.signal);
    const next = gate.run(async () => order.push('second'));
    const last = gate.run(async () => order.push('third'));
    abort.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await expect(gate.run(async () => order.push('late'), abort.signal)).rejects.toThrow('enough');
    first.resolve();
    await Promise.all([running, next, last]);
    expect(order).toEqual(['second', 'third']);
  });

  test('other failures leave the pace as it is', async () => {
    const limits: number[] = [];
    const gate = gateFor(4, limits);
    await expect(gate.run(() => Promise.reject(new Error('no such key')))).rejects.toThrow('no such key');
    expect(limits).toEqual([]);
    const refusals = Array.from({ length: 4 }, () => gate.run(() => Promise.reject(new Refused())).catch(() => {}));
    await Promise.all(refusals);
    expect(limits).toEqual([2]);
  });
});
