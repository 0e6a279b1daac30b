/** How long the chunks of one batch took. */
export interface RunDuration {
  readonly batchId: string;
  readonly chunks: number;
  /** Of all chunks. */
  readonly bytes: number;
  /** Sum of the chunks' own durations, in milliseconds. */
  readonly ms: number;
}

/** What is remembered of earlier runs: one small object per pipeline. */
export interface DurationHistory {
  readonly formatVersion: string;
  /** Oldest first. */
  readonly runs: readonly RunDuration[];
}

/** Runs that are remembered: enough for a quantile, little enough for an object of a few KB. */
export const mostRuns = 32;

/** Chunks below this say how long a start takes, not how long a megabyte does. */
const leastChunkBytes = 1024 * 1024;

const bytesPerMb = 1_000_000;

/**
 * Adds a run to what is remembered, in the place of the same batch where that is known already.
 *
 * @example
 * const history = addRun(known, { batchId: 'b1', chunks: 4, bytes: 256_000_000, ms: 90_000 });
 */
export const addRun = (history: DurationHistory, run: RunDuration): DurationHistory => ({
  ...history,
  runs: [...history.runs.filter(({ batchId }) => batchId !== run.batchId), run].slice(-mostRuns),
});

/**
 * Seconds that a megabyte (10^6 bytes) of a chunk takes: the rate that nine of ten chunks of earlier runs kept to, a run
 * weighing as much as it had chunks.
 *
 * @returns `undefined` when no run says it
 * @example
 * secondsPerMb({ formatVersion: '1.0', runs: [{ batchId: 'b1', chunks: 2, bytes: 20_000_000, ms: 40_000 }] }); // 2
 */
export const secondsPerMb = ({ runs }: DurationHistory): number | undefined => {
  const rates = runs
    .filter(({ chunks, bytes }) => chunks > 0 && bytes / chunks >= leastChunkBytes)
    .map(({ chunks, bytes, ms }) => ({ rate: ms / 1000 / (bytes / bytesPerMb), chunks }))
    .sort((a, b) => a.rate - b.rate);
  const all = rates.reduce((sum, { chunks }) => sum + chunks, 0);
  let below = 0;
  for (const { rate, chunks } of rates) {
    below += chunks;
    if (below >= 0.9 * all) return rate;
  }
  return undefined;
};

/** When a chunk goes to a container task. */
export interface RouteLimits {
  /** Longest that a chunk may be expected to take in a Lambda function, in seconds. @default 450, half of Lambda's own limit */
  readonly lambdaSeconds?: number;
  /** Taken where no earlier run says it. @default none: chunks go to Lambda */
  readonly secondsPerMb?: number;
}

/**
 * Where a chunk of so many bytes is processed.
 *
 * @example
 * routeOf(64_000_000, 10); // 'task': 640 s are more than 450
 */
export const routeOf = (
  bytes: number,
  rate: number | undefined,
  { lambdaSeconds = 450, secondsPerMb: assumed }: RouteLimits = {},
): 'lambda' | 'task' => (((rate ?? assumed ?? 0) * bytes) / bytesPerMb > lambdaSeconds ? 'task' : 'lambda');
