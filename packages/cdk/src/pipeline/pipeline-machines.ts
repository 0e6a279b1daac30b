import { replayMachineDefinition, stateMachineDefinition } from '@pipeline/handlers';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { BatchMachine } from '../batch-machine.ts';
import type { TaskRoute } from '../containers/task-route.ts';
import type { FunctionName } from '../permissions.ts';
import type { Places } from '../places.ts';
import type { PipelineFunctions } from './pipeline-functions.ts';
import type { CsvPipelineProps } from './pipeline-props.ts';

/** What the state machines are made of. */
export interface MachinesProps {
  readonly names: { readonly batches: string; readonly replays: string | undefined };
  readonly functions: PipelineFunctions;
  /** Takes chunks that are too long for a function. */
  readonly worker: TaskRoute | undefined;
  readonly places: Places;
  readonly logRetention: RetentionDays;
}

/** What the batches' definition calls. */
const called: readonly FunctionName[] = ['split', 'scan', 'process', 'resolve', 'merge', 'archive', 'notify'];

/** Makes the state machine of batches from the one definition, and that of replays where there is a function for them. */
export const makeMachines = (
  scope: Construct,
  { names, functions, worker, places, logRetention }: MachinesProps,
  { maxConcurrency, batchTimeoutSeconds, key }: CsvPipelineProps,
): { readonly batches: BatchMachine; readonly replays: BatchMachine | undefined } => {
  const arnOf = (name: FunctionName): string => functions[name]!.function.functionArn;
  const { scan, replay, notify } = functions;
  const batches = new BatchMachine(scope, 'Batches', {
    name: names.batches,
    definition: stateMachineDefinition({
      SplitFunction: arnOf('split'),
      ...(scan === undefined ? {} : { ScanFunction: arnOf('scan') }),
      ProcessFunction: arnOf('process'),
      ResolveFunction: arnOf('resolve'),
      MergeFunction: arnOf('merge'),
      ArchiveFunction: arnOf('archive'),
      NotifyFunction: arnOf('notify'),
      WorkPrefix: places.work.prefix,
      ...(worker === undefined ? {} : { Task: worker.substitutions }),
      ...(maxConcurrency === undefined ? {} : { MaxConcurrency: maxConcurrency }),
      ...(batchTimeoutSeconds === undefined ? {} : { TimeoutSeconds: batchTimeoutSeconds }),
    }),
    functions: called.flatMap((name) => functions[name] ?? []),
    work: places.work,
    key,
    logRetention,
  });
  for (const statement of worker?.runStatements() ?? []) batches.role.addToPolicy(statement);
  const replays =
    replay === undefined || names.replays === undefined
      ? undefined
      : new BatchMachine(scope, 'Replays', {
          name: names.replays,
          definition: replayMachineDefinition({ ReplayFunction: arnOf('replay'), NotifyFunction: arnOf('notify') }),
          functions: [replay, notify],
          logRetention,
        });
  return { batches, replays };
};
