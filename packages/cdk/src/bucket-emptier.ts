import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CustomResource } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DataBucket } from './data-bucket.ts';
import { PipelineFunction, type PipelineFunctionProps } from './pipeline-function.ts';
import type { PlaceBucket } from './places.ts';

/** The module of the function: TypeScript here, JavaScript in the published package. */
export const emptierEntry = (): string => {
  const source = fileURLToPath(new URL('./empty-bucket/handler.ts', import.meta.url));
  return existsSync(source) ? source : fileURLToPath(new URL('./empty-bucket.js', import.meta.url));
};

/** Empties buckets when they leave the stack, without which they, and so the stack, could not be deleted. */
export class BucketEmptier extends Construct {
  readonly #function: PipelineFunction;

  constructor(scope: Construct, id: string, props: Omit<PipelineFunctionProps, 'description'>) {
    super(scope, id);
    this.#function = new PipelineFunction(this, 'Function', {
      ...props,
      description: 'empties buckets of this stack when it is destroyed',
    });
  }

  /** Empties a bucket of data and that of its access logs. */
  emptyData({ bucket, accessLogs }: DataBucket): void {
    this.empty(bucket, 'Data');
    // Logs come until the bucket they speak of is gone, so theirs is emptied after that.
    bucket.node.addDependency(this.empty(accessLogs, 'AccessLogs'));
  }

  /** Empties a bucket before it is deleted. */
  empty(bucket: PlaceBucket, id: string): CustomResource {
    // A policy of its own for each bucket: the role's one would tie the buckets together in a circle.
    const policy = new Policy(this, `${id}Policy`, {
      roles: [this.#function.role],
      statements: [
        new PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [bucket.bucketArn] }),
        new PolicyStatement({
          actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
          resources: [bucket.arnForObjects('*')],
        }),
      ],
    });
    const resource = new CustomResource(this, id, {
      serviceToken: this.#function.function.functionArn,
      resourceType: 'Custom::EmptyBucket',
      properties: { BucketName: bucket.bucketName },
    });
    resource.node.addDependency(policy); // it has to outlive it
    return resource;
  }
}
