import { Aws, Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { executionArns, machineArn, mapRunArns } from './batch-machine.ts';
import type { PipelineFunction } from './pipeline-function.ts';

/** Whose failures are told, and by whom. */
export interface FailureRouteProps {
  /** Name of the state machine that runs batches. */
  readonly machineName: string;
  /** Name of the state machine that runs replays. @default none */
  readonly replayMachineName?: string;
  /** Made by `createFailureHandler`: keeps a copy of the upload and sends the mail. */
  readonly failure: PipelineFunction;
  /** Takes status events that cannot be delivered or handled. */
  readonly deadLetters: IQueue;
  /** Addresses that the topic tells, once their owners have confirmed. @default none */
  readonly alertAddresses?: readonly string[];
  /** Encrypts the topic. Its policy has to let EventBridge and CloudWatch use it. @default not encrypted at rest */
  readonly topicKey?: IKey;
}

/**
 * What happens when a batch fails: its execution's status event calls the failure function and is told to a topic. The
 * definition has no catch-all, so a redrive goes on where the batch stopped.
 */
export class FailureRoute extends Construct {
  /** Tells of failed batches and of alarms; subscribe whom it concerns. */
  readonly topic: Topic;
  /** Which executions are meant. */
  readonly rule: Rule;

  constructor(scope: Construct, id: string, props: FailureRouteProps) {
    super(scope, id);
    const { machineName, replayMachineName, failure, deadLetters, topicKey, alertAddresses = [] } = props;
    const machines = [machineName, ...(replayMachineName === undefined ? [] : [replayMachineName])];
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Failed batches and alarms',
      enforceSSL: true,
      ...(topicKey === undefined ? {} : { masterKey: topicKey }),
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    for (const address of alertAddresses)
      this.topic.addSubscription(new EmailSubscription(address, { deadLetterQueue: deadLetters }));
    const delivery = { deadLetterQueue: deadLetters, maxEventAge: Duration.hours(24), retryAttempts: 185 };
    const detail = (field: string) => EventField.fromPath(`$.detail.${field}`);
    this.rule = new Rule(this, 'Rule', {
      description: 'batches and replays that failed, ran out of time or were stopped',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          // The executions of its maps have another machine ARN; they fail the batch themselves if need be.
          stateMachineArn: machines.map((name) => machineArn(this, name)),
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [
        new LambdaFunction(failure.function, delivery),
        new SnsTopic(this.topic, {
          ...delivery,
          message: RuleTargetInput.fromText(
            `Batch ${detail('name')} ended ${detail('status')}. Execution: ${detail('executionArn')}`,
          ),
        }),
      ],
    });
    // Why it failed: the execution, and where a map failed, its first failed child. Replays have no maps.
    failure.allow({
      actions: ['states:DescribeExecution'],
      resources: [...machines.map((name) => executionArns(this, name, ':*')), executionArns(this, machineName, '/*')],
    });
    failure.allow({ actions: ['states:ListMapRuns'], resources: [executionArns(this, machineName, ':*')] });
    failure.allow({ actions: ['states:ListExecutions'], resources: [mapRunArns(this, machineName)] });
  }
}
