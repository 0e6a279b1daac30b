import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { createRunContext, type ObjectStore } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import { type Notifier, observeCall, oneBucket, type PipelineLocations, sesNotifier } from '@pipeline/handlers';

/** Where the generic app keeps everything. */
export const runBucket = 'pipeline';

/** What every function of the generic app needs, made once per process. */
export const surroundings = (): { readonly store: ObjectStore; readonly locations: PipelineLocations } => ({
  store: s3Store(new S3Client({ forcePathStyle: true }), { context: createRunContext({ observe: observeCall }) }),
  locations: oneBucket(runBucket),
});

/** Mail to an address that exists in the local inbox only. */
export const notifier = (): Notifier =>
  sesNotifier({ client: new SESv2Client(), from: 'pipeline@example.com', to: ['you@example.com'] });
