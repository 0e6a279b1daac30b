import {
  createCoordinator,
  createMergeHandler,
  createResolveHandler,
  createSplitHandler,
  inProcess,
} from '@pipeline/handlers';
import { orderColumns } from '../src/order-rule.ts';
import { reducers } from '../src/sidecars.ts';
import { surroundings } from '../src/surroundings.ts';
import { handler as archive } from './archive.ts';
import { handler as notify } from './notify.ts';
import { handler as work } from './process.ts';

// Without Step Functions: node coordinator.ts s3://bucket/input/orders.csv
// Started again with the same upload after it was killed, it does only what is not committed. Other targets than this process:
// docs/containers.md.

const { store, locations, parameters } = surroundings();
const { delimiter, chunkRows } = parameters;

const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(process.argv[2] ?? '') ?? [];
if (bucket === undefined || key === undefined) throw new Error('which upload? s3://bucket/key');

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('stopped; start it again and it goes on')));

const result = await createCoordinator({
  ...{ store, locations },
  split: inProcess(createSplitHandler({ store, locations, columns: { required: orderColumns, extra: 'refuse' } })),
  process: inProcess(work, { concurrency: 2 }),
  resolve: inProcess(createResolveHandler({ store, locations, reducers })),
  merge: inProcess(createMergeHandler({ store, locations })),
  archive: inProcess(archive),
  notify: inProcess(notify),
}).run(
  { source: { bucket, key }, settings: { delimiter, ...(chunkRows === undefined ? {} : { chunkRows }) } },
  { signal: stop.signal },
);
process.stdout.write(`${JSON.stringify({ message: 'coordinated', ...result })}\n`);
