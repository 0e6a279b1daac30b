/** What the process answers. */
export const exitCodes = { done: 0, batchFailed: 1, usage: 2 } as const;

/** The call was wrong: said in one line, nothing was started. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** The batch ended without success: said in one line. */
export class BatchFailedError extends Error {
  override readonly name: string = 'BatchFailedError';
}

/** The user asked us to stop. */
export class InterruptError extends Error {
  override readonly name: string = 'InterruptError';
  readonly exitCode: number;
  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super('interrupted');
    // 128 and the signal's number, as shells count.
    this.exitCode = 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
  }
}
