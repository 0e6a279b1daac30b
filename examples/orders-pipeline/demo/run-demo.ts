import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import type { LocalStack } from '@pipeline/local';
import {
  BatchFailedError,
  type BatchOutput,
  type BatchProgress,
  type BegunBatch,
  batchSteps,
  beginBatch,
  type ChunkBook,
  failureOf,
  followBatch,
  type ProgressView,
  plural,
  type Step,
  type Style,
  wrap,
} from '@pipeline/local/terminal';
import { loseTable, restoreTable } from './lose-table.ts';
import { awaitMail, isFailureMail, mailLines } from './mails.ts';
import type { OrderFile } from './order-file.ts';

export interface DemoRun {
  readonly stack: LocalStack;
  readonly chunks: ChunkBook;
  readonly file: OrderFile;
  readonly signal: AbortSignal;
  readonly view: ProgressView;
  /** What was shown before the upload. */
  readonly first: readonly Step[];
  readonly triggerFailed: Promise<never>;
  readonly print: (...lines: readonly string[]) => void;
  readonly style: Style;
  /** Columns to print in. */
  readonly width: number;
  /** About how many chunks the file has. */
  readonly expectedChunks: number;
}

export interface DemoOutcome {
  readonly output: BatchOutput;
  readonly progress: BatchProgress;
}

/** Uploads the file and shows the batch to its end. @throws BatchFailedError */
export const runDemo = async (run: DemoRun): Promise<DemoOutcome> => {
  const batch = await begin(run);
  const progress = await follow(run, batch);
  if (progress.status !== 'SUCCEEDED') throw new BatchFailedError(await failureOf(run.stack, batch.executionArn));
  return outcomeOf(progress);
};

/**
 * Loses the look-up table after some chunks, shows the failure, restores the table and redrives the execution.
 *
 * @throws BatchFailedError when the batch does not fail, or fails again
 */
export const runBrokenDemo = async (
  run: DemoRun,
  onChunkCommitted: (listener: () => void) => void,
): Promise<DemoOutcome> => {
  const { stack, chunks, print, style, signal } = run;
  const after = chunksBeforeLoss(run);
  let lost: Promise<void> | undefined;
  let committed = 0;
  if (after === 0) await loseTable(stack);
  else
    onChunkCommitted(() => {
      committed++;
      if (committed >= after) lost ??= loseTable(stack);
    });

  const batch = await begin(run);
  const failed = await follow(run, batch);
  await lost;
  if (failed.status === 'SUCCEEDED') throw new BatchFailedError('the table was lost too late to break the batch');
  const before = chunks.of(batch.batchId);
  const finished = new Set(before.committed);
  const startsBefore = new Map(before.started);
  print(
    '',
    `${style.bad('The batch failed')}, as it should: the table financials was deleted ${after === 0 ? 'before the upload' : `after ${plural(after, 'chunk')}`}.`,
  );
  print(...wrap(await failureOf(stack, batch.executionArn), run.width - 2).map((line) => `  ${line}`));
  const mail = await awaitMail(stack, isFailureMail, signal);
  if (mail === undefined) throw new BatchFailedError('no failure mail was sent');
  print('', ...mailLines(mail, style, run.width));

  await restoreTable(stack);
  print('', 'The table is restored. The execution is redriven: it goes on where it stopped.', '');
  await stack.clients.sfn.send(new RedriveExecutionCommand({ executionArn: batch.executionArn }));
  const progress = await follow(run, batch);
  if (progress.status !== 'SUCCEEDED') throw new BatchFailedError(await failureOf(stack, batch.executionArn));
  const { started } = chunks.of(batch.batchId);
  const again = [...finished].filter((chunk) => started.get(chunk) !== startsBefore.get(chunk)).length;
  const total = progress.chunks?.total ?? 0;
  const rest = plural(total - finished.size, 'chunk');
  const story =
    finished.size === 0
      ? `No chunk was finished before the failure; the redrive did all ${total}.`
      : `${plural(finished.size, 'chunk')} of ${total} ${finished.size === 1 ? 'was' : 'were'} committed before the failure, ${again === 0 ? 'none' : again} of them done again; the redrive did ${rest}.`;
  print('', ...wrap(story, run.width));
  if (again > 0) throw new BatchFailedError('a redrive must not do finished chunks again');
  return outcomeOf(progress);
};

/**
 * A worker remembers what it looked up. Files of more than some ten thousand rows repeat the table's keys, so that its
 * loss would not be noticed after some chunks: then it is lost before the first.
 */
const chunksBeforeLoss = ({ file, expectedChunks }: DemoRun): number =>
  file.sizeBytes > 1_500_000 ? 0 : Math.min(5, Math.floor(expectedChunks / 4));

const begin = ({ stack, file, signal, first, triggerFailed, view }: DemoRun): Promise<BegunBatch> =>
  beginBatch(stack, file, { signal, triggerFailed, show: (steps) => view.show([...first, ...steps]) });

const follow = async (
  { stack, chunks, first, signal, view }: DemoRun,
  { executionArn, batchId, step }: BegunBatch,
): Promise<BatchProgress> => {
  const progress = await followBatch(stack.clients.sfn, executionArn, {
    signal,
    onProgress: (now) => view.show([...first, step, ...batchSteps(now, chunks.of(batchId))]),
  });
  view.end(); // what is printed now comes below
  return progress;
};

const outcomeOf = (progress: BatchProgress): DemoOutcome => ({
  progress,
  output: JSON.parse(progress.output ?? '{}') as BatchOutput,
});
