import type { Json, Payload } from '../data/json.ts';
import type { Definition, Flow } from '../definition.ts';
import type { MapRun } from '../map-run/map-run.ts';
import type { CancelScope } from './cancel-scope.ts';
import type { History } from './history.ts';

/** An execution's status. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

/** The part of a state machine that an execution keeps: later updates do not touch what already runs. */
export interface MachineSnapshot {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly flow: Flow;
  readonly timeoutSeconds: number | undefined;
  readonly definition: Definition;
  readonly definitionText: string;
  readonly updatedMs: number;
}

/**
 * How far one chain of states has come: kept while it runs and after it failed, so that a redrive goes on where it
 * stopped.
 */
export interface FlowJournal {
  current?: {
    readonly name: string;
    readonly input: Payload;
    readonly enteredMs: number;
    readonly enteredEventId: number;
  };
  /** The output, once the chain ended. */
  output?: Payload;
  /** One journal for each branch or iteration of the current Parallel or inline Map state. */
  branches?: FlowJournal[];
  /** The Map Run of the current Distributed Map state. */
  mapRun?: MapRun;
}

/** One execution, also a child of a Distributed Map. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: MachineSnapshot;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly input: Payload;
  /** Where the execution stands in the order of starts. */
  readonly sequence: number;
  readonly startMs: number;
  readonly history: History;
  readonly journal: FlowJournal;
  readonly parent?: { readonly mapRun: MapRun; readonly itemCount: number };
  status: ExecutionStatus;
  stopMs?: number;
  output?: Payload;
  error?: string | undefined;
  cause?: string | undefined;
  redriveCount: number;
  redriveMs?: number;
  scope: CancelScope;
  /** Resolves when the present attempt has ended, in whatever status. */
  ended: Promise<void>;
}

/** Where in an execution the interpreter is: one chain of states. */
export interface Thread {
  readonly execution: Execution;
  readonly flow: Flow;
  readonly journal: FlowJournal;
  readonly scope: CancelScope;
  /** The event that the next one follows. */
  lastEventId: number;
  /** `$$.Map` inside an inline Map's iterations. */
  readonly mapContext?: Json;
  /** True until the first state has run in a redrive. */
  resuming: boolean;
}
