import { fileURLToPath } from 'node:url';
import { replayMachineDefinition, stateMachineDefinition } from '@pipeline/handlers';
import { type LocalApp, type LocalStack, putItems } from '@pipeline/local';
import { financialsOf, tableKeys } from './sample/generate.ts';

/** Parameters of the stack, by the names of the published article. */
export interface OrdersParameters {
  readonly SESSender?: string;
  readonly SESRecipient?: string;
  readonly SESIdentityName?: string;
  readonly InputArchiveFolder?: string;
  /** Records in a chunk; empty means by bytes. */
  readonly FileChunkSize?: string;
  readonly FileDelimiter?: string;
  /** Where financial data comes from. @default 'table' */
  readonly FinancialsSource?: 'table' | 'api';
  /** Bytes in a chunk, when FileChunkSize is empty. @default 64 MiB */
  readonly ChunkBytes?: number;
  /** Seconds that an upload waits that found no turn, where so many batches run at once. @default 60 */
  readonly UploadWaitSeconds?: number;
  /** Chunks processed at once. @default 4 */
  readonly MaxConcurrency?: number;
}

const entry = (name: string): string => fileURLToPath(new URL(`./functions/${name}.ts`, import.meta.url));

/** Fills the table of financial data for the sample orders. */
export const seedFinancials = async ({ clients }: LocalStack): Promise<void> => {
  const items = Array.from({ length: tableKeys }, (_, index) => financialsOf(index));
  await putItems(clients.dynamodb, 'financials', items);
};

/** The orders pipeline as the local stack runs it: the same functions, definition, tables and API that are deployed. */
export const ordersApp = (parameters: OrdersParameters = {}): LocalApp => ({
  name: 'orders-pipeline',
  bucket: 'orders',
  functions: ({ bucket, stateMachineArn, replayMachineArn, apiEndpoint }) => {
    const environment = {
      BUCKET: bucket,
      STATE_MACHINE_ARN: stateMachineArn,
      REPLAY_MACHINE_ARN: replayMachineArn ?? '',
      SES_SENDER: parameters.SESSender ?? 'sender@example.com',
      SES_RECIPIENT: parameters.SESRecipient ?? 'recipient@example.com',
      SES_IDENTITY_NAME: parameters.SESIdentityName ?? 'sender@example.com',
      INPUT_ARCHIVE_FOLDER: parameters.InputArchiveFolder ?? 'input_archive',
      FILE_CHUNK_SIZE: parameters.FileChunkSize ?? '',
      FILE_DELIMITER: parameters.FileDelimiter ?? ',',
      CHUNK_BYTES: parameters.ChunkBytes === undefined ? '' : String(parameters.ChunkBytes),
      ERRORS_TABLE: 'order-errors',
      FINANCIALS_TABLE: 'financials',
      FINANCIALS_SOURCE: parameters.FinancialsSource ?? 'table',
      FINANCIALS_URL: apiEndpoint ?? '',
      FINANCIALS_URL_PRIVATE: 'true', // it is on this machine
    };
    const names = [
      ...['intake', 'split', 'scan', 'process', 'resolve', 'merge', 'archive', 'notify', 'failure'],
      'replay',
      'financials',
    ];
    return Object.fromEntries(
      names.map((name) => [`orders-${name}`, { entry: entry(name), environment, memoryMb: 512 }]),
    );
  },
  tables: [
    { tableName: 'financials', partitionKey: 'uuid' },
    { tableName: 'order-errors', partitionKey: 'pk', sortKey: { name: 'row', type: 'N' } },
  ],
  api: [{ method: 'GET', path: '/financials/{uuid}', functionName: 'orders-financials', authorizer: 'iam' }],
  stateMachine: () =>
    stateMachineDefinition({
      SplitFunction: 'orders-split',
      ScanFunction: 'orders-scan',
      ProcessFunction: 'orders-process',
      ResolveFunction: 'orders-resolve',
      MergeFunction: 'orders-merge',
      ArchiveFunction: 'orders-archive',
      NotifyFunction: 'orders-notify',
      MaxConcurrency: parameters.MaxConcurrency ?? 4,
    }),
  replayMachine: () => replayMachineDefinition({ ReplayFunction: 'orders-replay', NotifyFunction: 'orders-notify' }),
  trigger: { prefix: 'input/', suffix: '.csv', functionName: 'orders-intake' },
  failureFunction: 'orders-failure',
  seed: seedFinancials,
});
