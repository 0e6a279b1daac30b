import { fileNameOf, type ObjectRef } from '@pipeline/core';
import { mailPage, safeFacts } from './html.ts';
import { headerSafe, type Mail } from './notifier.ts';

/** Why an execution did not succeed. */
export interface Failure {
  /** How the execution ended. */
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** What to do: the name of the error. */
  readonly error: string;
  /** What happened: a code of the catalogue where it was ours. */
  readonly code: string;
  /** The catalogue's message, which says what to do; never row content. */
  readonly message: string;
  /** Where its history is, where there is an execution. */
  readonly executionArn?: string;
}

const advice = ({ status, error }: Failure): string => {
  if (status === 'ABORTED') return 'The execution was stopped by hand. Redrive it to go on where it stopped.';
  if (/^Pipeline(Source|Config|RejectLimit)Error$/.test(error))
    return 'Trying again will not help: correct the file or the settings and upload it again.';
  if (error === 'PipelineLookupRefusedError')
    return 'Correct the look-up (its table, address, permissions or missing entries), then redrive the execution: finished chunks are not done again.';
  if (error === 'PipelineMergeError')
    return 'Nothing was published. Redrive the execution; if it fails again, the work folder was changed.';
  return 'This may pass: redrive the execution; it goes on where it stopped, finished chunks are not done again.';
};

const replayAdvice = ({ status, error }: Failure): string => {
  if (status === 'ABORTED') return 'The replay was stopped by hand. Upload the mended file again to replay it.';
  if (/^Pipeline(Source|Config|RejectLimit)Error$/.test(error))
    return 'Trying again will not help: correct the mended file or the settings and upload it again.';
  return 'This may pass: redrive the execution, or upload the mended file again; chunks that were made are not made again.';
};

/**
 * The mail of a batch that failed: code, what to do, where the original is.
 *
 * @example
 * const mail = failureMail({ bucket: 'orders', key: 'input/may.csv' }, batchId, failure, undefined);
 * await notifier.send(mail, run);
 */
export const failureMail = (source: ObjectRef, batchId: string, failure: Failure, copy: ObjectRef | undefined): Mail =>
  mailOf(source, batchId, failure, { copy, what: 'could not be processed', advice: advice(failure) });

/**
 * The mail of a replay that failed: the batch is as it was before.
 *
 * @example
 * const mail = replayFailureMail({ bucket: 'orders', key: 'input/mended.csv' }, batchId, failure);
 * await notifier.send(mail, run);
 */
export const replayFailureMail = (rejects: ObjectRef, batchId: string, failure: Failure): Mail =>
  mailOf(rejects, batchId, failure, {
    copy: undefined,
    what: 'could not be taken back into its batch',
    advice: `The batch is as it was. ${replayAdvice(failure)}`,
  });

const mailOf = (
  source: ObjectRef,
  batchId: string,
  failure: Failure,
  {
    copy,
    what,
    advice: line,
  }: { readonly copy: ObjectRef | undefined; readonly what: string; readonly advice: string },
): Mail => {
  const name = headerSafe(fileNameOf(source.key));
  const heading = `${name} ${what}: ${failure.code}`;
  const facts = safeFacts([
    ['File', name],
    ['Status', failure.status],
    ['Code', failure.code],
    ['What happened', failure.message],
    ['Batch', batchId],
    ...(failure.executionArn === undefined ? [] : [['Execution', failure.executionArn] as const]),
    ['Input', `unchanged at s3://${source.bucket}/${source.key}`],
    ...(copy === undefined ? [] : [['Copy', `s3://${copy.bucket}/${copy.key}`] as const]),
  ]);
  return {
    subject: heading,
    text: [heading, '', ...facts.map(([label, value]) => `${label}: ${value}`), '', line, ''].join('\n'),
    html: mailPage({ heading, facts, links: [], lines: [line] }),
  };
};
