// The AWS SDK alone, and with the usual CSV libraries: https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { parse } from 'csv-parse';
import { type Stringifier, stringify } from 'csv-stringify';
import { rowsPerPart } from '../support/parts.ts';
import { clientFor, sourceKey } from '../support/s3.ts';
import type { Job, Works } from '../support/work.ts';

const bodyOf = async (client: S3Client, { file }: Job): Promise<Readable> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'inbox', Key: sourceKey(file) }));
  return Body as Readable;
};

export const works: Works = {
  /** Counts the bytes of the body, by its events. */
  events: async (job) => {
    const client = clientFor(job.endpoint);
    let bytesRead = 0;
    const body = await bodyOf(client, job);
    body.on('data', (piece: Buffer) => {
      bytesRead += piece.length;
    });
    await finished(body);
    client.destroy();
    return { rows: 0, bytesRead };
  },
  /** Counts the bytes of the body, as one iterates over it. */
  iterated: async (job) => {
    const client = clientFor(job.endpoint);
    let bytesRead = 0;
    for await (const piece of await bodyOf(client, job)) bytesRead += (piece as Buffer).length;
    client.destroy();
    return { rows: 0, bytesRead };
  },
  /** From S3 to S3: csv-parse, csv-stringify and lib-storage. */
  split: async (job) => {
    const client = clientFor(job.endpoint);
    const perPart = rowsPerPart(job.file.rows);
    let rows = 0;
    let part: { input: Stringifier; done: Promise<unknown> } | undefined;
    for await (const row of (await bodyOf(client, job)).pipe(parse({ from: 2 }))) {
      if (rows % perPart === 0) {
        part?.input.end();
        await part?.done;
        const input = stringify({ header: true, columns: [...job.file.columns] });
        const Body = input.pipe(new PassThrough());
        const params = { Bucket: 'work', Key: `parts/${rows / perPart}.csv`, Body };
        part = { input, done: new Upload({ client, params }).done() };
      }
      rows++;
      if (!part!.input.write(row)) await once(part!.input, 'drain');
    }
    part?.input.end();
    await part?.done;
    client.destroy();
    return { rows };
  },
};
