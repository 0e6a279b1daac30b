import { fileURLToPath } from 'node:url';
import { acknowledgeFindings, type Bundler, CsvPipeline, esbuildBundler, LookupApi } from '@pipeline/cdk';
import { CfnCondition, CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { declareParameters } from './parameters.ts';
import { taskImage } from './task-image.ts';

/** What is decided when the stack is made, beside its parameters. */
export interface OrdersStackProps extends StackProps {
  /** What outlives the stack. @default 'nothing' */
  readonly retain?: 'data' | 'nothing';
  /** Makes the SES identity: an address or a domain to be confirmed. @default 'none': it is there */
  readonly createIdentity?: 'none' | 'address' | 'domain';
  /** What is there only when it is asked for. @default nothing of it */
  readonly parts?: OrdersParts;
  /** Bundles the functions. @default esbuild, from the sources of this repository */
  readonly bundler?: Bundler;
}

/** Parts of the pipeline that cost or need more than most have use for. */
export interface OrdersParts {
  /** Container tasks for chunks that take too long for a function. */
  readonly worker?: boolean;
  /** A container task that runs a batch without the state machine. */
  readonly coordinator?: boolean;
  /** A queue of chunks, which the coordinator fills. */
  readonly queue?: boolean;
  /** So many batches at once; other uploads wait. */
  readonly maxBatches?: number;
}

const fromSources = esbuildBundler({ conditions: ['@pipeline/source'] });

const entry = (name: string): string => fileURLToPath(new URL(`../functions/${name}.ts`, import.meta.url));

/** The orders pipeline on AWS: the functions that the local stack runs, under the same definition. */
export class OrdersStack extends Stack {
  readonly pipeline: CsvPipeline;
  /** The table of financial data, and the API in front of it. */
  readonly financials: LookupApi;

  constructor(scope: Construct, id: string, props: OrdersStackProps = {}) {
    const { retain = 'nothing', createIdentity = 'none', parts = {}, bundler = fromSources, ...rest } = props;
    super(scope, id, rest);
    const parameters = declareParameters(this, { leastConcurrency: parts.queue === true ? 2 : 1 });
    const text = (name: Exclude<keyof typeof parameters, 'maxConcurrency'>) => parameters[name].valueAsString;
    const [sender, recipient, identity] = [text('sender'), text('recipient'), text('identity')];

    this.pipeline = new CsvPipeline(this, 'Orders', {
      retain,
      functions: {
        intake: { entry: entry('intake') },
        split: { entry: entry('split') },
        scan: { entry: entry('scan') },
        process: { entry: entry('process') },
        resolve: { entry: entry('resolve') },
        merge: { entry: entry('merge') },
        archive: { entry: entry('archive') },
        notify: { entry: entry('notify') },
        failure: { entry: entry('failure') },
        replay: { entry: entry('replay') },
        ...(parts.queue === true ? { queue: { entry: entry('queue') } } : {}),
      },
      ...(parts.maxBatches === undefined ? {} : { maxBatches: parts.maxBatches }),
      containers: {
        ...(parts.worker === true ? { worker: { image: taskImage('process-task') } } : {}),
        ...(parts.coordinator === true ? { coordinator: { image: taskImage('coordinator-task') } } : {}),
      },
      places: { archive: { prefix: `${text('archiveFolder')}/` } },
      mail: { identity, sender, verifiedRecipients: [recipient], createIdentity },
      eventSource: 'orders-pipeline',
      maxConcurrency: parameters.maxConcurrency.valueAsNumber,
      environment: ({ places, account, stateMachineArn, replayMachineArn, rejectTable }) => ({
        BUCKET: places.input.bucket,
        BUCKET_OWNER: account,
        OUTPUT_PREFIX: places.output.prefix,
        STATE_MACHINE_ARN: stateMachineArn,
        REPLAY_MACHINE_ARN: replayMachineArn ?? '',
        SES_SENDER: sender,
        SES_RECIPIENT: recipient,
        SES_IDENTITY_NAME: identity,
        INPUT_ARCHIVE_FOLDER: text('archiveFolder'),
        FILE_CHUNK_SIZE: text('chunkSize'),
        FILE_DELIMITER: text('delimiter'),
        EVENT_SOURCE: 'orders-pipeline',
        ERRORS_TABLE: rejectTable ?? '',
      }),
      bundler,
    });
    const { deadLetters } = this.pipeline;

    this.financials = new LookupApi(this, 'Financials', {
      ...{ name: 'financials', key: 'uuid', tableVariable: 'FINANCIALS_TABLE' },
      code: bundler({ financials: entry('financials') }).financials!,
      retain: retain === 'data',
      deadLetters: deadLetters.queue,
    });
    const { table, stage } = this.financials;
    this.pipeline.addStageEnvironment('FINANCIALS_SOURCE', text('financialsSource'));
    this.pipeline.addStageEnvironment('FINANCIALS_TABLE', table.tableName);
    this.pipeline.addStageEnvironment('FINANCIALS_URL', stage.url);
    this.pipeline.allowStage(this.financials.readStatement());
    this.pipeline.allowStage(this.financials.callStatement('?????????')); // a uuid has nine characters

    this.#subscribe(text('alertAddress'));
    acknowledgeFindings(this);

    new CfnOutput(this, 'SourceBucketARN', { value: this.pipeline.data!.bucket.bucketArn });
    new CfnOutput(this, 'Uploads', { value: `s3://${this.pipeline.data!.bucket.bucketName}/input/` });
    new CfnOutput(this, 'Results', { value: `s3://${this.pipeline.data!.bucket.bucketName}/results/` });
    new CfnOutput(this, 'FinancialsTable', { value: table.tableName });
    new CfnOutput(this, 'StateMachine', { value: this.pipeline.batches.stateMachine.stateMachineArn });
    new CfnOutput(this, 'DeadLetters', { value: deadLetters.queue.queueUrl });
    new CfnOutput(this, 'UploadDeadLetters', { value: this.pipeline.trigger.deadLetters.queue.queueUrl });
    const { emailIdentity } = this.pipeline.mail;
    if (createIdentity === 'domain')
      emailIdentity?.dkimRecords.forEach(({ name, value }, index) => {
        new CfnOutput(this, `DnsRecord${index + 1}`, { value: `${name} CNAME ${value}` });
      });
    const { coordinator, network } = this.pipeline.containers ?? {};
    if (coordinator !== undefined && network !== undefined) {
      new CfnOutput(this, 'CoordinatorTask', { value: coordinator.family });
      new CfnOutput(this, 'Cluster', { value: network.cluster.clusterName });
      new CfnOutput(this, 'TaskSubnets', { value: Fn.join(',', [...network.subnetIds]) });
      new CfnOutput(this, 'TaskSecurityGroup', { value: network.securityGroup.securityGroupId });
    }
    new CfnOutput(this, 'Dashboard', { value: this.pipeline.watch.dashboard.dashboardName });
  }

  /** Mails failed batches and alarms to an address, where one was given. */
  #subscribe(address: string): void {
    const { failure, deadLetters } = this.pipeline;
    const given = new CfnCondition(this, 'HasAlertAddress', {
      expression: Fn.conditionNot(Fn.conditionEquals(address, '')),
    });
    const subscription = new CfnSubscription(this, 'Alerts', {
      topicArn: failure.topic.topicArn,
      protocol: 'email',
      endpoint: address,
      redrivePolicy: { deadLetterTargetArn: deadLetters.queue.queueArn },
    });
    subscription.cfnOptions.condition = given;
    deadLetters.queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('sns.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': failure.topic.topicArn } },
      }),
    );
  }
}
