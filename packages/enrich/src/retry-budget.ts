import { isCount, requireOption } from './check-options.ts';

/** How many calls may be made again, whatever `retries` allows each of them. */
export interface RetryBudgetOptions {
  /** Retries that each first call pays for, from 0. @default 0.5 */
  readonly share?: number;
  /** Retries that may come in a burst. @default 100 */
  readonly burst?: number;
}

/** Keeps retries a share of the calls, so that a source in trouble is not asked several times as much as in health. */
export interface RetryBudget {
  /** A first call is made. */
  called(): void;
  /** Whether one more retry may be made; it is paid for when it may. */
  take(): boolean;
}

/**
 * A budget of `burst` retries to which every first call adds `share`, up to `burst` again: of any `n` calls in a row at
 * most `burst + share * n` are made again.
 *
 * @throws PipelineConfigError `CONFIG_INVALID`
 */
export const createRetryBudget = ({ share = 0.5, burst = 100 }: RetryBudgetOptions = {}): RetryBudget => {
  requireOption(typeof share === 'number' && share >= 0, 'retryBudget.share', 'a number from 0', share);
  requireOption(isCount(burst, 0), 'retryBudget.burst', 'a whole number from 0', burst);
  let left = burst;
  return {
    called: () => {
      left = Math.min(burst, left + share);
    },
    take: () => {
      if (left < 1) return false;
      left--;
      return true;
    },
  };
};
