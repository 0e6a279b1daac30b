import type { TaskSubstitutions } from '@pipeline/handlers';
import type { Construct } from 'constructs';
import { machineArn } from '../batch-machine.ts';
import { FargateTask, type FargateTaskProps, taskContainer } from './fargate-task.ts';

/** The worker as a task, and which state machine starts it. */
export interface TaskRouteProps extends FargateTaskProps {
  /** Name of the state machine that runs batches. */
  readonly machineName: string;
  /** Limit of one chunk, in seconds, from 301. @default 43,200 */
  readonly timeoutSeconds?: number;
}

/** The chunks' map in the definition, whose children wait for the task's answers. */
const mapLabel = 'chunks';

/**
 * Container tasks for chunks that take too long for a function: `substitutions` go into the one definition, `runStatements`
 * into the policy of the state machine.
 *
 * @example
 * const route = new TaskRoute(this, 'Worker', { image, network, machineName, logRetention: RetentionDays.ONE_MONTH });
 * stateMachineDefinition({ ...functions, Task: route.substitutions });
 */
export class TaskRoute extends FargateTask {
  /** What the definition has to know. */
  readonly substitutions: TaskSubstitutions;

  constructor(scope: Construct, id: string, props: TaskRouteProps) {
    super(scope, id, props);
    const { network, machineName, timeoutSeconds } = props;
    const machine = machineArn(this, machineName);
    this.allow({
      actions: ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
      resources: [machine, `${machine}/${mapLabel}`],
    });
    this.substitutions = {
      Cluster: network.cluster.clusterArn,
      TaskDefinition: this.family,
      Container: taskContainer,
      Subnets: network.subnetIds,
      SecurityGroups: [network.securityGroup.securityGroupId],
      AssignPublicIp: network.assignPublicIp,
      ...(timeoutSeconds === undefined ? {} : { TimeoutSeconds: timeoutSeconds }),
    };
  }
}
