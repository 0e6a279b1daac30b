import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import {
  batchKeys,
  type ChunkResult,
  createRunContext,
  type ObjectStore,
  PipelineError,
  type PrefixRef,
  readJson,
  type Timers,
} from '@pipeline/core';
import { remoteError, type Target } from '../coordinator/target.ts';
import type { ProcessInput, ProcessOutput } from '../state.ts';

/** Which queue takes the chunks, and where their results appear. */
export interface QueueTargetOptions {
  /** Its role needs `sqs:SendMessage`. */
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Where the batches lie. */
  readonly store: ObjectStore;
  /** The work location. */
  readonly work: PrefixRef;
  /** Chunks in the queue at once, from 1; how many are at work is the consumer's to say. @default 100 */
  readonly concurrency?: number;
  /** Which plan of the batch the chunks belong to; results of another are not looked for. @default that of the manifest's key */
  readonly planNumber?: number;
  /** Between two looks for a result, in milliseconds, from 1. @default 2000 */
  readonly pollMs?: number;
  /** How long a chunk may take, waiting and deliveries included, in milliseconds. @default 3_600_000 */
  readonly timeoutMs?: number;
  /** Wait between looks. @default the system's */
  readonly timers?: Timers;
}

/**
 * Puts chunks into an SQS queue, whose consumer is made by `createQueueHandler`, and looks for their committed results. A
 * chunk that ends in the dead-letter queue is a `States.Timeout` here after `timeoutMs`.
 *
 * @example
 * const process = chunkQueue({ client: new SQSClient(), queueUrl, store, work: locations.work});
 */
export const chunkQueue = (options: QueueTargetOptions): Target<ProcessInput, ProcessOutput> => {
  const { client, queueUrl, store, work, concurrency = 100, pollMs = 2000, timeoutMs = 3_600_000 } = options;
  const { timers = createRunContext().timers } = options;
  return {
    name: queueUrl.slice(queueUrl.lastIndexOf('/') + 1),
    concurrency,
    async run(event, { signal }) {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event) }), {
        abortSignal: signal,
      });
      const planNumber = options.planNumber ?? planOf(event);
      const result = batchKeys(event.batchId, { work }, planNumber).result(event.chunk.index);
      for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pollMs) {
        const found = await readJson<ChunkResult>(store, result, { signal }).catch((error: unknown) => {
          if (PipelineError.is(error) && error.code === 'SOURCE_NOT_FOUND') return undefined;
          throw error;
        });
        if (found !== undefined) {
          const { index, rowsRead, rowsRejected } = found;
          return { index, rowsRead, rowsRejected };
        }
        await timers.sleep(pollMs, signal);
      }
      throw remoteError('States.Timeout', `chunk ${event.chunk.index} has no result after ${timeoutMs} ms`);
    },
  };
};

/** Plans after the first have a folder of their own. */
const planOf = ({ manifest }: ProcessInput): number =>
  Number(/\/plan-(\d+)\/manifest\.json$/.exec(manifest.key)?.[1] ?? 1);
