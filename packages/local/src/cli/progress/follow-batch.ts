import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { mapRunOf, type StageProgress, stagesOf } from './batch-history.ts';

/** How far a batch is. */
export interface BatchProgress {
  /** Status of the execution. */
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** Every stage, in order. */
  readonly stages: readonly StageProgress[];
  /** `undefined` before the chunks are known, and for a file without rows. */
  readonly chunks:
    | { readonly total: number; readonly done: number; readonly running: number; readonly failed: number }
    | undefined;
  /** The execution's output, once it succeeded. */
  readonly output: string | undefined;
}

/** Who is told, and how often it is looked. */
export interface FollowOptions {
  /** Called after every look. @default nobody */
  readonly onProgress?: (progress: BatchProgress) => void;
  /** Between two looks, in milliseconds. @default 125 */
  readonly intervalMs?: number;
  /** Ends the following, not the batch. @default none */
  readonly signal?: AbortSignal;
}

/**
 * Looks at an execution until it ends, and answers how it ended. Rejects with `signal.reason`.
 *
 * @throws what the SDK throws, when the execution cannot be described
 * @example
 * const { status } = await followBatch(stack.clients.sfn, executionArn, { onProgress: ({ chunks }) => console.log(chunks) });
 */
export const followBatch = async (
  sfn: SFNClient,
  executionArn: string,
  { onProgress, intervalMs = 125, signal }: FollowOptions = {},
): Promise<BatchProgress> => {
  for (;;) {
    signal?.throwIfAborted();
    const progress = await look(sfn, executionArn);
    onProgress?.(progress);
    if (progress.status !== 'RUNNING') return progress;
    // Its own rejection is not the signal's reason.
    await sleep(intervalMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
};

const look = async (sfn: SFNClient, executionArn: string): Promise<BatchProgress> => {
  // First the status: a history that is read later can only say more.
  const execution: DescribeExecutionOutput = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  const events = await historyOf(sfn, executionArn);
  const mapRunArn = mapRunOf(events);
  const counts =
    mapRunArn === undefined ? undefined : (await sfn.send(new DescribeMapRunCommand({ mapRunArn }))).itemCounts;
  const failed = (counts?.failed ?? 0) + (counts?.timedOut ?? 0) + (counts?.aborted ?? 0);
  return {
    status: (execution.status ?? 'RUNNING') as BatchProgress['status'],
    stages: stagesOf(events, Date.now()),
    chunks:
      counts === undefined
        ? undefined
        : { total: counts.total ?? 0, done: counts.succeeded ?? 0, running: counts.running ?? 0, failed },
    output: execution.output,
  };
};

const historyOf = async (sfn: SFNClient, executionArn: string): Promise<readonly HistoryEvent[]> => {
  const all: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false, maxResults: 1000, nextToken }),
    );
    all.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return all;
};
