import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

export interface StartDynamoDbOptions {
  /** @default 0, any free port */
  readonly port?: number;
}

/** A running DynamoDB stand-in; its tables are gone with it. */
export interface LocalDynamoDb {
  /** For `@aws-sdk/client-dynamodb` and `aws --endpoint-url`, with any credentials. */
  readonly endpoint: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Stops the server and forgets what it held. */
  close(): Promise<void>;
}

interface DynaliteOptions {
  createTableMs: number;
  deleteTableMs: number;
  updateTableMs: number;
}

/** What dynalite 4 does; everything else is refused by name. */
const OPERATIONS = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
]);

const refuse = (request: IncomingMessage, response: ServerResponse, operation: string): void => {
  request.resume();
  const body = JSON.stringify({
    __type: 'com.amazon.coral.service#UnknownOperationException',
    message: `The DynamoDB stand-in does not do ${operation}: no transactions, no PartiQL, no streams, no change of the time to live, no backups`,
  });
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

/**
 * Starts DynamoDB in memory (dynalite), with tables ready at once: items, batches, conditions, queries, scans and AWS's
 * limits. Throughput is never throttled, signatures are not verified, and about 3 KB of memory go to each small item.
 *
 * Refused with `UnknownOperationException`: transactions, PartiQL, streams, `UpdateTimeToLive`, backups, global tables.
 *
 * @throws Error `EADDRINUSE` when the port is taken
 * @example
 * const dynamoDb = await startDynamoDb();
 * const client = new DynamoDBClient({ endpoint: dynamoDb.endpoint, region: 'us-east-1', credentials });
 * await createTable(client, { tableName: 'customers', partitionKey: 'id' });
 */
export const startDynamoDb = ({ port = 0 }: StartDynamoDbOptions = {}): Promise<LocalDynamoDb> => {
  // Loaded here because it takes 30 ms that a program without a table need not spend.
  const dynalite = createRequire(import.meta.url)('dynalite') as (options: DynaliteOptions) => Server;
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });

  const [handle] = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    if (operation !== undefined && !OPERATIONS.has(operation)) return refuse(request, response, operation);
    handle!(request, response);
    // dynalite throws the error of a client that hangs up in mid-request, which would end this whole process.
    request.removeAllListeners('error');
    request.on('error', () => {});
  });

  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve({
        endpoint: `http://127.0.0.1:${bound}`,
        port: bound,
        close: () =>
          new Promise((done, failed) => {
            server.close((error) => (error === undefined || error === null ? done() : failed(error)));
            server.closeAllConnections();
          }),
      });
    });
  });
};
