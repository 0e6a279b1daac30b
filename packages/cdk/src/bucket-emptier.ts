import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CustomResource } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IDependable } from 'constructs';
import type { DataBucket } from './data-bucket.ts';
import { emptyTag } from './empty-bucket/empty-tag.ts';
import { PipelineFunction, type PipelineFunctionProps } from './pipeline-function.ts';

/** The module of the function: TypeScript here, JavaScript in the published package. */
export const emptierEntry = (): string => {
  const source = fileURLToPath(new URL('./empty-bucket/handler.ts', import.meta.url));
  return existsSync(source) ? source : fileURLToPath(new URL('./empty-bucket.js', import.meta.url));
};

/**
 * Empties buckets when the stack is deleted, without which they, and so the stack, could not be. A bucket is emptied while it
 * has a tag, which a deployment that keeps the bucket takes away before CloudFormation removes what is here.
 */
export class BucketEmptier extends Construct {
  readonly #function: PipelineFunction;

  constructor(scope: Construct, id: string, props: Omit<PipelineFunctionProps, 'description'>) {
    super(scope, id);
    this.#function = new PipelineFunction(this, 'Function', {
      ...props,
      description: 'empties buckets of this stack when it is destroyed',
    });
  }

  /**
   * Empties a bucket of data and that of its access logs.
   *
   * @returns what whoever writes there has to depend on, so that it goes first when the stack is deleted
   */
  emptyData({ bucket, accessLogs }: DataBucket): IDependable {
    const emptied = this.empty(bucket, 'Data');
    // Logs come until the bucket they speak of is gone, so theirs is emptied after that.
    bucket.node.addDependency(this.empty(accessLogs, 'AccessLogs'));
    return emptied;
  }

  /** Empties a bucket before it is deleted. */
  empty(bucket: Bucket, id: string): CustomResource {
    (bucket.node.defaultChild as CfnBucket).tags.setTag(emptyTag.key, emptyTag.value);
    // A policy of its own for each bucket: the role's one would tie the buckets together in a circle.
    const policy = new Policy(this, `${id}Policy`, {
      roles: [this.#function.role],
      statements: [
        new PolicyStatement({
          actions: ['s3:GetBucketTagging', 's3:ListBucketVersions'],
          resources: [bucket.bucketArn],
        }),
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
