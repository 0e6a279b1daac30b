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
  /** Where its history is. */
  readonly executionArn: string;
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

/**
 * The mail of a batch that failed: code, what to do, where the original is.
 *
 * @example
 * const mail = failureMail({ bucket: 'orders', key: 'input/may.csv' }, batchId, failure, undefined);
 * await notifier.send(mail, run);
 */
export const failureMail = (
  source: ObjectRef,
  batchId: string,
  failure: Failure,
  copy: ObjectRef | undefined,
): Mail => {
  const name = headerSafe(fileNameOf(source.key));
  const heading = `${name} could not be processed: ${failure.code}`;
  const facts = safeFacts([
    ['File', name],
    ['Status', failure.status],
    ['Code', failure.code],
    ['What happened', failure.message],
    ['Batch', batchId],
    ['Execution', failure.executionArn],
    ['Input', `unchanged at s3://${source.bucket}/${source.key}`],
    ...(copy === undefined ? [] : [['Copy', `s3://${copy.bucket}/${copy.key}`] as const]),
  ]);
  return {
    subject: heading,
    text: [heading, '', ...facts.map(([label, value]) => `${label}: ${value}`), '', advice(failure), ''].join('\n'),
    html: mailPage({ heading, facts, links: [], lines: [advice(failure)] }),
  };
};
