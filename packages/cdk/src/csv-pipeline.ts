import { PipelineConfigError } from '@pipeline/core';
import { replayMachineDefinition, stateMachineDefinition } from '@pipeline/handlers';
import { Aws, Stack } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BatchMachine, executionArns, machineArn, machineName } from './batch-machine.ts';
import { BucketEmptier, emptierEntry } from './bucket-emptier.ts';
import { esbuildBundler } from './bundle.ts';
import { DataBucket } from './data-bucket.ts';
import { DeadLetters } from './dead-letters.ts';
import { FailureRoute } from './failure-route.ts';
import { type RequiredFunction, usualSettings } from './function-settings.ts';
import { LinkRole } from './link-role.ts';
import { MailSender } from './mail-sender.ts';
import {
  type FunctionName,
  functionUses,
  intakeUsesWithReplays,
  objectActions,
  objectStatements,
} from './permissions.ts';
import { PipelineFunction } from './pipeline-function.ts';
import type { CsvPipelineProps, PipelineSurroundings } from './pipeline-props.ts';
import { checkPlaces, type PlaceName, type Places, placeNames, usualPrefixes } from './places.ts';
import { RejectTable } from './reject-table.ts';
import { UploadTrigger } from './upload-trigger.ts';
import { Watch } from './watch.ts';

/**
 * Everything from the upload to the mail: bucket, trigger, functions, state machine, failure handling, alarms and dashboard.
 * Every function may do what it does and no more. What was made is at hand as a property, down to the resources.
 *
 * @example
 * const pipeline = new CsvPipeline(this, 'Orders', {
 *   retain: 'data',
 *   functions: { intake: { entry: '/app/functions/intake.ts' }, ...others },
 *   mail: { identity: 'example.com', sender: 'pipeline@example.com' },
 *   environment: ({ places, stateMachineArn }) => ({ BUCKET: places.input.bucket, STATE_MACHINE_ARN: stateMachineArn }),
 * });
 * pipeline.functions.process.allow({ actions: ['dynamodb:BatchGetItem'], resources: [table.tableArn] });
 */
export class CsvPipeline extends Construct {
  /** Bucket and prefix of every role. */
  readonly places: Places;
  /** The bucket that was made here; `undefined` when all were taken. */
  readonly data: DataBucket | undefined;
  /** The functions by name; `scan` and `replay` where they were given. */
  readonly functions: Readonly<
    Record<RequiredFunction, PipelineFunction> & Partial<Record<FunctionName, PipelineFunction>>
  >;
  /** Runs the batches. */
  readonly batches: BatchMachine;
  /** Runs the replays; `undefined` without a replay function. */
  readonly replays: BatchMachine | undefined;
  /** Uploads on their way to the intake. */
  readonly trigger: UploadTrigger;
  /** Where undeliverable events end. */
  readonly deadLetters: DeadLetters;
  /** What happens to failed batches. */
  readonly failure: FailureRoute;
  /** Sends mails. */
  readonly mail: MailSender;
  /** Signs links. */
  readonly links: LinkRole;
  /** The table of rejects, unless there is none. */
  readonly rejects: RejectTable | undefined;
  /** Metrics, alarms, dashboard. */
  readonly watch: Watch;

  constructor(scope: Construct, id: string, props: CsvPipelineProps) {
    super(scope, id);
    const { key, logRetention = RetentionDays.ONE_MONTH, retain } = props;
    const retainData = retain === 'data';
    const makesBucket = placeNames.some((name) => takenPlace(name, props)?.bucket === undefined);
    const emptied = makesBucket && !retainData;
    const names = (Object.keys(props.functions) as FunctionName[]).filter(
      (name) => props.functions[name] !== undefined,
    );
    const code = (props.bundler ?? esbuildBundler())({
      ...Object.fromEntries(names.map((name) => [name, props.functions[name]!.entry])),
      ...(emptied ? { emptyBuckets: emptierEntry() } : {}),
    });
    this.deadLetters = new DeadLetters(this, 'DeadLetters');
    const deadLetters = this.deadLetters.queue;

    this.data = makesBucket ? this.#dataBucket(props) : undefined;
    this.places = this.#placesOf(props);
    checkPlaces(this, this.places);
    this.rejects =
      props.rejectTable === false ? undefined : new RejectTable(this, 'Rejects', { retain: retainData, key });

    const batchesName = machineName(this, 'batches');
    const replaysName = machineName(this, 'replays');
    const environment = props.environment?.({
      places: Object.fromEntries(
        placeNames.map((name) => [
          name,
          { bucket: this.places[name].bucket.bucketName, prefix: this.places[name].prefix },
        ]),
      ) as PipelineSurroundings['places'],
      account: Aws.ACCOUNT_ID,
      stateMachineArn: machineArn(this, batchesName),
      replayMachineArn: props.functions.replay === undefined ? undefined : machineArn(this, replaysName),
      rejectTable: this.rejects?.table.tableName,
    });
    const functions = Object.fromEntries(
      names.map((name) => {
        const { entry: _, environment: own, ...settings } = props.functions[name]!;
        return [
          name,
          new PipelineFunction(this, pascal(name), {
            ...usualSettings[name],
            ...settings,
            code: code[name]!,
            environment: { ...environment, ...own },
            deadLetters,
            logRetention,
          }),
        ];
      }),
    );
    this.functions = functions as CsvPipeline['functions'];
    this.#allowObjects(names, props);

    const arnOf = (name: FunctionName): string => functions[name]!.function.functionArn;
    const substitutions = {
      SplitFunction: arnOf('split'),
      ...(props.functions.scan === undefined ? {} : { ScanFunction: arnOf('scan') }),
      ProcessFunction: arnOf('process'),
      ResolveFunction: arnOf('resolve'),
      MergeFunction: arnOf('merge'),
      ArchiveFunction: arnOf('archive'),
      NotifyFunction: arnOf('notify'),
      WorkPrefix: this.places.work.prefix,
      ...(props.maxConcurrency === undefined ? {} : { MaxConcurrency: props.maxConcurrency }),
      ...(props.batchTimeoutSeconds === undefined ? {} : { TimeoutSeconds: props.batchTimeoutSeconds }),
    };
    this.batches = new BatchMachine(this, 'Batches', {
      name: batchesName,
      definition: stateMachineDefinition(substitutions),
      functions: names
        .filter((name) => !['intake', 'failure', 'replay'].includes(name))
        .map((name) => functions[name]!),
      work: this.places.work,
      key,
      logRetention,
    });
    this.replays =
      props.functions.replay === undefined
        ? undefined
        : new BatchMachine(this, 'Replays', {
            name: replaysName,
            definition: replayMachineDefinition({ ReplayFunction: arnOf('replay'), NotifyFunction: arnOf('notify') }),
            functions: [functions.replay!, functions.notify!],
            logRetention,
          });
    const { intake, merge, notify, failure } = this.functions;
    intake.allow({
      actions: ['states:StartExecution'],
      resources: [batchesName, ...(this.replays === undefined ? [] : [replaysName])].map((name) =>
        machineArn(this, name),
      ),
    });
    this.trigger = new UploadTrigger(this, 'Uploads', {
      place: this.places.input,
      ...(props.suffix === undefined ? {} : { suffix: props.suffix }),
      intake,
      intakeTimeoutSeconds: props.functions.intake.timeoutSeconds ?? usualSettings.intake.timeoutSeconds,
      deadLetters,
    });
    this.failure = new FailureRoute(this, 'Failures', {
      machineName: batchesName,
      failure,
      deadLetters,
      ...(props.topicKey === undefined ? {} : { topicKey: props.topicKey }),
    });
    this.mail = new MailSender(this, 'Mail', props.mail);
    for (const sender of [notify, failure]) sender.allow(this.mail.statement());
    this.#allowEvents(props);
    this.links = new LinkRole(this, 'Links', { signers: [notify], places: this.places, key });
    notify.function.addEnvironment('LINK_ROLE_ARN', this.links.role.roleArn);
    this.watch = new Watch(this, 'Watch', {
      stateMachine: this.batches.stateMachine,
      functions,
      merge,
      uploads: this.trigger.queue,
      deadLetters,
      topic: this.failure.topic,
      name: batchesName,
      ...props.alarms,
    });
    if (emptied) this.#emptyOnDestroy(this.data!, code.emptyBuckets!, logRetention);
  }

  /** Lets somebody upload files. */
  grantUpload(grantee: IGrantable): Grant {
    return this.#grant(grantee, objectActions.write, [this.#objects('input')]);
  }

  /** Lets somebody read outputs, rejects and reports. */
  grantReadResults(grantee: IGrantable): Grant {
    return this.#grant(grantee, objectActions.read, [...new Set([this.#objects('output'), this.#objects('rejects')])]);
  }

  /** Lets somebody follow batches and redrive failed ones. */
  grantRedrive(grantee: IGrantable): Grant {
    const { stateMachineName: name, stateMachineArn } = this.batches.stateMachine;
    this.#grant(grantee, ['states:ListExecutions'], [stateMachineArn]);
    return this.#grant(
      grantee,
      ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:ListMapRuns', 'states:RedriveExecution'],
      [executionArns(this, name, ':*')],
    );
  }

  /** Batches that failed, ran out of time or were stopped. */
  metricFailedBatches(): IMetric {
    return this.watch.metricFailedBatches();
  }

  /** Rows of batches: read, written or rejected. */
  metricRows(which: 'rowsRead' | 'rowsWritten' | 'rowsRejected'): IMetric {
    return this.watch.metricRows(which);
  }

  /** Rejected rows in 100 read. */
  metricRejectPercent(): IMetric {
    return this.watch.metricRejectPercent();
  }

  /** Messages that wait in the dead letters. */
  metricDeadLetters(): IMetric {
    return this.watch.metricDeadLetters();
  }

  #objects(name: PlaceName): string {
    const { bucket, prefix } = this.places[name];
    return bucket.arnForObjects(`${prefix}*`);
  }

  #grant(grantee: IGrantable, actions: readonly string[], resourceArns: string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns });
  }

  #dataBucket({ retain, key, places = {}, workDays = 30, noncurrentDays }: CsvPipelineProps): DataBucket {
    if (workDays < 15)
      throw new PipelineConfigError('CONFIG_INVALID', { option: 'workDays', expected: 'at least 15', got: workDays });
    const work = places.work;
    return new DataBucket(this, 'Data', {
      retain: retain === 'data',
      key,
      expire: work?.bucket === undefined ? [{ prefix: work?.prefix ?? usualPrefixes.work, days: workDays }] : [],
      ...(noncurrentDays === undefined ? {} : { noncurrentDays }),
    });
  }

  #placesOf(props: CsvPipelineProps): Places {
    return Object.fromEntries(
      placeNames.map((name) => {
        const taken = takenPlace(name, props);
        return [name, { bucket: taken?.bucket ?? this.data!.bucket, prefix: taken?.prefix ?? usualPrefixes[name] }];
      }),
    ) as Places;
  }

  #allowObjects(names: readonly FunctionName[], { key, functions }: CsvPipelineProps): void {
    for (const name of names) {
      const uses = name === 'intake' && functions.replay !== undefined ? intakeUsesWithReplays : functionUses[name];
      for (const statement of objectStatements(uses, this.places, key)) this.functions[name]!.allow(statement);
    }
    for (const name of ['process', 'replay'] as const)
      if (this.functions[name] !== undefined) this.rejects?.allowWrites(this.functions[name]);
  }

  #allowEvents({ eventSource, eventBus }: CsvPipelineProps): void {
    if (eventSource === undefined) return;
    const bus =
      eventBus?.eventBusArn ??
      Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    for (const name of ['process', 'notify', 'failure'] as const)
      this.functions[name].allow({
        actions: ['events:PutEvents'],
        resources: [bus],
        conditions: { StringEquals: { 'events:source': eventSource } },
      });
  }

  #emptyOnDestroy({ bucket, accessLogs }: DataBucket, code: Code, logRetention: RetentionDays): void {
    const emptier = new BucketEmptier(this, 'EmptyBuckets', {
      code,
      logRetention,
      deadLetters: this.deadLetters.queue,
      memoryMb: 256,
    });
    emptier.empty(bucket, 'Data');
    // Logs come until the bucket they speak of is gone, so theirs is emptied after that.
    bucket.node.addDependency(emptier.empty(accessLogs, 'AccessLogs'));
  }
}

/** What the user says of a place; rejects lie with the output unless told otherwise. */
const takenPlace = (name: PlaceName, { places = {} }: CsvPipelineProps) =>
  places[name] ?? (name === 'rejects' ? places.output : undefined);

const pascal = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);
