import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from './blobs.ts';
import { REGION } from './model.ts';
import { createObjectStore } from './object-store.ts';
import { createS3Server } from './server.ts';
import type { LocalS3, ObjectEvent, StartS3Options } from './types.ts';

/**
 * Starts an S3 server on loopback: real HTTP, real signatures, bodies on disk, metadata in memory.
 * It serves what the AWS SDK and the AWS CLI need for objects; everything else is refused with 501 and the name of the operation.
 *
 * @throws Error when the port is taken or `dataDir` is not empty
 * @example
 * ```ts
 * const s3 = await startS3({ onObjectEvent: (event) => console.log(event.eventName, event.key) });
 * s3.createBucket('inbox', { versioning: true });
 * const client = new S3Client({ endpoint: s3.endpoint, region: s3.region, credentials: s3.credentials });
 * await client.send(new PutObjectCommand({ Bucket: 'inbox', Key: 'orders.csv', Body: 'id\n1\n' }));
 * await s3.close();
 * ```
 */
export async function startS3({
  port = 0,
  host = '127.0.0.1',
  dataDir,
  credentials = { accessKeyId: 'test', secretAccessKey: 'test' },
  secretOf = () => undefined,
  now = Date.now,
  onObjectEvent,
}: StartS3Options = {}): Promise<LocalS3> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'pipeline-s3-')));
  const blobs = await openBlobStore(folder);
  const emit = (event: ObjectEvent): void => {
    try {
      onObjectEvent?.(event);
    } catch (error) {
      // A listener's fault must not fail a request that is committed already; it surfaces as what it is.
      queueMicrotask(() => {
        throw error;
      });
    }
  };
  const store = createObjectStore({ blobs, now, emit });
  const { server, idle } = createS3Server({
    store,
    blobs,
    secretOf: (id) => (id === credentials.accessKeyId ? credentials.secretAccessKey : secretOf(id)),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port;
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await idle();
    await blobs.clear();
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
  };

  return {
    endpoint: `http://${host}:${bound}`,
    port: bound,
    region: REGION,
    credentials,
    createBucket(name, { versioning = false } = {}) {
      const bucket = store.buckets.get(name) ?? store.createBucket(name);
      if (versioning) bucket.versioning = 'Enabled';
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
