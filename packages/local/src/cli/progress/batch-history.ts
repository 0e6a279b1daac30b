import type { HistoryEvent } from '@aws-sdk/client-sfn';

export const stageNames = ['split', 'process', 'resolve', 'merge', 'archive', 'notify'] as const;

/** Name of a stage, as the terminal shows it. */
export type StageName = (typeof stageNames)[number];

/** How far one stage is. */
export interface StageProgress {
  readonly name: StageName;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Without the pause between a failure and its redrive; `undefined` before the stage begins. */
  readonly durationMs: number | undefined;
}

const stageOfState: Readonly<Record<string, StageName>> = {
  Split: 'split',
  ScanRanges: 'split',
  ProcessEmpty: 'process',
  ProcessChunks: 'process',
  Resolve: 'resolve',
  Merge: 'merge',
  Archive: 'archive',
  Notify: 'notify',
};

const ends = ['ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted'];

/** Reads the stages out of an execution's history. A state that is entered and not left is running, or failed with the execution. */
export const stagesOf = (events: readonly HistoryEvent[], nowMs: number): readonly StageProgress[] => {
  const spentMs = new Map<StageName, number>();
  const left = new Set<StageName>();
  let current: { readonly stage: StageName; sinceMs: number } | undefined;
  let failed = false;
  const stop = (atMs: number): void => {
    if (current === undefined) return;
    spentMs.set(current.stage, (spentMs.get(current.stage) ?? 0) + atMs - current.sinceMs);
    current.sinceMs = atMs;
  };
  for (const { type = '', timestamp, stateEnteredEventDetails, stateExitedEventDetails } of events) {
    const atMs = timestamp?.getTime() ?? nowMs;
    const entered = stageOfState[stateEnteredEventDetails?.name ?? ''];
    const exited = stageOfState[stateExitedEventDetails?.name ?? ''];
    if (entered !== undefined) {
      current = { stage: entered, sinceMs: atMs };
      // A split that ran out of time is called again, and one that a sample misled takes the others with it.
      for (const again of stageNames.slice(stageNames.indexOf(entered))) left.delete(again);
    } else if (exited !== undefined) {
      stop(atMs);
      left.add(exited);
      current = undefined;
    } else if (ends.includes(type)) {
      stop(atMs);
      failed = true;
    } else if (type === 'ExecutionRedriven') {
      failed = false;
      if (current !== undefined) current.sinceMs = atMs;
    }
  }
  return stageNames.map((name) => {
    const spent = spentMs.get(name);
    if (left.has(name)) return { name, state: 'done', durationMs: spent };
    if (current?.stage !== name) return { name, state: 'waiting', durationMs: spent };
    if (failed) return { name, state: 'failed', durationMs: spent };
    return { name, state: 'running', durationMs: (spent ?? 0) + Math.max(0, nowMs - current.sinceMs) };
  });
};

/** The Map Run that works on the chunks of the plan that counts, once it has begun. */
export const mapRunOf = (events: readonly HistoryEvent[]): string | undefined => {
  let stage: StageName | undefined;
  let mapRunArn: string | undefined;
  for (const { stateEnteredEventDetails, mapRunStartedEventDetails } of events) {
    if (stateEnteredEventDetails !== undefined) stage = stageOfState[stateEnteredEventDetails.name ?? ''];
    if (stateEnteredEventDetails !== undefined && stage === 'split') mapRunArn = undefined;
    if (mapRunStartedEventDetails !== undefined && stage === 'process') mapRunArn = mapRunStartedEventDetails.mapRunArn;
  }
  return mapRunArn;
};
