// The same job as it is usually written, with https://csv.js.org/parse/, https://ajv.js.org, https://middy.js.org and
// https://docs.powertools.aws.dev/lambda/typescript/latest/.
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import middy from '@middy/core';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { orderSchema } from '../../../validate/bench/order-schema.ts';

const logger = new Logger({ serviceName: 'orders' });
const tracer = new Tracer({ serviceName: 'orders' });
const metrics = new Metrics({ namespace: 'orders', serviceName: 'orders' });
const client = tracer.captureAWSv3Client(new S3Client());
const ajv = new Ajv({ allErrors: true, coerceTypes: true });
ajvFormats.default(ajv);
const check = ajv.compile<Record<string, unknown>>(orderSchema);

interface Chunk {
  readonly bucket: string;
  readonly key: string;
  readonly header: string;
  readonly start: number;
  readonly end: number;
}

export const handler = middy<Chunk>(async ({ bucket, key, header, start, end }: Chunk) => {
  const { Body } = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=${start}-${end - 1}` }),
  );
  const rows = parse<Record<string, string>>(`${header}\n${await Body!.transformToString()}`, { columns: true });
  const good = rows.filter((row) => check({ ...row }));
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: `usual/${start}.csv`, Body: stringify(good, { header: true }) }),
  );
  metrics.addMetric('rows', MetricUnit.Count, rows.length);
  logger.info('chunk processed', { rows: rows.length });
  return { rowsRead: rows.length };
})
  .use(injectLambdaContext(logger))
  .use(captureLambdaHandler(tracer))
  .use(logMetrics(metrics));
