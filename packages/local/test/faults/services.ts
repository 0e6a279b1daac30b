import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createTable, putItems, startDynamoDb } from '../../src/dynamodb/index.ts';
import { startSes } from '../../src/ses/index.ts';
import type { Service } from './call-name.ts';
import { type FaultProxy, type ProxyEvents, startFaultProxy } from './fault-proxy.ts';
import { calledBy } from './invocation.ts';
import { customers, kinds } from './job.ts';

const common = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/**
 * Clients for what lies behind an endpoint. Those of functions have no tries of their own, which would hide faults from what
 * is tested; mail has rules for that itself.
 */
export const clientsOf = (
  endpoints: Readonly<Record<'s3' | 'dynamodb' | 'ses' | 'states', string>>,
  { maxAttempts = 3 } = {},
) => ({
  s3: calledBy(new S3Client({ ...common, endpoint: endpoints.s3, forcePathStyle: true, maxAttempts })),
  dynamodb: calledBy(new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb, maxAttempts })),
  ses: calledBy(new SESv2Client({ ...common, endpoint: endpoints.ses })),
  sfn: calledBy(new SFNClient({ ...common, endpoint: endpoints.states, maxAttempts })),
});

/** The service that the HTTP look-up asks. */
const startTaxes = async () => {
  const rates = new Map(kinds.map((kind, index) => [`/taxes/${kind}`, `0.${index + 5}`]));
  const server = createServer((request, response) => {
    const rate = rates.get(request.url ?? '');
    response.writeHead(rate === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ rate }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

/** What all runs share: services that keep nothing of a run, and a proxy in front of each. */
export const startServices = async (events: ProxyEvents) => {
  const [dynamodb, ses, taxes] = await Promise.all([startDynamoDb(), startSes(), startTaxes()]);
  const names: readonly Service[] = ['s3', 'dynamodb', 'ses', 'states', 'http'];
  const started = await Promise.all(names.map(async (name) => [name, await startFaultProxy(name, events)] as const));
  const proxies = Object.fromEntries(started) as Record<Service, FaultProxy>;
  proxies.dynamodb.leadTo(dynamodb.endpoint);
  proxies.ses.leadTo(ses.endpoint);
  proxies.http.leadTo(taxes.endpoint);
  const endpoints = Object.fromEntries(started.map(([name, { endpoint }]) => [name, endpoint])) as Record<
    Service,
    string
  >;
  const clients = clientsOf(endpoints, { maxAttempts: 1 });
  const direct = new DynamoDBClient({ ...common, endpoint: dynamodb.endpoint });
  await createTable(direct, { tableName: 'customers', partitionKey: 'id' });
  await putItems(direct, 'customers', customers);
  return {
    ses,
    proxies,
    clients,
    dynamodb: direct,
    httpEndpoint: proxies.http.endpoint,
    async close() {
      for (const client of [...Object.values(clients), direct]) client.destroy();
      await Promise.all([...Object.values(proxies), dynamodb, ses, taxes].map((one) => one.close()));
    },
  };
};

export type Services = Awaited<ReturnType<typeof startServices>>;
