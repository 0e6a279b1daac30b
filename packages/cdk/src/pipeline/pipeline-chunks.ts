import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ChunkQueue } from '../chunk-queue.ts';
import { usualSettings } from '../function-settings.ts';
import type { PipelineFunction } from '../pipeline-function.ts';
import type { PipelineContainers } from './pipeline-containers.ts';
import type { CsvPipelineProps } from './pipeline-props.ts';

/** Makes the queue of chunks, where a function takes them; a coordinator fills it. */
export const makeChunkQueue = (
  scope: Construct,
  consumer: PipelineFunction | undefined,
  coordinator: PipelineContainers['coordinator'],
  { functions, maxConcurrency, chunkQueue }: CsvPipelineProps,
): ChunkQueue | undefined => {
  if (consumer === undefined) return undefined;
  const chunks = new ChunkQueue(scope, 'Chunks', {
    consumer,
    consumerTimeoutSeconds: functions?.queue?.timeoutSeconds ?? usualSettings.queue.timeoutSeconds,
    ...(maxConcurrency === undefined ? {} : { maxConcurrency: callsOfQueue(maxConcurrency) }),
    ...chunkQueue,
  });
  if (coordinator !== undefined) {
    chunks.grantSend(coordinator.role);
    coordinator.addEnvironment('CHUNK_QUEUE_URL', chunks.queue.queueUrl);
  }
  return chunks;
};

/** A queue calls its function from 2 to 1,000 times at once. */
const callsOfQueue = (maxConcurrency: number): number =>
  Token.isUnresolved(maxConcurrency) ? maxConcurrency : Math.min(1000, Math.max(2, maxConcurrency));
