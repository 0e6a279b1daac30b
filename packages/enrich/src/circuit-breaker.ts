import { isCount, isPositive, requireOption } from './check-options.ts';

/** When a source that keeps failing is left alone, and for how long. */
export interface BreakerOptions {
  /** Opens after this many failed calls in a row. @default 20 */
  readonly failures?: number;
  /** Opens when this share of the calls in a window failed, above 0 and up to 1. @default 0.5 */
  readonly share?: number;
  /** Fewest calls in a window that a share is taken of. @default 50 */
  readonly minCalls?: number;
  /** Length of that window, in milliseconds. @default 30_000 */
  readonly windowMs?: number;
  /** How long the source is left alone before one call tries it again, in milliseconds. @default 10_000 */
  readonly openMs?: number;
}

/** A change that is worth an event. */
export type BreakerChange =
  | { readonly to: 'open'; readonly failures: number; readonly calls: number; readonly openMs: number }
  | { readonly to: 'closed' };

/** Leave to make one call; what came of it must be told. */
export interface Permit {
  /** This call alone decides whether the source is asked again. */
  readonly probe: boolean;
  succeeded(nowMs: number): BreakerChange | undefined;
  /** @param reason - for the message of those who are not let through; no keys */
  failed(nowMs: number, reason: string): BreakerChange | undefined;
  /** The call came to no end that says anything of the source. */
  abandoned(): void;
}

/** Why no call may be made now. */
export interface Refusal {
  /** Milliseconds until the source is tried again, at least. */
  readonly againMs: number;
  /** Failed calls that led to it. */
  readonly failures: number;
  /** How the last of them failed. */
  readonly reason: string;
}

/** Keeps calls from a source that keeps failing. */
export interface CircuitBreaker {
  enter(nowMs: number): Permit | Refusal;
}

const slots = 10;

/**
 * Makes a circuit breaker (https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker). Closed, it lets all
 * calls through and counts; open, none; after `openMs` it lets one through, whose end closes or opens it again. Calls that
 * began before a change say nothing about what came after it.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const createCircuitBreaker = ({
  failures = 20,
  share = 0.5,
  minCalls = 50,
  windowMs = 30_000,
  openMs = 10_000,
}: BreakerOptions = {}): CircuitBreaker => {
  requireOption(isCount(failures, 1), 'breaker.failures', 'a whole number from 1', failures);
  requireOption(isPositive(share) && share <= 1, 'breaker.share', 'a number above 0 and up to 1', share);
  requireOption(isCount(minCalls, 1), 'breaker.minCalls', 'a whole number from 1', minCalls);
  requireOption(isPositive(windowMs), 'breaker.windowMs', 'a positive number', windowMs);
  requireOption(isPositive(openMs), 'breaker.openMs', 'a positive number', openMs);

  const counts = createCounts(windowMs);
  let state: 'closed' | 'open' | 'probing' = 'closed';
  let epoch = 0;
  let inARow = 0;
  let openUntilMs = 0;
  let failuresToOpen = 0;
  let lastReason = '';

  const change = (to: typeof state): void => {
    state = to;
    epoch++;
  };
  const refusal = (againMs: number): Refusal => ({ againMs, failures: failuresToOpen, reason: lastReason });
  const open = (nowMs: number, failed: number, calls: number): BreakerChange => {
    change('open');
    failuresToOpen = failed;
    openUntilMs = nowMs + openMs;
    failuresToOpen = failed;
    return { to: 'open', failures: failed, calls, openMs };
  };
  const close = (): BreakerChange => {
    change('closed');
    inARow = 0;
    counts.clear();
    return { to: 'closed' };
  };

  return {
    enter: (nowMs) => {
      if (state === 'probing') return refusal(0);
      if (state === 'open' && nowMs < openUntilMs) return refusal(openUntilMs - nowMs);
      const probe = state === 'open';
      if (probe) change('probing');
      const mine = epoch;
      return {
        probe,
        succeeded: (endedMs) => {
          if (mine !== epoch) return undefined;
          if (probe) return close();
          inARow = 0;
          counts.add(endedMs, false);
          return undefined;
        },
        failed: (endedMs, reason) => {
          if (mine !== epoch) return undefined;
          lastReason = reason;
          if (probe) return open(endedMs, failuresToOpen + 1, 1);
          inARow++;
          counts.add(endedMs, true);
          const { calls, failed } = counts.total(endedMs);
          if (inARow >= failures) return open(endedMs, inARow, calls);
          return calls >= minCalls && failed >= share * calls ? open(endedMs, failed, calls) : undefined;
        },
        abandoned: () => {
          if (probe && mine === epoch) change('open'); // whoever comes next is the probe
        },
      };
    },
  };
};

/** Calls of the last `windowMs`, to a tenth of it. */
const createCounts = (windowMs: number) => {
  const slotMs = windowMs / slots;
  const ring = Array.from({ length: slots }, () => ({ slot: Number.NEGATIVE_INFINITY, calls: 0, failed: 0 }));
  const clear = (): void => {
    for (const each of ring) each.slot = Number.NEGATIVE_INFINITY;
  };
  const add = (nowMs: number, failure: boolean): void => {
    const slot = Math.floor(nowMs / slotMs);
    const place = ring[slot % slots]!;
    if (place.slot !== slot) Object.assign(place, { slot, calls: 0, failed: 0 });
    place.calls++;
    if (failure) place.failed++;
  };
  const total = (nowMs: number): { readonly calls: number; readonly failed: number } => {
    const oldest = Math.floor(nowMs / slotMs) - slots;
    let calls = 0;
    let failed = 0;
    for (const each of ring) {
      if (each.slot <= oldest) continue;
      calls += each.calls;
      failed += each.failed;
    }
    return { calls, failed };
  };
  return { add, clear, total };
};
