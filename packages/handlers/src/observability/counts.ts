import type { PipelineEvent } from '@pipeline/core';

/** What one call of a handler came to, from the events that it observed. */
export interface CallCounts {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  readonly bytesRead: number;
  /** Chunks that this call committed; those that another try had committed are not counted again. */
  readonly chunks: number;
  /** Calls of stores and look-ups that were made again. */
  readonly retries: number;
  /** Calls of look-ups. */
  readonly lookupCalls: number;
  /** Keys that look-ups were asked for. */
  readonly lookupKeys: number;
  /** Longest that an upload has waited for a gate, in milliseconds. */
  readonly uploadWaitMs: number;
  /** Mails that were surely not sent; each is tried again. */
  readonly mailsFailed: number;
  /** Mails of which nobody knows whether they arrived; none is sent again. */
  readonly mailsUnknown: number;
}

/** Of a call that nothing was observed of. */
export const noCounts: CallCounts = {
  rowsRead: 0,
  rowsWritten: 0,
  rowsRejected: 0,
  bytesRead: 0,
  chunks: 0,
  retries: 0,
  lookupCalls: 0,
  lookupKeys: 0,
  uploadWaitMs: 0,
  mailsFailed: 0,
  mailsUnknown: 0,
};

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

/**
 * Adds an event to the counts of a call.
 *
 * @param attempt - that of the call: a chunk that another try committed is not its own
 * @example
 * const counts = addEvent(noCounts, { type: 'store.retried', operation: 'read' }, 'request-1'); // { …, retries: 1 }
 */
export const addEvent = (counts: CallCounts, event: PipelineEvent, attempt: string): CallCounts => {
  if (event.type.endsWith('.retried')) return { ...counts, retries: counts.retries + 1 };
  if (event.type === 'lookup.loaded')
    return {
      ...counts,
      lookupCalls: counts.lookupCalls + number(event.calls),
      lookupKeys: counts.lookupKeys + number(event.asked),
    };
  if (event.type === 'intake.waits')
    return { ...counts, uploadWaitMs: Math.max(counts.uploadWaitMs, number(event.waitedMs)) };
  if (event.type === 'mail.unknown' || (event.type === 'mail.failed' && event.status === 'UNKNOWN'))
    return { ...counts, mailsUnknown: counts.mailsUnknown + 1 };
  if (event.type === 'mail.failed') return { ...counts, mailsFailed: counts.mailsFailed + 1 };
  if (event.type !== 'chunk.committed' || event.attempt !== attempt) return counts;
  return {
    ...counts,
    chunks: counts.chunks + 1,
    rowsRead: counts.rowsRead + number(event.rowsRead),
    rowsWritten: counts.rowsWritten + number(event.rowsWritten),
    rowsRejected: counts.rowsRejected + number(event.rowsRejected),
    bytesRead: counts.bytesRead + number(event.bytesRead),
  };
};
