import { S3Client } from '@aws-sdk/client-s3';
import { createLinks, createNotifyHandler } from '@pipeline/handlers';
import { notifier, surroundings } from '../surroundings.ts';

export const handler = createNotifyHandler({
  ...surroundings(),
  notifier: notifier(),
  link: createLinks({ client: new S3Client({ forcePathStyle: true }) }),
});
