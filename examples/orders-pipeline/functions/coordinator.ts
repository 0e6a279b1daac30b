import { SQSClient } from '@aws-sdk/client-sqs';
import { chunkQueue, createCoordinator, inProcess, jsonLog, levelOf } from '@pipeline/handlers';
import { events, notifier, surroundings } from '../src/surroundings.ts';
import { handler as archive } from './archive.ts';
import { handler as merge } from './merge.ts';
import { handler as notify } from './notify.ts';
import { handler as work } from './process.ts';
import { handler as resolve } from './resolve.ts';
import { handler as split } from './split.ts';

// Without Step Functions: node coordinator.ts s3://bucket/input/orders.csv
// Started again with the same upload after it was killed, it does only what is not committed. Other targets than this process:
// docs/containers.md.

const { store, locations, parameters } = surroundings();
const { delimiter, chunkRows, chunkQueueUrl } = parameters;

const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(process.argv[2] ?? '') ?? [];
if (bucket === undefined || key === undefined) throw new Error('which upload? s3://bucket/key');

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('stopped; start it again and it goes on')));

const queue = { queueUrl: chunkQueueUrl, store, work: locations.work };
const coordinator = createCoordinator({
  ...{ store, locations },
  split: inProcess(split),
  process:
    chunkQueueUrl === '' ? inProcess(work, { concurrency: 2 }) : chunkQueue({ client: new SQSClient(), ...queue }),
  resolve: inProcess(resolve),
  merge: inProcess(merge),
  archive: inProcess(archive),
  notify: inProcess(notify),
  failure: { notifier: notifier(parameters), ...events(parameters) },
});
const result = await coordinator.run(
  { source: { bucket, key }, settings: { delimiter, ...(chunkRows === undefined ? {} : { chunkRows }) } },
  {
    signal: stop.signal,
    observe: ({ type, ...details }) => jsonLog({ level: levelOf(type), message: type, ...details }),
  },
);
process.stdout.write(`${JSON.stringify({ message: 'coordinated', ...result })}\n`);
