import type { ObjectRef } from '@pipeline/core';
import type { ExecutionStatusEvent } from '../stepfunctions/index.ts';

/** An execution as its status events tell it. */
export interface KnownExecution {
  readonly executionArn: string;
  readonly batchId: string;
  /** What it does: process an upload, or take mended rejects back into their batch. */
  readonly kind: 'batch' | 'replay';
  /** The upload: that of the batch, or its mended rejects. */
  readonly source: ObjectRef;
  /** `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`. */
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Milliseconds since the epoch; `undefined` while it runs. */
  readonly stoppedAtMs: number | undefined;
}

/** Follows executions by their status events. */
export interface ExecutionBook {
  /** Takes an event in; that of an execution without a batch is left out. */
  note(event: ExecutionStatusEvent): void;
  /** Every execution so far, oldest first. */
  all(): readonly KnownExecution[];
  /** Calls the listener with every change of status; the answer ends that. */
  onChange(listener: (execution: KnownExecution) => void): () => void;
  /** Waits until an execution fits. Rejects with `signal.reason`. */
  waitFor(fits: (execution: KnownExecution) => boolean, signal: AbortSignal): Promise<KnownExecution>;
}

export const createExecutionBook = (): ExecutionBook => {
  const known = new Map<string, KnownExecution>();
  const waiting = new Set<(execution: KnownExecution) => void>();
  return {
    note({ detail }) {
      const input = JSON.parse(detail.input) as { batchId?: string; source?: ObjectRef; rejects?: ObjectRef };
      const { batchId, source = input.rejects } = input;
      if (batchId === undefined || source === undefined) return;
      const execution: KnownExecution = {
        executionArn: detail.executionArn,
        batchId,
        kind: input.source === undefined ? 'replay' : 'batch',
        source,
        status: detail.status,
        startedAtMs: detail.startDate,
        stoppedAtMs: detail.stopDate ?? undefined,
      };
      known.set(detail.executionArn, execution);
      for (const tell of waiting) tell(execution);
    },
    all: () => [...known.values()],
    onChange(listener) {
      waiting.add(listener);
      return () => waiting.delete(listener);
    },
    waitFor: (fits, signal) =>
      new Promise((resolve, reject) => {
        const found = [...known.values()].find(fits);
        if (found !== undefined) return resolve(found);
        const done = (): void => {
          waiting.delete(tell);
          signal.removeEventListener('abort', aborted);
        };
        const tell = (execution: KnownExecution): void => {
          if (!fits(execution)) return;
          done();
          resolve(execution);
        };
        const aborted = (): void => {
          done();
          reject(signal.reason);
        };
        if (signal.aborted) return reject(signal.reason);
        waiting.add(tell);
        signal.addEventListener('abort', aborted, { once: true });
      }),
  };
};
