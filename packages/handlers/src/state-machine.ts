import template from '../state-machine/pipeline.asl.json' with { type: 'json' };
import replayTemplate from '../state-machine/replay.asl.json' with { type: 'json' };
import { taskRetry, transientRetry } from './transient-retry.ts';

/** Which container tasks process chunks; its entry is `runAsTask` with the handler of `createProcessHandler`. */
export interface TaskSubstitutions {
  /** ARN of the ECS cluster. */
  readonly Cluster: string;
  /** Family or ARN of the task definition. */
  readonly TaskDefinition: string;
  /** The container in it. */
  readonly Container: string;
  /** Subnets of the tasks. */
  readonly Subnets: readonly string[];
  /** @default the default one of the VPC */
  readonly SecurityGroups?: readonly string[];
  /** `ENABLED` in public subnets, which have no other way to S3. @default 'DISABLED' */
  readonly AssignPublicIp?: 'ENABLED' | 'DISABLED';
  /** Limit of one chunk, in seconds, from 301. @default 43_200 */
  readonly TimeoutSeconds?: number;
}

/** What the definition leaves open. Functions are names or ARNs. */
export interface StateMachineSubstitutions {
  /** Made by `createSplitHandler`. */
  readonly SplitFunction: string;
  /**
   * Made by `createScanHandler`: scans ranges of very large uploads side by side.
   * @default none: the splitter scans them alone, in as many calls as it takes
   */
  readonly ScanFunction?: string;
  /** Made by `createProcessHandler`. */
  readonly ProcessFunction: string;
  /** Made by `createResolveHandler`. */
  readonly ResolveFunction: string;
  /** Made by `createMergeHandler`. */
  readonly MergeFunction: string;
  /** Made by `createArchiveHandler`. */
  readonly ArchiveFunction: string;
  /** Made by `createNotifyHandler`. */
  readonly NotifyFunction: string;
  /**
   * Container tasks for chunks that take too long for a Lambda function: those that the splitter routes to them, and those
   * whose function ran out of time all the same.
   * @default none: every chunk goes to Lambda
   */
  readonly Task?: TaskSubstitutions;
  /** Prefix of the work location, `''` or ending in `/`. @default 'batches/' */
  readonly WorkPrefix?: string;
  /** Chunks processed at once; keep it below the account's Lambda concurrency. @default 40 */
  readonly MaxConcurrency?: number;
  /** Limit of a whole batch, in seconds. @default 86_400 */
  readonly TimeoutSeconds?: number;
}

/**
 * The state machine of the pipeline, filled in: deployed as it is and run by the local stack as it is. A placeholder that
 * is a whole value becomes a value of any type, one inside a text becomes text.
 * Amazon States Language: https://states-language.net/spec.html
 *
 * @throws Error when the definition has a placeholder that nothing fills
 * @example
 * const definition = stateMachineDefinition({
 *   SplitFunction: 'orders-split',
 *   ScanFunction: 'orders-scan',
 *   ProcessFunction: 'orders-process',
 *   ResolveFunction: 'orders-resolve',
 *   MergeFunction: 'orders-merge',
 *   ArchiveFunction: 'orders-archive',
 *   NotifyFunction: 'orders-notify',
 *   MaxConcurrency: 10,
 * });
 */
export const stateMachineDefinition = (substitutions: StateMachineSubstitutions): Record<string, unknown> => {
  const { Task, ...others } = substitutions;
  const scanTasks = others.ScanFunction !== undefined;
  const values: Record<string, unknown> = {
    ScanTasks: scanTasks,
    WorkPrefix: 'batches/',
    MaxConcurrency: 40,
    TimeoutSeconds: 86_400,
    TransientRetry: transientRetry,
    ...(Task === undefined ? {} : taskValues(Task)),
    ...others,
  };
  const routed = Task === undefined ? withoutTasks(template) : template;
  return fill(scanTasks ? routed : withoutScanTasks(routed), values) as Record<string, unknown>;
};

const taskValues = ({
  Cluster,
  TaskDefinition,
  Container,
  TimeoutSeconds = 43_200,
  ...network
}: TaskSubstitutions) => ({
  TaskCluster: Cluster,
  TaskDefinition,
  TaskContainer: Container,
  TaskNetwork: { AssignPublicIp: 'DISABLED', ...network },
  TaskTimeoutSeconds: TimeoutSeconds,
  TaskRetry: taskRetry,
});

type Template = Omit<typeof template, 'States'> & {
  readonly States: Omit<typeof template.States, 'ProcessChunks'> & { readonly ProcessChunks: object };
};

const withoutTasks = (whole: typeof template): Template => {
  const { ItemProcessor, ...map } = whole.States.ProcessChunks;
  const { Catch: _, ...ProcessChunk } = ItemProcessor.States.ProcessChunk;
  const ProcessChunks = {
    ...map,
    ItemProcessor: { ...ItemProcessor, StartAt: 'ProcessChunk', States: { ProcessChunk } },
  };
  return { ...whole, States: { ...whole.States, ProcessChunks } };
};

const withoutScanTasks = ({ States, ...rest }: Template): object => {
  const { ScanRanges: _, 'Planned?': planned, ...others } = States;
  const Choices = planned.Choices.filter(({ Next }) => Next !== 'ScanRanges');
  return { ...rest, States: { ...others, 'Planned?': { ...planned, Choices } } };
};

/** What the definition of replays leaves open. Functions are names or ARNs. */
export interface ReplayMachineSubstitutions {
  /** Made by `createReplayHandler`. */
  readonly ReplayFunction: string;
  /** Made by `createNotifyHandler`. */
  readonly NotifyFunction: string;
  /** Limit of a whole replay, in seconds. @default 86_400 */
  readonly TimeoutSeconds?: number;
}

/**
 * The state machine that replays mended rejects, filled in like the pipeline's. Its input is `{ batchId, rejects, settings }`.
 *
 * @example
 * const definition = replayMachineDefinition({ ReplayFunction: 'orders-replay', NotifyFunction: 'orders-notify' });
 */
export const replayMachineDefinition = (substitutions: ReplayMachineSubstitutions): Record<string, unknown> =>
  fill(replayTemplate, { TimeoutSeconds: 86_400, TransientRetry: transientRetry, ...substitutions }) as Record<
    string,
    unknown
  >;

const fill = (node: unknown, values: Readonly<Record<string, unknown>>): unknown => {
  const valueFor = (name: string): unknown => {
    if (values[name] === undefined) throw new Error(`nothing fills the placeholder ${name} of the state machine`);
    return values[name];
  };
  if (typeof node === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(node);
    return whole === null
      ? node.replace(/\$\{(\w+)\}/g, (_, name: string) => String(valueFor(name)))
      : valueFor(whole[1]!);
  }
  if (Array.isArray(node)) return node.map((one) => fill(one, values));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fill(value, values)]));
};
