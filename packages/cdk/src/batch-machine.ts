import { ArnFormat, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { PipelineFunction } from './pipeline-function.ts';
import type { Place } from './places.ts';

/** One state machine of the pipeline. */
export interface BatchMachineProps {
  /** Its name, at most 80 characters: `machineName` makes one. Names are known before the machine is there, so its role can speak of it. */
  readonly name: string;
  /** The definition, made by `stateMachineDefinition` or `replayMachineDefinition` with the functions' ARNs. */
  readonly definition: Record<string, unknown>;
  /** What the definition calls. */
  readonly functions: readonly PipelineFunction[];
  /** Where plans lie and the results of maps go; given where the definition has Distributed Maps. @default no maps */
  readonly work?: Place;
  /** Encrypts the bucket of the work. @default none */
  readonly key?: IKey | undefined;
  /** How long log lines are kept. */
  readonly logRetention: RetentionDays;
}

/**
 * A name for a state machine, unique by the path of its construct.
 *
 * @example
 * machineName(this); // 'OrdersPipelineBatches1A2B3C4D'
 */
export const machineName = (scope: Construct, ending: string): string =>
  `${Names.uniqueResourceName(scope, { maxLength: 60 })}-${ending}`;

/**
 * The ARN of a state machine by its name.
 *
 * @example
 * machineArn(this, 'orders-batches');
 */
export const machineArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/**
 * The ARN pattern of a machine's own executions, or with a slash of those that its Distributed Maps start.
 *
 * @example
 * executionArns(this, 'orders-batches', ':*');
 */
export const executionArns = (scope: Construct, name: string, rest: ':*' | '/*'): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${name}${rest}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** The ARN pattern of the runs of a machine's Distributed Maps. */
export const mapRunArns = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'mapRun',
    resourceName: `${name}/*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** A Standard state machine that logs every step without its data, is traced, and may call just what its definition calls. */
export class BatchMachine extends Construct {
  /** The machine itself. */
  readonly stateMachine: StateMachine;
  /** Its role. */
  readonly role: Role;
  /** Its log. */
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: BatchMachineProps) {
    super(scope, id);
    const { name, work, key } = props;
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: props.functions.map((fn) => fn.function.functionArn),
      }),
    );
    if (work !== undefined) this.#allowMaps(name, work, key);
    this.logGroup = new LogGroup(this, 'Log', {
      // Names of this kind need no entry in the log service's resource policy, whose size is limited.
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(props.definition)),
      role: this.role,
      tracingEnabled: true,
      logs: { destination: this.logGroup, level: LogLevel.ALL, includeExecutionData: false },
    });
  }

  /** Lets somebody start executions. */
  grantStart(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['states:StartExecution'],
      resourceArns: [this.stateMachine.stateMachineArn],
    });
  }

  /** https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html */
  #allowMaps(name: string, { bucket, prefix }: Place, key: IKey | undefined): void {
    const allow = (actions: string[], resources: string[]) =>
      this.role.addToPolicy(new PolicyStatement({ actions, resources }));
    allow(['states:StartExecution'], [machineArn(this, name)]);
    allow(['states:DescribeExecution', 'states:StopExecution'], [executionArns(this, name, ':*')]);
    allow(['states:RedriveExecution'], [executionArns(this, name, '/*')]);
    // The plans that items are read from; what the result writer leaves.
    allow(['s3:GetObject'], [bucket.arnForObjects(`${prefix}*`)]);
    allow(
      ['s3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      [bucket.arnForObjects(`${prefix}*/map/*`)],
    );
    if (key !== undefined) allow(['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn]);
  }
}
