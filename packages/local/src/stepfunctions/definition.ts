import type { Json, JsonObject } from './data/json.ts';

/** A chain of states: the state machine itself, a Parallel branch or a Map's processor. */
export interface Flow {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A whole definition in the Amazon States Language, JSONPath mode. */
export interface Definition extends Flow {
  readonly Comment?: string;
  readonly Version?: string;
  readonly QueryLanguage?: 'JSONPath';
  readonly TimeoutSeconds?: number;
}

/** A Map's processor. */
export interface ItemProcessor extends Flow {
  readonly ProcessorConfig?: {
    readonly Mode?: 'INLINE' | 'DISTRIBUTED';
    readonly ExecutionType?: 'STANDARD' | 'EXPRESS';
  };
}

/** One Retry entry. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  /** @default 1 */ readonly IntervalSeconds?: number;
  /** @default 3 */ readonly MaxAttempts?: number;
  /** @default 2 */ readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  /** @default 'NONE' */ readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** One Catch entry. */
export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
}

/** A Choice rule; exactly one comparison operator stands beside `Variable`. */
export interface ChoiceRule {
  readonly Next?: string;
  readonly Variable?: string;
  readonly And?: readonly ChoiceRule[];
  readonly Or?: readonly ChoiceRule[];
  readonly Not?: ChoiceRule;
}

/** A Distributed Map's data source. */
export interface ItemReader {
  readonly Resource: string;
  readonly Parameters?: JsonObject;
  readonly ReaderConfig?: {
    readonly InputType?: 'JSON' | 'JSONL';
    readonly MaxItems?: number;
    readonly MaxItemsPath?: string;
  };
}

/** How a Distributed Map groups items. */
export interface ItemBatcher {
  readonly MaxItemsPerBatch?: number;
  readonly MaxItemsPerBatchPath?: string;
  readonly MaxInputBytesPerBatch?: number;
  readonly MaxInputBytesPerBatchPath?: string;
  readonly BatchInput?: Json;
}

/** Where and how a Distributed Map writes its results. */
export interface ResultWriter {
  readonly Resource: string;
  readonly Parameters?: JsonObject;
  readonly WriterConfig?: {
    readonly Transformation?: 'NONE' | 'COMPACT' | 'FLATTEN';
    readonly OutputType?: 'JSON' | 'JSONL';
  };
}

/** The state types. */
export type StateType = 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

/** A state; which fields may stand on which type is checked when a state machine is created. */
export interface State {
  readonly Type: StateType;
  readonly Next?: string;
  readonly End?: boolean;
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
  readonly ResultPath?: string | null;
  readonly Parameters?: Json;
  readonly ResultSelector?: Json;
  readonly Result?: Json;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: number;
  readonly HeartbeatSecondsPath?: string;
  readonly Choices?: readonly ChoiceRule[];
  readonly Default?: string;
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
  readonly Branches?: readonly Flow[];
  readonly ItemProcessor?: ItemProcessor;
  readonly Iterator?: ItemProcessor;
  readonly ItemsPath?: string;
  readonly ItemSelector?: Json;
  readonly ItemReader?: ItemReader;
  readonly ItemBatcher?: ItemBatcher;
  readonly ResultWriter?: ResultWriter;
  readonly MaxConcurrency?: number;
  readonly MaxConcurrencyPath?: string;
  readonly ToleratedFailureCount?: number;
  readonly ToleratedFailureCountPath?: string;
  readonly ToleratedFailurePercentage?: number;
  readonly ToleratedFailurePercentagePath?: string;
  readonly Label?: string;
}

/** The processor of a Map state, under its present or its older name. */
export function processorOf(state: State): ItemProcessor {
  return (state.ItemProcessor ?? state.Iterator)!;
}

/** Whether a Map state runs distributed. */
export function isDistributed(state: State): boolean {
  return processorOf(state).ProcessorConfig?.Mode === 'DISTRIBUTED';
}
