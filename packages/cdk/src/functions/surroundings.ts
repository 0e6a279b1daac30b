import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { createRunContext, type ObjectStore } from '@pipeline/core';
import { s3Store } from '@pipeline/core/s3';
import {
  batchEvents,
  createLinks,
  type MakeLink,
  type Notifier,
  observeCall,
  type PipelineLocations,
  type RejectSink,
  rejectTable,
  sesNotifier,
  type TellBatch,
} from '@pipeline/handlers';
import { type Deployment, readDeployment } from './deployment.ts';

/** What every function of the pipeline's own needs, made once per process. */
export interface Surroundings {
  readonly deployment: Deployment;
  readonly store: ObjectStore;
  readonly locations: PipelineLocations;
  /** Tells other teams, where they are told. */
  readonly events: { readonly tell?: TellBatch };
  /** Chunks may go to container tasks. */
  readonly routed: boolean;
}

export const surroundings = (): Surroundings => {
  const deployment = readDeployment();
  const { locations, account: expectedBucketOwner, events } = deployment;
  return {
    deployment,
    // Retries of the store are lines of the call that they belong to.
    store: s3Store(new S3Client(), { context: createRunContext({ observe: observeCall }), expectedBucketOwner }),
    locations,
    events:
      events === undefined
        ? {}
        : {
            tell: batchEvents({
              client: new EventBridgeClient(),
              source: events.source,
              ...(events.bus === undefined ? {} : { busName: events.bus }),
            }),
          },
    routed: process.env.CHUNK_ROUTES === 'on',
  };
};

/** Where rejected rows go beside the files, where there is a table of them. */
export const rejects = ({ rejectTable: tableName }: Deployment): { readonly rejectSink?: RejectSink } =>
  tableName === undefined ? {} : { rejectSink: rejectTable({ client: new DynamoDBClient(), tableName }) };

/** Mails under the pipeline's identity. */
export const notifier = ({ mail: { sender, recipients, identityArn } }: Deployment): Notifier =>
  sesNotifier({ client: new SESv2Client(), from: sender, to: recipients, identityArn });

/** Links that live an hour, each signed by a new session of the link role. */
export const link: MakeLink = (ref, clock, use) => {
  const params = { RoleArn: process.env.LINK_ROLE_ARN ?? '', RoleSessionName: 'links', DurationSeconds: 3600 };
  const client = new S3Client({ credentials: fromTemporaryCredentials({ params }) });
  return createLinks({ client, expiresInSeconds: 3600 })(ref, clock, use);
};
