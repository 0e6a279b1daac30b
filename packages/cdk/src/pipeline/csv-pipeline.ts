import { metricsVariable } from '@pipeline/handlers';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable, PolicyStatement, PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { allowGate } from '../batch-gate.ts';
import { type BatchMachine, machineName } from '../batch-machine.ts';
import { BucketEmptier, emptierEntry } from '../bucket-emptier.ts';
import { esbuildBundler } from '../bundle.ts';
import type { ChunkQueue } from '../chunk-queue.ts';
import type { DataBucket } from '../data-bucket.ts';
import { DeadLetters } from '../dead-letters.ts';
import { FailureRoute } from '../failure-route.ts';
import { usualSettings } from '../function-settings.ts';
import { LinkRole } from '../link-role.ts';
import { MailSender } from '../mail-sender.ts';
import { checkPlaces, type Places } from '../places.ts';
import { RejectTable } from '../reject-table.ts';
import { UploadTrigger } from '../upload-trigger.ts';
import { Watch } from '../watch/watch.ts';
import { deploymentEnvironment, lookupStatements } from './deployment.ts';
import { deployedFunctions } from './entries.ts';
import { makeChunkQueue } from './pipeline-chunks.ts';
import { makeContainers, type PipelineContainers } from './pipeline-containers.ts';
import { makeFunctions, type PipelineFunctions } from './pipeline-functions.ts';
import { grantReadResults, grantRedrive, grantStatus, grantUpload } from './pipeline-grants.ts';
import { makeMachines } from './pipeline-machines.ts';
import { addStageEnvironment, allowEvents, allowObjects, stageRunners } from './pipeline-permissions.ts';
import { makeDataBucket, needsBucket, placesOf } from './pipeline-places.ts';
import type { CsvPipelineProps } from './pipeline-props.ts';
import { surroundingsOf } from './surroundings.ts';

/**
 * Everything from the upload to the mail: bucket, trigger, functions, state machine, failure handling, alarms and dashboard. The
 * functions are the pipeline's own, unless they are given.
 * Every function may do what it does and no more. What was made is at hand as a property, down to the resources.
 *
 * @example
 * const pipeline = new CsvPipeline(this, 'Orders', {
 *   retain: 'data',
 *   schema: '/app/order.schema.json',
 *   lookups: { prices: { table, column: 'item', keyAttribute: 'id', columns: { Price: 'price' } } },
 *   mail: { identity: 'example.com', sender: 'pipeline@example.com', recipients: ['team@example.com'] },
 * });
 * @example
 * // with work on rows of your own
 * new CsvPipeline(this, 'Orders', { retain: 'data', functions: { process: { entry: '/app/process.ts' } }, mail });
 */
export class CsvPipeline extends Construct {
  /** Bucket and prefix of every role. */
  readonly places: Places;
  /** The bucket that was made here; `undefined` when all were taken. */
  readonly data: DataBucket | undefined;
  /** The functions by name; `scan`, `replay` and `queue` where there are such. */
  readonly functions: PipelineFunctions;
  /** Container tasks; `undefined` without any. */
  readonly containers: PipelineContainers | undefined;
  /** Runs the batches. */
  readonly batches: BatchMachine;
  /** Runs the replays; `undefined` without a replay function. */
  readonly replays: BatchMachine | undefined;
  /** Uploads on their way to the intake. */
  readonly trigger: UploadTrigger;
  /** Chunks on their way to the queue function; `undefined` without one. */
  readonly chunks: ChunkQueue | undefined;
  /** Where status events and calls end that could not be delivered or handled; uploads and chunks have dead letters of their own. */
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
  readonly #key: IKey | undefined;

  constructor(scope: Construct, id: string, props: CsvPipelineProps) {
    super(scope, id);
    const { key, logRetention = RetentionDays.ONE_MONTH, retain } = props;
    this.#key = key;
    const retainData = retain === 'data';
    const emptied = needsBucket(props) && !retainData;
    const deployed = deployedFunctions(props);
    const code = (props.bundler ?? esbuildBundler())({
      ...Object.fromEntries(Object.entries(deployed).map(([name, { entry }]) => [name, entry])),
      ...(emptied ? { emptyBuckets: emptierEntry() } : {}),
    });
    this.deadLetters = new DeadLetters(this, 'DeadLetters');
    const deadLetters = this.deadLetters.queue;

    this.data = needsBucket(props) ? makeDataBucket(this, props) : undefined;
    this.places = placesOf(props, this.data);
    checkPlaces(this, this.places);
    this.rejects =
      props.rejectTable === false ? undefined : new RejectTable(this, 'Rejects', { retain: retainData, key });

    const machineNames = {
      batches: machineName(this, 'batches'),
      replays: deployed.replay === undefined ? undefined : machineName(this, 'replays'),
    };
    const surroundings = surroundingsOf(this, { places: this.places, machineNames, rejects: this.rejects });
    this.mail = new MailSender(this, 'Mail', props.mail);
    const environment = {
      [metricsVariable]: surroundings.metricsNamespace,
      ...props.environment?.(surroundings),
    };
    const ownEnvironment = deploymentEnvironment(this, surroundings, this.mail.identityArn, props);
    this.functions = makeFunctions(this, {
      ...{ settings: deployed, code, environment, ownEnvironment, deadLetters, logRetention },
    });
    const where = { places: this.places, machineName: machineNames.batches, environment, logRetention };
    this.containers = makeContainers(this, where, props);
    allowObjects(this, this, props);

    const { worker, coordinator } = this.containers ?? {};
    const parts = { names: machineNames, functions: this.functions, worker, places: this.places, logRetention };
    const { batches, replays } = makeMachines(this, parts, props);
    this.batches = batches;
    this.replays = replays;
    const { intake, split, merge, notify, failure, queue } = this.functions;
    intake.allow({
      actions: ['states:StartExecution'],
      resources: [surroundings.stateMachineArn, surroundings.replayMachineArn].flatMap((arn) => arn ?? []),
    });
    if (worker !== undefined) for (const fn of [split, merge]) fn.function.addEnvironment('CHUNK_ROUTES', 'on');
    this.trigger = new UploadTrigger(this, 'Uploads', {
      place: this.places.input,
      ...(props.suffix === undefined ? {} : { suffix: props.suffix }),
      intake,
      intakeTimeoutSeconds: deployed.intake?.timeoutSeconds ?? usualSettings.intake.timeoutSeconds,
    });
    if (props.maxBatches !== undefined)
      allowGate(this, {
        ...{ maxBatches: props.maxBatches, intake, places: this.places, key },
        ...{ machineName: machineNames.batches, uploads: this.trigger.queue },
      });
    this.chunks = makeChunkQueue(this, queue, coordinator, props);
    this.failure = new FailureRoute(this, 'Failures', {
      machineName: machineNames.batches,
      ...(machineNames.replays === undefined ? {} : { replayMachineName: machineNames.replays }),
      ...{ failure, deadLetters },
      ...(props.topicKey === undefined ? {} : { topicKey: props.topicKey }),
      ...(props.alertAddresses === undefined ? {} : { alertAddresses: props.alertAddresses }),
    });
    const mailers = [notify, failure, ...(coordinator === undefined ? [] : [coordinator])];
    for (const sender of mailers) sender.allow(this.mail.statement());
    allowEvents(this, this, props);
    for (const lookup of Object.values(props.lookups ?? {}))
      for (const statement of lookupStatements(lookup)) this.allowStage(statement);
    const signers = [notify, ...(coordinator === undefined ? [] : [coordinator])];
    this.links = new LinkRole(this, 'Links', { signers, places: this.places, key });
    notify.function.addEnvironment('LINK_ROLE_ARN', this.links.role.roleArn);
    coordinator?.addEnvironment('LINK_ROLE_ARN', this.links.role.roleArn);
    this.watch = new Watch(this, 'Watch', {
      stateMachine: this.batches.stateMachine,
      functions: this.functions,
      uploads: this.trigger.queue,
      deadLetters: [
        this.deadLetters,
        this.trigger.deadLetters,
        ...(this.chunks === undefined ? [] : [this.chunks.deadLetters]),
      ],
      gated: props.maxBatches !== undefined,
      topic: this.failure.topic,
      namespace: surroundings.metricsNamespace,
      ...props.alarms,
    });
    if (emptied) {
      const emptier = { code: code.emptyBuckets!, logRetention, deadLetters, memoryMb: 256 };
      const empty = new BucketEmptier(this, 'EmptyBuckets', emptier).emptyData(this.data!);
      // Nothing starts a batch any more, and none runs, while the buckets are emptied.
      const writers = [this.trigger, this.chunks, batches.stateMachine, replays?.stateMachine];
      for (const writer of writers) writer?.node.addDependency(empty);
    }
  }

  /**
   * Lets whatever runs the stage do something: process, replay and queue function, worker and coordinator tasks.
   *
   * @example
   * pipeline.allowStage({ actions: ['dynamodb:BatchGetItem'], resources: [table.tableArn] });
   */
  allowStage(statement: PolicyStatementProps | PolicyStatement): void {
    for (const runner of stageRunners(this)) runner.allow(statement);
  }

  /** Adds a setting to whatever runs the stage. */
  addStageEnvironment(name: string, value: string): void {
    addStageEnvironment(this, name, value);
  }

  /** Lets somebody upload files. */
  grantUpload(grantee: IGrantable): Grant {
    return grantUpload(grantee, this.places, this.#key);
  }

  /** Lets somebody read outputs, rejects and reports. */
  grantReadResults(grantee: IGrantable): Grant {
    return grantReadResults(grantee, this.places, this.#key);
  }

  /** Lets somebody follow batches, as `pipeline status` does. */
  grantStatus(grantee: IGrantable): Grant {
    return grantStatus(grantee, this, this.batches);
  }

  /** Lets somebody follow batches and redrive failed ones. */
  grantRedrive(grantee: IGrantable): Grant {
    return grantRedrive(grantee, this, this.batches);
  }

  /** Batches that failed, ran out of time or were stopped. */
  metricFailedBatches(): IMetric {
    return this.watch.metrics.failedBatches();
  }

  /** Rows of committed chunks: read, written or rejected. */
  metricRows(which: 'RowsRead' | 'RowsWritten' | 'RowsRejected'): IMetric {
    return this.watch.metrics.rows(which);
  }

  /** Rejected rows in 100 read. */
  metricRejectPercent(): IMetric {
    return this.watch.metrics.rejectPercent();
  }

  /** Messages that wait in the dead letters. */
  metricDeadLetters(): IMetric {
    return this.watch.metrics.deadLetters();
  }
}
