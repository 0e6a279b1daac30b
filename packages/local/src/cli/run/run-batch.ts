import path from 'node:path';
import { createRunContext, type ObjectRef } from '@pipeline/core';
import { findFailure } from '@pipeline/handlers';
import type { LocalStack } from '../../stack/local-stack.ts';
import { BatchFailedError } from '../exit-codes.ts';
import { batchSteps, waitingSteps } from '../progress/batch-steps.ts';
import type { ChunkBook } from '../progress/chunk-book.ts';
import { followBatch } from '../progress/follow-batch.ts';
import type { Step } from '../progress/step.ts';
import { formatBytes } from '../progress/text.ts';
import type { BatchOutput } from '../results/save-results.ts';

/** A file on this machine that is uploaded. */
export interface UploadedFile {
  /** Path of the file. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Name that it gets in the bucket. @default the file's own name */
  readonly name?: string;
}

export interface RunBatchOptions {
  readonly chunks: ChunkBook;
  readonly signal: AbortSignal;
  readonly show: (steps: readonly Step[]) => void;
  /** Rejects when no batch can come of the upload. */
  readonly triggerFailed: Promise<never>;
}

/** A batch that was started by an upload. */
export interface BegunBatch {
  /** The execution that the upload started. */
  readonly executionArn: string;
  readonly batchId: string;
  /** The upload, done. */
  readonly step: Step;
}

/**
 * Uploads a file and waits for the batch that it starts. Rejects with `signal.reason`, or when no batch can come of it.
 *
 * @throws the signal's reason; what `triggerFailed` rejects with; what the SDK throws
 * @example
 * const failed = new Promise<never>(() => {});
 * const { executionArn, batchId } = await beginBatch(
 *   stack,
 *   { path: 'orders.csv', sizeBytes: 1_024 },
 *   { signal: AbortSignal.timeout(60_000), show: () => {}, triggerFailed: failed },
 * );
 */
export const beginBatch = async (
  stack: LocalStack,
  file: UploadedFile,
  { signal, show, triggerFailed }: Omit<RunBatchOptions, 'chunks'>,
): Promise<BegunBatch> => {
  const { object, step } = await upload(stack, file, signal, show);
  const { executionArn, batchId } = await Promise.race([
    stack.executions.waitFor(({ source }) => sameObject(source, object), signal),
    triggerFailed,
  ]);
  return { executionArn, batchId, step };
};

/**
 * Uploads a file, which starts a batch, and follows the batch to its end.
 *
 * @throws BatchFailedError with code and message; rejects with `signal.reason`
 */
export const runBatch = async (
  stack: LocalStack,
  file: UploadedFile,
  options: RunBatchOptions,
): Promise<BatchOutput> => {
  const { chunks, signal, show } = options;
  const { executionArn, batchId, step } = await beginBatch(stack, file, options);
  const { status, output } = await followBatch(stack.clients.sfn, executionArn, {
    signal,
    onProgress: (progress) => show([step, ...batchSteps(progress, chunks.of(batchId))]),
  });
  if (status === 'SUCCEEDED') return JSON.parse(output ?? '{}') as BatchOutput;
  throw new BatchFailedError(await failureOf(stack, executionArn));
};

/**
 * Why an execution did not succeed: code and message.
 *
 * @throws what the SDK throws, when the execution cannot be described
 * @example
 * console.error(await failureOf(stack, executionArn)); // 'CSV_BAD_HEADER: the header of …'
 */
export const failureOf = async (stack: LocalStack, executionArn: string): Promise<string> => {
  const { failure } = await findFailure(stack.clients.sfn, executionArn, createRunContext());
  return failure.message === '' ? failure.code : `${failure.code}: ${failure.message}`;
};

const upload = async (
  stack: LocalStack,
  { path: file, sizeBytes, name = path.basename(file) }: UploadedFile,
  signal: AbortSignal,
  show: (steps: readonly Step[]) => void,
): Promise<{ readonly object: ObjectRef; readonly step: Step }> => {
  const startedAt = performance.now();
  const step = (sentBytes: number, state: Step['state']): Step => ({
    name: 'upload',
    state,
    durationMs: performance.now() - startedAt,
    done: sentBytes,
    total: sizeBytes,
    details: [state === 'done' ? formatBytes(sizeBytes) : `${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}`],
  });
  const rest = waitingSteps.slice(1);
  show([step(0, 'running'), ...rest]);
  const object = await stack.upload(`${stack.app.trigger.prefix}${uploadName(name)}`, file, {
    signal,
    onProgress: (sentBytes) => show([step(Math.min(sentBytes, sizeBytes), 'running'), ...rest]),
  });
  const done = step(sizeBytes, 'done');
  show([done, ...rest]);
  return { object, step: done };
};

/** The output of a batch has the name of its upload, and lies beside these. */
const uploadName = (name: string): string =>
  ['rejects.csv', 'report.html', 'report.json'].includes(name) ? `source-${name}` : name;

const sameObject = (a: ObjectRef, b: ObjectRef): boolean =>
  a.bucket === b.bucket &&
  a.key === b.key &&
  (a.versionId === undefined || b.versionId === undefined ? a.etag === b.etag : a.versionId === b.versionId);
