import type { HttpApiRoute } from '../http-api/index.ts';
import type { TemplatePlan } from '../template/template-plan.ts';
import type { LocalStack } from './local-stack.ts';

/** One function of an app, as a deployment would describe it. */
export interface LocalFunction {
  /** Absolute path of the module that exports `handler`. */
  readonly entry: string;
  /** Settings of its own; those that lead it to the stack's services are added. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Limit of one invocation, from 1 to 900. @default 900 */
  readonly timeoutSeconds?: number;
  /** Memory of the whole process, in MiB. @default 512 */
  readonly memoryMb?: number;
  /** Most invocations at a time; one more is throttled. @default not limited */
  readonly reservedConcurrency?: number;
}

/** One container task of an app: what `runAsTask` is the entry of. */
export interface LocalTask {
  /** Absolute path of the module that the container runs. */
  readonly entry: string;
  /** Name of the container. @default 'process' */
  readonly container?: string;
  /** Settings of its own; those that lead it to the stack's services are added. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One queue of an app, as a deployment would describe it. */
export interface LocalQueue {
  /** How long a received message is hidden, from 0 to 43,200. @default 30 */
  readonly visibilitySeconds?: number;
  /** Where messages go that were received so often. @default they come again until they are done */
  readonly deadLetters?: { readonly queue: string; readonly maxReceives: number };
  /** The function that takes its messages, and may name those that come again. @default nobody takes them */
  readonly consumer?: {
    readonly functionName: string;
    /** @default 10 */
    readonly batchSize?: number;
    /** Calls at a time, from 2. @default 5 */
    readonly maximumConcurrency?: number;
  };
}

/** One rule of an event bus, as a deployment would describe it. */
export interface LocalRule {
  /** Created when it does not exist. @default 'default' */
  readonly bus?: string;
  /** Event pattern. */
  readonly pattern: object;
  /** Up to five. Events that a target does not take go to the queue of dead letters. */
  readonly targets: readonly ({ readonly queue: string } | { readonly functionName: string })[];
}

/** What lies around the functions when their settings are made. */
export interface AppPlace {
  /** The app's bucket. */
  readonly bucket: string;
  /** What the intake starts. */
  readonly stateMachineArn: string;
  /** What it starts for mended rejects; `undefined` for an app without replays. */
  readonly replayMachineArn: string | undefined;
  /** Address of the API, with its stage; `undefined` for an app without one. */
  readonly apiEndpoint: string | undefined;
  /** Address of a queue of the app. */
  queueUrl(name: string): string;
}

/** A pipeline as a program: what is deployed to the cloud, described so that the local stack can run it. */
export interface LocalApp {
  /** Names the state machine. */
  readonly name: string;
  /** Versioned, created when it does not exist. */
  readonly bucket: string;
  /** By function name. */
  functions(place: AppPlace): Readonly<Record<string, LocalFunction>>;
  /**
   * Container tasks by the family of their task definition, for `ecs:runTask` and for ECS clients, in the cluster `local`;
   * each runs as a process.
   * @default none: a state machine with such a state is refused
   */
  tasks?(place: AppPlace): Readonly<Record<string, LocalTask>>;
  /** DynamoDB tables, created when they do not exist. @default [] */
  readonly tables?: readonly {
    readonly tableName: string;
    readonly partitionKey: string;
    readonly sortKey?: { readonly name: string; readonly type: 'S' | 'N' };
  }[];
  /** Routes of the API. @default no API */
  readonly api?: readonly HttpApiRoute[];
  /** The definition in the Amazon States Language, with function names filled in. */
  stateMachine(): Record<string, unknown>;
  /** The definition that replays mended rejects, likewise. @default no replays */
  replayMachine?(): Record<string, unknown>;
  /** Queues by name, beside that of uploads (`<name>-uploads`) and that of dead letters (`<name>-dead-letters`). @default none */
  readonly queues?: Readonly<Record<string, LocalQueue>>;
  /** Rules by name, beside those of uploads and failures. @default none */
  readonly rules?: Readonly<Record<string, LocalRule>>;
  /** Objects that a function is told of when they are created: by a rule, through the queue of uploads. */
  readonly trigger: { readonly prefix: string; readonly suffix: string; readonly functionName: string };
  /** Called with the status event of every execution that fails, times out or is stopped. */
  readonly failureFunction: string;
  /** Fills tables and buckets once everything stands. */
  seed?(stack: LocalStack): Promise<void>;
  /** Lines for whoever starts it, such as what of it is not run here. @default none */
  readonly notes?: readonly string[];
  /** What is deployed in place of functions, tables, queues, rules and machines above; see `templateApp`. */
  readonly template?: DeployedTemplate;
}

/** A synthesised template as it is run here. */
export interface DeployedTemplate extends TemplatePlan {
  /** Queue between uploads and the trigger's function. */
  readonly uploadsQueue: string;
  /** What the trigger's function starts. */
  readonly stateMachineArn: string;
  /** What it starts for mended rejects. */
  readonly replayMachineArn: string | undefined;
}
