import type { BatchSettings } from '@pipeline/handlers';
import type { JsonSchema } from '@pipeline/validate';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bundler } from '../bundle.ts';
import type { ChunkQueueProps } from '../chunk-queue.ts';
import type { TaskSettings } from '../containers/fargate-task.ts';
import type { TaskNetworkProps } from '../containers/task-network.ts';
import type { TaskRouteProps } from '../containers/task-route.ts';
import type { FunctionSettings, RequiredFunction } from '../function-settings.ts';
import type { MailSenderProps } from '../mail-sender.ts';
import type { PlaceBucket, PlaceName } from '../places.ts';
import type { AlarmLimits } from '../watch/alarms.ts';
import type { TableLookup } from './deployment.ts';

/** What functions are told of the pipeline they belong to. */
export interface PipelineSurroundings {
  /** Bucket name and prefix of every role. */
  readonly places: Readonly<Record<PlaceName, { readonly bucket: string; readonly prefix: string }>>;
  /** Account that owns the buckets, for `expectedBucketOwner`. */
  readonly account: string;
  /** What the intake starts. */
  readonly stateMachineArn: string;
  /** What replays are started with; `undefined` where there is no replay function. */
  readonly replayMachineArn: string | undefined;
  /** Namespace of the handlers' own metrics; handlers that are made without `metrics` write them under it. */
  readonly metricsNamespace: string;
  /** Name of the table of rejects; `undefined` where there is none. */
  readonly rejectTable: string | undefined;
}

/** Container tasks of a pipeline, and where they run. */
export interface ContainerSettings {
  /**
   * Processes chunks that are expected to take too long for a function, and those that did. Splitter and merge are told
   * `CHUNK_ROUTES`, by which their handlers are made with `routing` and `rememberDurations`. @default none
   */
  readonly worker?: TaskSettings & Pick<TaskRouteProps, 'timeoutSeconds'>;
  /** Runs a batch without the state machine, with every step in its own process: one task per upload. @default none */
  readonly coordinator?: TaskSettings;
  /** Where they run. @default a new network */
  readonly network?: TaskNetworkProps;
}

/** Mails of a pipeline. */
export interface PipelineMail extends MailSenderProps {
  /** Who gets mails from the pipeline's own functions, up to 50. @default none: notify and failure are functions of your own */
  readonly recipients?: readonly string[];
}

/** A pipeline: what rows have to be, who is told, and what to keep. Everything else has a default. */
export interface CsvPipelineProps {
  /**
   * What outlives the stack: `'data'` keeps buckets and the table of rejects with what is in them, `'nothing'` empties and
   * removes them. There is no default: say which.
   */
  readonly retain: 'data' | 'nothing';
  /**
   * JSON Schema of a row, or the absolute path of one: compiled when the stack is made, for the pipeline's own functions.
   * @default every well-formed row passes
   */
  readonly schema?: JsonSchema | string;
  /** Columns that rows get from DynamoDB tables by the pipeline's own functions, by the look-up's name, in this order. @default none */
  readonly lookups?: Readonly<Record<string, TableLookup>>;
  /** How uploads are read, cut into chunks and written, for the pipeline's own intake. @default as the handlers have it */
  readonly settings?: BatchSettings;
  /**
   * Functions of your own, made by the `create…Handler` functions of `@pipeline/handlers`, and sizes of any. Where `process` is your
   * own, so are `replay` and `queue`.
   * @default the pipeline's own functions, with scan and replay
   */
  readonly functions?: Readonly<Partial<Record<RequiredFunction, FunctionSettings>>> & {
    /** `false`: the splitter scans alone. */
    readonly scan?: FunctionSettings | false;
    /** `false`: mended rejects are a batch of their own. */
    readonly replay?: FunctionSettings | false;
    /** Brings a queue of chunks along, which a coordinator or a topic fills; `{}` will do. @default none */
    readonly queue?: FunctionSettings;
  };
  /** Who sends mails, and who gets them. */
  readonly mail: PipelineMail;
  /** Addresses that are told of failed batches and of alarms, once their owners have confirmed. @default none: subscribe to `failure.topic` */
  readonly alertAddresses?: readonly string[];
  /** Settings of all functions, made from what lies around them. Functions that sign links or make metrics are told `LINK_ROLE_ARN` and `PIPELINE_METRICS_NAMESPACE` besides. @default {} */
  readonly environment?: (surroundings: PipelineSurroundings) => Readonly<Record<string, string>>;
  /** Takes buckets that are there, or other prefixes. Taken buckets have to send their events to EventBridge. @default one new bucket with `usualPrefixes` */
  readonly places?: Partial<Readonly<Record<PlaceName, { readonly bucket?: PlaceBucket; readonly prefix?: string }>>>;
  /** Ending of the keys of uploads, in small or capital letters. @default '.csv' */
  readonly suffix?: string;
  /**
   * Chunks processed at once; keep it below the account's concurrency. A number of a parameter will do, which is at least 2 where
   * there is a queue of chunks. @default 40
   */
  readonly maxConcurrency?: number;
  /**
   * Batches that run at once, from 1 to 1,000; other uploads wait in the queue. The intake is told `MAX_BATCHES` and
   * `UPLOADS_QUEUE_URL`, and its handler is made with a gate of them. @default not limited
   */
  readonly maxBatches?: number;
  /** Container tasks. @default none: functions do it all */
  readonly containers?: ContainerSettings;
  /** How the queue of chunks hands them out, where there is a queue function. @default `maxConcurrency` calls at once, of one chunk each */
  readonly chunkQueue?: Pick<ChunkQueueProps, 'batchSize' | 'maxConcurrency' | 'maxReceives'>;
  /** Limit of a whole batch in seconds. @default 86,400 */
  readonly batchTimeoutSeconds?: number;
  /**
   * The resolve function compares rows by `uniqueRows`: it may read those that repeat others in the upload, write them to the
   * table, and remove keys once they are compared.
   * @default false
   */
  readonly unique?: boolean;
  /** A table that rejected rows are written to. @default true */
  readonly rejectTable?: boolean;
  /** Lets the functions publish `BatchSucceeded`, `BatchFailed` and `BatchProgress` under this source. @default they may not */
  readonly eventSource?: string;
  /** The bus that these events go to. @default the account's default bus */
  readonly eventBus?: Pick<IEventBus, 'eventBusArn'>;
  /** Encrypts buckets and the table. @default keys that S3 and DynamoDB manage */
  readonly key?: IKey;
  /** Encrypts the topic; its policy has to let EventBridge and CloudWatch use it. @default none */
  readonly topicKey?: IKey;
  /** Days after which working files of batches go, at least 15, since a batch can be redriven for 14. @default 30 */
  readonly workDays?: number;
  /** Days for which replaced and deleted versions are kept. @default 30 */
  readonly noncurrentDays?: number;
  /** How long logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
  /** From where on alarms are raised. @default 10 % of rows rejected, 100 throttled calls, 15 minutes of waiting */
  readonly alarms?: AlarmLimits;
  /** Bundles the functions. @default esbuildBundler() */
  readonly bundler?: Bundler;
}
