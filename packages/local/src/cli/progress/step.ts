/** One line of progress. */
export interface Step {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly durationMs?: number;
  /** Parts that are done, out of `total`; shown as a bar while the step runs. */
  readonly done?: number;
  /** Parts in work now. */
  readonly active?: number;
  readonly total?: number;
  /** Counts, said in a few words each. */
  readonly details?: readonly string[];
}
