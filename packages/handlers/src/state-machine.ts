import template from '../state-machine/pipeline.asl.json' with { type: 'json' };
import replayTemplate from '../state-machine/replay.asl.json' with { type: 'json' };
import { transientRetry } from './transient-retry.ts';

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
  const scanTasks = substitutions.ScanFunction !== undefined;
  const values: Record<string, unknown> = {
    ScanTasks: scanTasks,
    WorkPrefix: 'batches/',
    MaxConcurrency: 40,
    TimeoutSeconds: 86_400,
    TransientRetry: transientRetry,
    ...substitutions,
  };
  return fill(scanTasks ? template : withoutScanTasks(template), values) as Record<string, unknown>;
};

const withoutScanTasks = ({ States, ...rest }: typeof template): object => {
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
