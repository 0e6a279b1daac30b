import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCircuitBreaker, type Permit } from '../src/circuit-breaker.ts';

const enter = (breaker: ReturnType<typeof createCircuitBreaker>, nowMs: number): Permit => {
  const permit = breaker.enter(nowMs);
  if ('againMs' in permit) expect.unreachable(`left alone for ${permit.againMs} ms more`);
  return permit as Permit;
};

describe('a breaker', () => {
  test('opens after so many failures in a row, and says how the last one failed and when it tries again', () => {
    const breaker = createCircuitBreaker({ failures: 3, openMs: 500 });
    enter(breaker, 0).failed(0, 'HTTP 500');
    enter(breaker, 1).failed(1, 'HTTP 500');
    enter(breaker, 2).succeeded(2);
    for (const atMs of [3, 4]) expect(enter(breaker, atMs).failed(atMs, 'HTTP 500')).toBeUndefined();
    expect(enter(breaker, 5).failed(5, 'HTTP 503')).toEqual({ to: 'open', failures: 3, calls: 6, openMs: 500 });
    expect(breaker.enter(6)).toEqual({ againMs: 499, failures: 3, reason: 'HTTP 503' });
  });

  test('opens when the share of failures in the window is reached, and forgets calls that are older', () => {
    const breaker = createCircuitBreaker({ failures: 100, share: 0.5, minCalls: 4, windowMs: 1_000 });
    for (const atMs of [0, 1]) enter(breaker, atMs).failed(atMs, 'x');
    for (const atMs of [2_000, 2_001]) enter(breaker, atMs).succeeded(atMs);
    expect(enter(breaker, 2_002).failed(2_002, 'x')).toBeUndefined();
    expect(enter(breaker, 2_003).failed(2_003, 'x')).toMatchObject({ to: 'open', failures: 2, calls: 4 });
  });

  test('lets one call through when its time is over, whose end closes it or opens it again', () => {
    const breaker = createCircuitBreaker({ failures: 1, openMs: 100 });
    enter(breaker, 0).failed(0, 'x');
    const probe = enter(breaker, 100);
    expect(probe.probe).toBe(true);
    expect(breaker.enter(100)).toMatchObject({ againMs: 0 });
    expect(probe.failed(150, 'y')).toMatchObject({ to: 'open', failures: 2 });
    expect(breaker.enter(249)).toMatchObject({ againMs: 1, reason: 'y' });
    expect(enter(breaker, 250).succeeded(251)).toEqual({ to: 'closed' });
    expect(enter(breaker, 252).probe).toBe(false);
  });

  test('gives a probe that was abandoned to whoever comes next', () => {
    const breaker = createCircuitBreaker({ failures: 1, openMs: 100 });
    enter(breaker, 0).failed(0, 'x');
    enter(breaker, 100).abandoned();
    expect(enter(breaker, 100).probe).toBe(true);
  });

  test('learns nothing from calls that began before it opened', () => {
    const breaker = createCircuitBreaker({ failures: 1, openMs: 100 });
    const early = enter(breaker, 0);
    enter(breaker, 0).failed(0, 'x');
    expect(early.succeeded(50)).toBeUndefined();
    expect(breaker.enter(50)).toMatchObject({ againMs: 50 });
  });

  test.each([
    ['failures', 0],
    ['share', 0],
    ['share', 1.1],
    ['minCalls', 0.5],
    ['windowMs', 0],
    ['openMs', -1],
  ])('refuses %s = %j by name', (option, value) => {
    expect(() => createCircuitBreaker({ [option]: value })).toThrow(`CONFIG_INVALID: breaker.${option} must be`);
  });
});

test('whatever happens: none is let through while it is open, at most one probes, and it is open only after enough failures', () => {
  const step = fc.record({
    ms: fc.integer({ min: 0, max: 60 }),
    do: fc.constantFrom('enter', 'enter', 'enter', 'fail', 'fail', 'succeed', 'abandon'),
    which: fc.nat({ max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const breaker = createCircuitBreaker({ failures: 3, share: 1, minCalls: 1_000, openMs: 100 });
      const under: Permit[] = [];
      let nowMs = 0;
      let openedMs: number | undefined;
      for (const { ms, do: what, which } of steps) {
        nowMs += ms;
        if (what === 'enter') {
          const permit = breaker.enter(nowMs);
          if ('againMs' in permit) {
            expect(openedMs).toBeDefined();
            expect(permit.failures).toBeGreaterThanOrEqual(3);
          } else {
            if (openedMs !== undefined) {
              expect(nowMs).toBeGreaterThanOrEqual(openedMs + 100);
              expect(permit.probe).toBe(true);
              expect(under.filter((each) => each.probe)).toHaveLength(0);
            } else expect(permit.probe).toBe(false);
            under.push(permit);
          }
          continue;
        }
        const [permit] = under.splice(Math.min(which, under.length - 1), 1);
        if (permit === undefined) continue;
        if (what === 'abandon') permit.abandoned();
        else {
          const change = what === 'fail' ? permit.failed(nowMs, 'x') : permit.succeeded(nowMs);
          if (change?.to === 'open') openedMs = nowMs;
          if (change?.to === 'closed') openedMs = undefined;
        }
      }
    }),
    { numRuns: 300 },
  );
});
