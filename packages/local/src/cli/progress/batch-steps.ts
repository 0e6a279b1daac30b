import { stageNames } from './batch-history.ts';
import type { ChunkCounts } from './chunk-book.ts';
import type { BatchProgress } from './follow-batch.ts';
import type { Step } from './step.ts';
import { formatCount, plural } from './text.ts';

/** What is to come before an upload. */
export const waitingSteps: readonly Step[] = ['upload', ...stageNames].map((name) => ({ name, state: 'waiting' }));

/**
 * The stages of a batch as steps, the chunks with a bar and their rows.
 *
 * @example
 * const view = createProgressView();
 * await followBatch(stack.clients.sfn, executionArn, {
 *   onProgress: (progress) => view.show(batchSteps(progress, chunks.of(batchId))),
 * });
 * view.end();
 */
export const batchSteps = (
  { stages, chunks }: Pick<BatchProgress, 'stages' | 'chunks'>,
  { rowsRead, rowsRejected }: Pick<ChunkCounts, 'rowsRead' | 'rowsRejected'>,
): readonly Step[] =>
  stages.map(({ name, state, durationMs }): Step => {
    const step: Step = { name, state, ...(durationMs === undefined ? {} : { durationMs }) };
    if (name !== 'process' || state === 'waiting' || chunks === undefined || chunks.total === 0) return step;
    const { total, done, running, failed } = chunks;
    const counted = [
      state === 'done' ? plural(total, 'chunk') : `${formatCount(done)}/${plural(total, 'chunk')}`,
      plural(rowsRead, 'row'),
      `${formatCount(rowsRejected)} rejected`,
      ...(failed > 0 && state !== 'done' ? [`${formatCount(failed)} not done`] : []),
    ];
    return { ...step, done, active: running, total, details: counted };
  });
