import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { fileNameOf, type ObjectRef } from '@pipeline/core';
import type { KnownExecution } from '../../stack/executions.ts';
import type { LocalStack } from '../../stack/local-stack.ts';
import type { Style } from '../progress/style.ts';
import { formatCount, formatDuration, plural, printable } from '../progress/text.ts';
import { failureOf } from '../run/run-batch.ts';

interface MergeCounts {
  readonly report: ObjectRef;
  /** Counts are a batch's; the state machine of replays keeps none. */
  readonly rowsRead?: number;
  readonly rowsWritten?: number;
  readonly rowsRejected?: number;
  /** Of a replay. */
  readonly revision?: number;
}

const clock = (ms: number): string => new Date(ms).toTimeString().slice(0, 8);

/** One line for the start of a batch, one for its end: file, status, counts, duration, report. */
export const batchLine = async (stack: LocalStack, execution: KnownExecution, style: Style): Promise<string> => {
  const { status, kind, source, startedAtMs, stoppedAtMs = Date.now(), executionArn, batchId } = execution;
  const name = style.bold(printable(fileNameOf(source.key)));
  const duration = formatDuration(stoppedAtMs - startedAtMs);
  if (status === 'RUNNING')
    return `${style.dim(clock(Date.now()))}  ${name}  ${kind === 'replay' ? 'mended rejects, replayed into' : 'started,'} batch ${batchId}`;
  const begin = `${style.dim(clock(stoppedAtMs))}  ${name}`;
  if (status !== 'SUCCEEDED') {
    const why = printable(await failureOf(stack, executionArn));
    return `${begin}  ${style.bad(status.toLowerCase().replace('_', ' '))} after ${duration}: ${why}`;
  }
  const { output } = await stack.clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
  const { merge: first, replay } = JSON.parse(output ?? '{}') as { merge?: MergeCounts; replay?: MergeCounts };
  const merge = first ?? replay;
  const done = `${begin}  ${style.good('succeeded')} in ${duration}`;
  if (merge === undefined) return done; // a state machine of somebody else
  const { rowsRead, rowsWritten = 0, rowsRejected = 0, report, revision } = merge;
  const counts =
    rowsRead === undefined
      ? `revision ${revision}`
      : `${plural(rowsRead, 'row')} read = ${formatCount(rowsWritten)} written + ${formatCount(rowsRejected)} rejected`;
  return `${done}: ${counts}; s3://${report.bucket}/${report.key}`;
};
