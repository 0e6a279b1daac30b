/** One line of progress. */
export interface Step {
  /** What is done, in a word. */
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Absent before the step begins. */
  readonly durationMs?: number;
  /** Parts that are done, out of `total`; shown as a bar while the step runs. */
  readonly done?: number;
  /** Parts in work now. */
  readonly active?: number;
  /** Parts in all; without them no bar is shown. */
  readonly total?: number;
  /** Counts, said in a few words each. */
  readonly details?: readonly string[];
}
