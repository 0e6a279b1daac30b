import type { MapRun } from '../map-run/map-run.ts';
import type { Execution, MachineSnapshot } from './execution.ts';

/** A state machine as created or updated last. */
export interface StateMachine extends MachineSnapshot {
  readonly createdMs: number;
  readonly revisionId?: string;
  readonly loggingConfiguration?: unknown;
  readonly tracingConfiguration?: unknown;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** Everything the service remembers; it lives as long as the process. */
export interface Registry {
  readonly machines: Map<string, StateMachine>;
  readonly executions: Map<string, Execution>;
  readonly mapRuns: Map<string, MapRun>;
  /** The next place in the order of starts. */
  nextSequence(): number;
}

/** An empty registry. */
export function createRegistry(): Registry {
  let sequence = 0;
  return { machines: new Map(), executions: new Map(), mapRuns: new Map(), nextSequence: () => ++sequence };
}
