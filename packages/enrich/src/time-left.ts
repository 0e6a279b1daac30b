import { PipelineDeadlineError, type RunContext } from '@pipeline/core';

/**
 * Refuses to begin what would end after the run's deadline: the work so far is handed on sooner, and the chunk is tried
 * again with all of its time.
 *
 * @param ms - how long it will take, in milliseconds
 * @throws PipelineDeadlineError `DEADLINE`
 */
export const requireTime = (run: Pick<RunContext, 'clock' | 'deadlineMs'>, ms: number, work: string): void => {
  if (run.deadlineMs !== undefined && run.clock.now() + ms > run.deadlineMs)
    throw new PipelineDeadlineError('DEADLINE', { work });
};

/** How long calls take, so that none is begun that will not end in time. */
export interface Pace {
  /** Smoothed, in milliseconds; 0 before the first call. */
  readonly typicalMs: number;
  took(ms: number): void;
}

/** Smooths as TCP does its round trips: an eighth of each new one (https://www.rfc-editor.org/rfc/rfc6298). */
export const createPace = (): Pace => {
  let typicalMs: number | undefined;
  return {
    get typicalMs() {
      return typicalMs ?? 0;
    },
    took: (ms) => {
      typicalMs = typicalMs === undefined ? ms : typicalMs + (ms - typicalMs) / 8;
    },
  };
};
