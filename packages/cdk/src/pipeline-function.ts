import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { PolicyStatement, type PolicyStatementProps, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Traces } from './traces.ts';

/** One function. */
export interface PipelineFunctionProps {
  /** The bundle, with `index.mjs` that exports `handler`. */
  readonly code: Code;
  /** What it does, for the console. */
  readonly description: string;
  /** Memory in MB, from 128 to 10,240; CPU comes with it, one core at 1,769. @default 512 */
  readonly memoryMb?: number;
  /** Limit of one call, from 1 to 900. @default 900 */
  readonly timeoutSeconds?: number;
  /** Space in `/tmp` in MB, from 512 to 10,240. @default 512 */
  readonly storageMb?: number;
  /** Its settings. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Calls at a time at most, taken from the account's. @default not limited */
  readonly reservedConcurrency?: number;
  /** Takes events of asynchronous calls that failed for good. */
  readonly deadLetters: IQueue;
  /** How long log lines are kept. */
  readonly logRetention: RetentionDays;
  /** Shares the permission to write traces with others. @default the function's role has its own */
  readonly traces?: Traces;
}

/**
 * A function on Node 24 and arm64 with a role of its own, which may do nothing at first but write its log and its traces:
 * everything else is allowed by `allow`.
 */
export class PipelineFunction extends Construct {
  /** The function itself. */
  readonly function: LambdaFunction;
  /** Its role. */
  readonly role: Role;
  /** Its log. */
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.allow({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: props.code,
      description: props.description,
      role: this.role,
      memorySize: props.memoryMb ?? 512,
      timeout: Duration.seconds(props.timeoutSeconds ?? 900),
      ...(props.traces === undefined ? { tracing: Tracing.ACTIVE } : {}),
      logGroup: this.logGroup,
      deadLetterQueue: props.deadLetters,
      environment: { ...props.environment },
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.storageMb === undefined ? {} : { ephemeralStorageSize: Size.mebibytes(props.storageMb) }),
    });
    props.traces?.trace(this.function, this.role);
  }

  /**
   * Adds a statement to the function's policy.
   *
   * @example
   * pipeline.functions.process.allow({ actions: ['dynamodb:BatchGetItem'], resources: [table.tableArn] });
   */
  allow(statement: PolicyStatementProps | PolicyStatement): void {
    this.role.addToPolicy(statement instanceof PolicyStatement ? statement : new PolicyStatement(statement));
  }
}
