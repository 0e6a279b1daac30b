import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { ObjectStore } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import {
  createLinks,
  type MakeLink,
  type Notifier,
  oneBucket,
  type PipelineLocations,
  sesNotifier,
} from '@pipeline/handlers';
import { identityArn } from './identity.ts';
import { type Parameters, readParameters } from './parameters.ts';

/** What every function of this example needs, made once per process. */
export interface Surroundings {
  readonly parameters: Parameters;
  readonly store: ObjectStore;
  readonly locations: PipelineLocations;
}

export const surroundings = (): Surroundings => {
  const parameters = readParameters();
  return { parameters, store: s3Store(new S3Client()), locations: oneBucket(parameters.bucket, parameters) };
};

/** Links that wish to live an hour, as in the article. */
export const links = (): MakeLink => createLinks({ client: new S3Client(), expiresInSeconds: 3600 });

/** Mail from the sender to the recipients, sent under the verified identity. */
export const notifier = (parameters: Parameters): Notifier =>
  sesNotifier({
    client: new SESv2Client(),
    from: parameters.sender,
    to: parameters.recipients,
    identityArn: identityArn(parameters),
  });
