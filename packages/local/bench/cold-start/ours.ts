import { S3Client } from '@aws-sdk/client-s3';
import { s3Store } from '@pipeline/core/s3';
import { createProcessHandler, oneBucket } from '@pipeline/handlers';
import { compileRule, validate } from '@pipeline/validate';
import { orderSchema } from '../../../validate/bench/order-schema.ts';

export const handler = createProcessHandler({
  stage: validate(compileRule(orderSchema)),
  store: s3Store(new S3Client()),
  locations: oneBucket('orders'),
});
