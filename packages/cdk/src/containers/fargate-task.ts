import { PipelineConfigError } from '@pipeline/core';
import { settingsVariable } from '@pipeline/handlers';
import { ArnFormat, Aws, Duration, Lazy, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  type ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  Secret,
} from 'aws-cdk-lib/aws-ecs';
import {
  Grant,
  type IGrantable,
  PolicyStatement,
  type PolicyStatementProps,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { TaskNetwork } from './task-network.ts';

/** A container task, as the user writes it. */
export interface TaskSettings {
  /** The image; its entry calls `applyTaskSettings` before it reads its settings. Assets are built when the stack is deployed. */
  readonly image: ContainerImage;
  /** Units of CPU, 1,024 to a core; see ECS for what goes with which memory. @default 1024 */
  readonly cpu?: number;
  /** Memory in MiB. @default 2048 */
  readonly memoryMb?: number;
  /** Space on disk in GiB, from 21 to 200. @default 20 */
  readonly storageGb?: number;
  /** Processor that the image is built for. @default 'arm64' */
  readonly architecture?: 'arm64' | 'x86_64';
  /** Settings beside those that all functions have. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One kind of task. */
export interface FargateTaskProps extends TaskSettings {
  /** Where its tasks run. */
  readonly network: TaskNetwork;
  /** How long log lines are kept. */
  readonly logRetention: RetentionDays;
}

/** The container in the task. */
export const taskContainer = 'task';

/** Time between SIGTERM and the end, the longest there is: what is under way is cleaned up. */
const stopTimeout = Duration.seconds(120);

/**
 * A Fargate task with a role of its own, which may do nothing at first: everything is allowed by `allow`. Its settings lie
 * in a parameter of Systems Manager, from where it gets them when it starts.
 *
 * @example
 * const worker = new FargateTask(this, 'Worker', { image, network, logRetention: RetentionDays.ONE_MONTH });
 * worker.allow({ actions: ['dynamodb:BatchGetItem'], resources: [table.tableArn] });
 */
export class FargateTask extends Construct {
  /** Its definition. */
  readonly taskDefinition: FargateTaskDefinition;
  /** Name of the definition: the newest revision is what runs, also for executions that began with an older one. */
  readonly family: string;
  /** What the task itself may do. */
  readonly role: Role;
  /** Fetches image and settings, writes the log. */
  readonly executionRole: Role;
  /** Its log. */
  readonly logGroup: LogGroup;
  readonly #network: TaskNetwork;
  readonly #environment: Record<string, string>;

  constructor(scope: Construct, id: string, props: FargateTaskProps) {
    super(scope, id);
    this.#network = props.network;
    this.#environment = { AWS_REGION: Aws.REGION, ...props.environment };
    const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
    this.role = new Role(this, 'Role', { assumedBy });
    this.executionRole = new Role(this, 'ExecutionRole', { assumedBy });
    this.logGroup = new LogGroup(this, 'Log', { retention: props.logRetention, removalPolicy: RemovalPolicy.DESTROY });
    this.family = Names.uniqueResourceName(this, { maxLength: 80, allowedSpecialCharacters: '-' });
    this.taskDefinition = new FargateTaskDefinition(this, 'Definition', {
      family: this.family,
      cpu: props.cpu ?? 1024,
      memoryLimitMiB: props.memoryMb ?? 2048,
      ...(props.storageGb === undefined ? {} : { ephemeralStorageGiB: props.storageGb }),
      runtimePlatform: {
        operatingSystemFamily: OperatingSystemFamily.LINUX,
        cpuArchitecture: props.architecture === 'x86_64' ? CpuArchitecture.X86_64 : CpuArchitecture.ARM64,
      },
      taskRole: this.role,
      executionRole: this.executionRole,
    });
    const settings = new StringParameter(this, 'Settings', {
      description: 'environment of the task, a variable in each line',
      stringValue: Lazy.string({ produce: () => settingsText(this.#environment) }),
    });
    this.taskDefinition.addContainer(taskContainer, {
      image: props.image,
      logging: LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix: 'task' }),
      secrets: { [settingsVariable]: Secret.fromSsmParameter(settings) },
      stopTimeout,
    });
  }

  /** Adds a statement to the task's policy. */
  allow(statement: PolicyStatementProps | PolicyStatement): void {
    this.role.addToPolicy(statement instanceof PolicyStatement ? statement : new PolicyStatement(statement));
  }

  /** Adds a setting. */
  addEnvironment(name: string, value: string): void {
    this.#environment[name] = value;
  }

  /** Lets somebody start the task in its cluster, with its own two roles. */
  grantRun(grantee: IGrantable): Grant {
    for (const statement of this.runStatements()) grantee.grantPrincipal.addToPrincipalPolicy(statement);
    return Grant.addToPrincipal({
      grantee,
      actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
      resourceArns: [this.#arn('task', `${this.#network.cluster.clusterName}/*`)],
    });
  }

  /** What whoever starts the task may do: run this family in this cluster, and pass on its two roles. */
  runStatements(): readonly PolicyStatement[] {
    return [
      new PolicyStatement({
        actions: ['ecs:RunTask'],
        resources: [this.#arn('task-definition', `${this.family}:*`)],
        conditions: { ArnEquals: { 'ecs:cluster': this.#network.cluster.clusterArn } },
      }),
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn, this.executionRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    ];
  }

  #arn(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({
      service: 'ecs',
      resource,
      resourceName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}

/**
 * A line for each variable: values of parameters are filled in when the stack is deployed, and could not be escaped then.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` for a value of several lines
 */
const settingsText = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, value]) => {
      if (/[\r\n]/.test(value))
        throw new PipelineConfigError('CONFIG_INVALID', {
          option: `environment.${name}`,
          expected: 'a text of one line',
          got: `${value.split(/\r?\n|\r/).length} lines`,
        });
      return `${name}=${value}`;
    })
    .join('\n');
