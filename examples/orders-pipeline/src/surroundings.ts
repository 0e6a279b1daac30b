import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { createRunContext, type ObjectStore } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import {
  batchEvents,
  checkLocations,
  createLinks,
  type MakeLink,
  type Notifier,
  observeCall,
  oneBucket,
  type PipelineLocations,
  sesNotifier,
  type TellBatch,
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
  const { bucket, bucketOwner, outputPrefix } = parameters;
  const places = oneBucket(bucket, parameters);
  return {
    parameters,
    store: s3Store(new S3Client(), {
      // Its retries are lines of the call that they belong to.
      context: createRunContext({ observe: observeCall }),
      ...(bucketOwner === '' ? {} : { expectedBucketOwner: bucketOwner }),
    }),
    locations: outputPrefix === '' ? places : checkLocations({ ...places, output: { bucket, prefix: outputPrefix } }),
  };
};

/**
 * Links that wish to live an hour, as in the article. Each is signed by a new session of the link role where there is one,
 * so that it has its hour: a session that is remembered may have minutes left.
 */
export const links =
  ({ linkRoleArn }: Parameters): MakeLink =>
  (ref, clock, use) => {
    const session = { params: { RoleArn: linkRoleArn, RoleSessionName: 'links', DurationSeconds: 3600 } };
    const client = new S3Client(linkRoleArn === '' ? {} : { credentials: fromTemporaryCredentials(session) });
    return createLinks({ client, expiresInSeconds: 3600 })(ref, clock, use);
  };

/** Mail from the sender to the recipients, sent under the verified identity. */
export const notifier = (parameters: Parameters): Notifier =>
  sesNotifier({
    client: new SESv2Client(),
    from: parameters.sender,
    to: parameters.recipients,
    identityArn: identityArn(parameters),
  });

/** Events for other teams on the account's default bus, where there is a source for them. */
export const events = ({ eventSource }: Parameters): { readonly tell?: TellBatch } =>
  eventSource === '' ? {} : { tell: batchEvents({ client: new EventBridgeClient(), source: eventSource }) };
