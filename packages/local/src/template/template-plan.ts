import type { HttpApiRoute } from '../http-api/index.ts';
import type { PolicyDocument } from '../iam/policy.ts';

/** A function of a template. */
export interface PlannedFunction {
  readonly name: string;
  /** The finished bundle. */
  readonly file: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly reservedConcurrency?: number;
  readonly roleArn: string;
  /** Name of the queue of asynchronous calls that failed each time. */
  readonly deadLetters?: string;
}

export interface PlannedTable {
  readonly tableName: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
}

export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

export interface PlannedQueue {
  readonly name: string;
  /** As CreateQueue takes them. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface PlannedRule {
  readonly name: string;
  readonly enabled: boolean;
  /** Event pattern. */
  readonly pattern: unknown;
  /** As PutTargets takes them. */
  readonly targets: readonly { readonly Id: string; readonly Arn: string }[];
}

/** A queue that feeds a function. */
export interface PlannedSource {
  readonly queue: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly maximumConcurrency?: number;
  readonly reportBatchItemFailures: boolean;
}

export interface PlannedMachine {
  readonly name: string;
  readonly arn: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly roleArn: string;
}

export interface PlannedApi {
  /** As URLs begin with. */
  readonly id: string;
  readonly stage: string;
  readonly routes: readonly HttpApiRoute[];
}

export interface PlannedTask {
  readonly family: string;
  readonly container: string;
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly taskRoleArn: string;
  /** Both roles of the task: who runs it passes them on. */
  readonly roleArns: readonly string[];
  readonly stopTimeoutSeconds?: number;
}

export interface PlannedRole {
  readonly name: string;
  readonly arn: string;
  readonly policies: readonly PolicyDocument[];
  /** Who may take it on: ARNs and services. */
  readonly trusts: readonly string[];
}

/** A bucket. */
export interface PlannedBucket {
  readonly name: string;
  readonly versioned: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a template asks for, as far as it is run here. */
export interface TemplatePlan {
  readonly stackName: string;
  readonly buckets: readonly PlannedBucket[];
  readonly tables: readonly PlannedTable[];
  readonly functions: readonly PlannedFunction[];
  readonly queues: readonly PlannedQueue[];
  readonly rules: readonly PlannedRule[];
  readonly sources: readonly PlannedSource[];
  readonly machines: readonly PlannedMachine[];
  readonly api: PlannedApi | undefined;
  readonly clusters: readonly string[];
  readonly tasks: readonly PlannedTask[];
  readonly roles: readonly PlannedRole[];
  /** One line for each type that is not run here, and why. */
  readonly notRun: readonly string[];
}
