import { S3Client } from '@aws-sdk/client-s3';

/** The parameters of the stack, with the names and meanings of the published article, as the functions see them. */
export interface Parameters {
  /** One bucket holds input, batches, archive and failed copies. */
  readonly bucket: string;
  /** Account that owns the bucket; empty where that is not checked. */
  readonly bucketOwner: string;
  /** Where outputs go; empty means beside the batch's other files. */
  readonly outputPrefix: string;
  /** Role that signs links; empty means the function's own credentials. */
  readonly linkRoleArn: string;
  /** Source of the events for other teams; empty where none are published. */
  readonly eventSource: string;
  /** SESSender */
  readonly sender: string;
  /** SESRecipient; several are separated by commas. */
  readonly recipients: readonly string[];
  /** SESIdentityName: the verified identity that may send. */
  readonly identity: string;
  /** InputArchiveFolder */
  readonly archiveFolder: string;
  /** FileChunkSize: records in a chunk; empty means by bytes. */
  readonly chunkRows: number | undefined;
  /** Bytes in a chunk, when FileChunkSize is empty. */
  readonly chunkBytes: number | undefined;
  /** FileDelimiter */
  readonly delimiter: string;
  readonly stateMachineArn: string;
  /** What replays mended rejects; empty where nothing does. */
  readonly replayMachineArn: string;
  /** Where uploads wait; empty where there is no gate. */
  readonly uploadsQueueUrl: string;
  /** Seconds until an upload that found no turn is tried again; `undefined` for a minute. */
  readonly uploadWaitSeconds: number | undefined;
  /** Batches that run at once; `undefined` where there is no gate. */
  readonly maxBatches: number | undefined;
  /** Where a coordinator puts chunks; empty where it does them itself. */
  readonly chunkQueueUrl: string;
  /** Chunks may go to container tasks. */
  readonly chunkRoutes: boolean;
  readonly errorsTable: string;
  readonly financialsTable: string;
  readonly financialsSource: 'table' | 'api';
  readonly financialsUrl: string;
  /** The URL's host has a private address, as in a VPC. */
  readonly financialsUrlPrivate: boolean;
  readonly region: string;
  readonly credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;
}

const whole = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${name} must be empty or a whole number of at least 1, got ${JSON.stringify(text)}`);
  return value;
};

/** Reads the parameters from a function's environment. */
export const readParameters = (env: NodeJS.ProcessEnv = process.env): Parameters => ({
  bucket: env.BUCKET ?? '',
  bucketOwner: env.BUCKET_OWNER ?? '',
  outputPrefix: env.OUTPUT_PREFIX ?? '',
  linkRoleArn: env.LINK_ROLE_ARN ?? '',
  eventSource: env.EVENT_SOURCE ?? '',
  sender: env.SES_SENDER ?? 'sender@example.com',
  recipients: (env.SES_RECIPIENT ?? 'recipient@example.com').split(',').map((address) => address.trim()),
  identity: env.SES_IDENTITY_NAME ?? '',
  archiveFolder: env.INPUT_ARCHIVE_FOLDER ?? 'input_archive',
  chunkRows: whole('FileChunkSize', env.FILE_CHUNK_SIZE),
  chunkBytes: whole('CHUNK_BYTES', env.CHUNK_BYTES),
  delimiter: env.FILE_DELIMITER ?? ',',
  stateMachineArn: env.STATE_MACHINE_ARN ?? '',
  replayMachineArn: env.REPLAY_MACHINE_ARN ?? '',
  uploadsQueueUrl: env.UPLOADS_QUEUE_URL ?? '',
  uploadWaitSeconds: whole('UPLOAD_WAIT_SECONDS', env.UPLOAD_WAIT_SECONDS),
  maxBatches: whole('MAX_BATCHES', env.MAX_BATCHES),
  chunkQueueUrl: env.CHUNK_QUEUE_URL ?? '',
  chunkRoutes: env.CHUNK_ROUTES === 'on',
  errorsTable: env.ERRORS_TABLE ?? 'order-errors',
  financialsTable: env.FINANCIALS_TABLE ?? 'financials',
  financialsSource: env.FINANCIALS_SOURCE === 'api' ? 'api' : 'table',
  financialsUrl: env.FINANCIALS_URL ?? '',
  financialsUrlPrivate: env.FINANCIALS_URL_PRIVATE === 'true',
  region: env.AWS_REGION ?? 'us-east-1',
  credentials: credentialsOf(env),
});

/** Those of the environment, as Lambda gives them, or those that the SDK finds, as ECS gives them. */
const credentialsOf = (env: NodeJS.ProcessEnv): Parameters['credentials'] => {
  let client: S3Client | undefined;
  return async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
    if (accessKeyId !== undefined && secretAccessKey !== undefined)
      return { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) };
    client ??= new S3Client();
    return client.config.credentials();
  };
};
