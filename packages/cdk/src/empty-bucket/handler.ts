import { S3Client } from '@aws-sdk/client-s3';
import { emptyBucket } from './empty-bucket.ts';

/** What CloudFormation sends: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-requesttypes-delete.html */
interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Presigned: never logged. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: { readonly BucketName: string };
}

const client = new S3Client();

/** Empties a bucket when the stack gives it up. A bucket whose name changed is another resource: CloudFormation deletes the old one. */
export const handler = async (
  event: CustomResourceEvent,
  context: { getRemainingTimeInMillis(): number },
): Promise<void> => {
  const { BucketName } = event.ResourceProperties;
  const answer = (Status: 'SUCCESS' | 'FAILED', Reason = ''): Promise<Response> =>
    fetch(event.ResponseURL, {
      method: 'PUT',
      body: JSON.stringify({
        Status,
        Reason,
        PhysicalResourceId: event.RequestType === 'Delete' ? event.PhysicalResourceId : BucketName,
        StackId: event.StackId,
        RequestId: event.RequestId,
        LogicalResourceId: event.LogicalResourceId,
      }),
    });
  try {
    if (event.RequestType === 'Delete')
      await emptyBucket(BucketName, { client, mayGoOn: () => context.getRemainingTimeInMillis() > 60_000 });
    await answer('SUCCESS');
  } catch (error) {
    await answer('FAILED', `${(error as Error).name}: ${(error as Error).message}`.slice(0, 500));
  }
};
