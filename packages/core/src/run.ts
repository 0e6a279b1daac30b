/** What happened, for logs, metrics, progress and tests. Never carries row content. */
export interface PipelineEvent {
  /** Dotted name: `chunk.started`, `chunk.committed`, `lookup.retried`, `store.retried`, … */
  readonly type: string;
  readonly batchId?: string;
  /** Index of the chunk. */
  readonly chunk?: number;
  readonly [detail: string]: unknown;
}

/** Time as the pipeline sees it; a simulation replaces it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Waiting as the pipeline does it; rejects with `signal.reason` when aborted. */
export interface Timers {
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Everything that the outside world lends to a run. Packages reach for no globals beside it. */
export interface RunContext {
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** When the time set aside for the work ends, in milliseconds since the epoch by `clock`; no wait goes beyond it. @default never */
  readonly deadlineMs?: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Uniform in `[0, 1)`. */
  readonly random: () => number;
  readonly fetch: typeof globalThis.fetch;
  readonly batchId: string;
  /** Names this try of the work; part of the keys it writes. Given by the caller, never drawn from clock or random. */
  readonly attempt: string;
  /** Told of what happens; must not throw. */
  readonly observe: (event: PipelineEvent) => void;
}

/** `setTimeout` fires at once for anything longer. */
export const longestTimerMs = 2 ** 31 - 1;

const systemTimers: Timers = {
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        },
        Math.min(longestTimerMs, ms),
      );
      const aborted = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', aborted, { once: true });
    }),
};

/**
 * Makes a run context on the system's clock, timers, random and fetch; every part can be replaced.
 *
 * @example
 * const run = createRunContext({ signal: AbortSignal.timeout(60_000), observe: (event) => console.log(event.type) });
 */
export const createRunContext = (parts: Partial<RunContext> = {}): RunContext => ({
  signal: new AbortController().signal,
  clock: { now: () => Date.now() },
  timers: systemTimers,
  random: Math.random,
  fetch: globalThis.fetch,
  batchId: 'local',
  attempt: '1',
  observe: () => {},
  ...parts,
});
