import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FargateTask } from '../containers/fargate-task.ts';
import { TaskNetwork } from '../containers/task-network.ts';
import { TaskRoute } from '../containers/task-route.ts';
import { coordinatorUses, functionUses, objectStatements } from '../permissions.ts';
import type { Places } from '../places.ts';
import type { CsvPipelineProps } from './pipeline-props.ts';

/** The container tasks of a pipeline. */
export interface PipelineContainers {
  /** Where they run. */
  readonly network: TaskNetwork;
  /** Processes chunks that take too long for a function. */
  readonly worker: TaskRoute | undefined;
  /** Runs a batch without the state machine. */
  readonly coordinator: FargateTask | undefined;
}

/** Makes the container tasks that the user asked for, with what they may do with objects. */
export const makeContainers = (
  scope: Construct,
  {
    places,
    machineName,
    environment,
    logRetention,
  }: {
    readonly places: Places;
    readonly machineName: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly logRetention: RetentionDays;
  },
  { containers, key }: CsvPipelineProps,
): PipelineContainers | undefined => {
  if (containers?.worker === undefined && containers?.coordinator === undefined) return undefined;
  const network = new TaskNetwork(scope, 'Tasks', { logRetention, ...containers.network });
  const common = { network, logRetention };
  const settingsOf = ({ environment: own }: { readonly environment?: Readonly<Record<string, string>> }) => ({
    environment: { ...environment, ...own },
  });
  const { worker, coordinator } = containers;
  const made = {
    network,
    worker: worker && new TaskRoute(scope, 'Worker', { ...worker, ...common, ...settingsOf(worker), machineName }),
    coordinator:
      coordinator && new FargateTask(scope, 'Coordinator', { ...coordinator, ...common, ...settingsOf(coordinator) }),
  };
  for (const [task, uses] of [
    [made.worker, functionUses.process],
    [made.coordinator, coordinatorUses],
  ] as const)
    for (const statement of objectStatements(uses, places, key)) task?.allow(statement);
  return made;
};
