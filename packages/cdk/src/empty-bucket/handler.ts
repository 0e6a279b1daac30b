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
  context: { readonly invokedFunctionArn: string; getRemainingTimeInMillis(): number },
): Promise<void> => {
  const { BucketName } = event.ResourceProperties;
  const answer = async (Status: 'SUCCESS' | 'FAILED', Reason = ''): Promise<void> => {
    const told = JSON.stringify({
      Status,
      Reason,
      PhysicalResourceId: event.RequestType === 'Delete' ? event.PhysicalResourceId : BucketName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    });
    // The address may be signed for a request without a content type; a text would bring one along, bytes do not.
    const { ok, status } = await fetch(event.ResponseURL, { method: 'PUT', body: Buffer.from(told) });
    if (!ok) throw new Error(`CloudFormation did not take the answer: status ${status}`);
  };
  try {
    const owner = context.invokedFunctionArn.split(':')[4]!;
    const mayGoOn = (): boolean => context.getRemainingTimeInMillis() > 60_000;
    if (event.RequestType === 'Delete') await emptyBucket(BucketName, { client, owner, mayGoOn });
  } catch (error) {
    return answer('FAILED', `${(error as Error).name}: ${(error as Error).message}`.slice(0, 500));
  }
  await answer('SUCCESS');
};
