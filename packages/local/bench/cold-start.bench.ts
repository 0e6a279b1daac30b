// Cold start: from no process to the first answer, in AWS's runtime client, for one chunk of orders that lies in S3. Each
// round starts new processes. The functions are bundled as the local stack bundles them; that is not measured.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type ChunkEntry, readJsonLines } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { createSplitHandler, oneBucket } from '@pipeline/handlers';
import { compileRuleModule } from '@pipeline/validate';
import { announce } from '../../chunker/bench/support/announce.ts';
import { dataFile } from '../../chunker/bench/support/data.ts';
import { options } from '../../chunker/bench/support/options.ts';
import { printTable } from '../../chunker/bench/support/print-table.ts';
import { orderSchema } from '../../validate/bench/order-schema.ts';
import { startLambda } from '../src/lambda/index.ts';
import { startS3 } from '../src/s3/index.ts';

const rounds = Math.max(11, options.rounds);
const bucket = 'orders';
const key = 'orders.csv';
const data = dataFile('plain', 200_000);

const s3 = await startS3();
s3.createBucket(bucket);
const { endpoint, region, credentials } = s3;
const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: readFileSync(data.path) }));

const store = s3Store(client);
const locations = oneBucket(bucket);
const split = createSplitHandler({ store, locations, log: () => {} });
const plan = await split(
  { batchId: 'cold-start', source: { bucket, key }, settings: { chunkCount: 1, plan: 'sequential' } },
  { getRemainingTimeInMillis: () => 60_000 } as Parameters<typeof split>[1],
);
const entries = readJsonLines<ChunkEntry>(store, plan.chunks!);
const chunk = (await entries[Symbol.asyncIterator]().next()).value as ChunkEntry;
const header = readFileSync(data.path, 'utf8').split('\n', 1)[0];

/** The same function with its rule out of a module that was made before. */
const here = path.dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'cold-start-'));
symlinkSync(path.join(here, '..', 'node_modules'), path.join(folder, 'node_modules'));
writeFileSync(path.join(folder, 'order.rule.mjs'), compileRuleModule(orderSchema).code);
writeFileSync(
  path.join(folder, 'compiled.ts'),
  readFileSync(path.join(here, 'cold-start', 'ours.ts'), 'utf8')
    .replace(/^import .*(?:order-schema|'@pipeline\/validate').*\n/gm, '')
    .replace(/^/, "import { validate } from '@pipeline/validate/precompiled';\nimport rule from './order.rule.mjs';\n")
    .replace('compileRule(orderSchema)', 'rule'),
);
const entryOf = (name: Name): string =>
  name === 'compiled' ? path.join(folder, 'compiled.ts') : path.join(here, 'cold-start', `${name}.ts`);

const processing = { batchId: 'cold-start', manifest: plan.manifest, chunk };
const contenders = {
  nothing: {},
  compiled: processing,
  ours: processing,
  usual: { bucket, key, header, start: chunk.start, end: chunk.end },
};
type Name = keyof typeof contenders;
const names = Object.keys(contenders) as Name[];
const titles: Record<Name, string> = {
  nothing: 'nothing',
  compiled: 'ours, rule compiled before',
  ours: 'ours, rule compiled at the start',
  usual: 'csv-parse + ajv + csv-stringify + middy + Powertools',
};

const lambda = await startLambda();
const times = new Map<Name, { cold: number[]; warm: number[]; bytes: number }>(
  names.map((name) => [name, { cold: [], warm: [], bytes: 0 }]),
);
const environment = {
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  POWERTOOLS_TRACE_ENABLED: 'false',
};

const timed = async (name: Name): Promise<number> => {
  const startedAt = performance.now();
  const { payload, functionError } = await lambda.invoke({
    functionName: name,
    payload: JSON.stringify(contenders[name]),
  });
  const ms = performance.now() - startedAt;
  const { rowsRead } = JSON.parse(payload) as { readonly rowsRead?: number };
  if (functionError !== undefined || rowsRead !== (name === 'nothing' ? 0 : data.rows))
    throw new Error(`${name}: ${payload}`);
  return ms;
};

announce();
// The first round warms the machine's caches of files.
for (let round = -1; round < rounds; round++) {
  for (const name of round % 2 === 0 ? names : names.toReversed()) {
    // Registered again, a function starts in a new process.
    await lambda.register({
      name,
      entry: entryOf(name),
      memoryMb: 1769,
      environment,
    });
    const cold = await timed(name);
    const warm = await timed(name);
    const of = times.get(name)!;
    of.bytes = lambda.stats()[name]!.bundleBytes;
    if (round < 0) continue;
    of.cold.push(cold);
    of.warm.push(warm);
  }
}
await lambda.close();
await s3.close();
rmSync(folder, { recursive: true });

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const cold = (name: Name): number => median(times.get(name)!.cold);
const floor = cold('nothing');
console.log(`\n### Cold start, ${data.rows} rows, ${data.bytes / 1e3} KB (median of ${rounds} rounds)\n`);
printTable(
  names.map((name) => ({
    '': titles[name],
    'first answer, ms': cold(name).toFixed(0),
    'above the runtime, ms': name === 'nothing' ? '' : (cold(name) - floor).toFixed(0),
    'second answer, ms': median(times.get(name)!.warm).toFixed(1),
    'bundle, KB': (times.get(name)!.bytes / 1e3).toFixed(0),
    'ours is ×': name === 'nothing' ? '' : (cold(name) / cold('compiled')).toFixed(2),
    'above the runtime ×': name === 'nothing' ? '' : ((cold(name) - floor) / (cold('compiled') - floor)).toFixed(2),
  })),
);
