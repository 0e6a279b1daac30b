import { Aws, type CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** What is kept in a bucket, and for how long. */
export interface DataBucketProps {
  /** Leaves the bucket and what is in it when the stack goes. */
  readonly retain: boolean;
  /** Encrypts the objects. @default keys that S3 manages */
  readonly key?: IKey | undefined;
  /** Days after which objects go, by prefix. @default none go */
  readonly expire?: readonly { readonly prefix: string; readonly days: number }[];
  /** Days for which replaced and deleted versions are kept. @default 30 */
  readonly noncurrentDays?: number;
  /** Days after which uploads that nobody completed are ended. @default 7 */
  readonly unfinishedUploadDays?: number;
  /** Days for which access logs are kept. @default 90 */
  readonly accessLogDays?: number;
}

/**
 * A bucket that is private, versioned and encrypted, takes no access lists and no call without TLS 1.2, logs its calls, and
 * tells EventBridge of its objects.
 */
export class DataBucket extends Construct {
  /** The bucket itself. */
  readonly bucket: Bucket;
  /** Where its access logs go. */
  readonly accessLogs: Bucket;

  constructor(scope: Construct, id: string, props: DataBucketProps) {
    super(scope, id);
    const { retain, key, expire = [], noncurrentDays = 30, unfinishedUploadDays = 7, accessLogDays = 90 } = props;
    const safe = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    };
    this.accessLogs = new Bucket(this, 'AccessLogs', {
      ...safe,
      encryption: BucketEncryption.S3_MANAGED, // log delivery cannot use keys of one's own
      lifecycleRules: [
        { expiration: Duration.days(accessLogDays), abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
    });
    this.bucket = new Bucket(this, 'Bucket', {
      ...safe,
      versioned: true,
      ...(key === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
      lifecycleRules: [
        {
          id: 'versions-and-unfinished-uploads',
          noncurrentVersionExpiration: Duration.days(noncurrentDays),
          abortIncompleteMultipartUploadAfter: Duration.days(unfinishedUploadDays),
          expiredObjectDeleteMarker: true,
        },
        ...expire.map(({ prefix, days }) => ({
          id: `expire-${prefix.replace(/[^A-Za-z0-9]+/g, '-')}`,
          prefix,
          expiration: Duration.days(days),
        })),
      ],
    });
    const resource = this.bucket.node.defaultChild as CfnBucket;
    // The construct's own switch would bring a function of CDK's along, and grant log delivery by an access list.
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    resource.loggingConfiguration = { destinationBucketName: this.accessLogs.bucketName };
    this.accessLogs.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [this.accessLogs.arnForObjects('*')],
        conditions: {
          ArnLike: { 'aws:SourceArn': this.bucket.bucketArn },
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        },
      }),
    );
  }
}

/** The CloudFormation resource of a construct, to which dependencies can be added one by one. */
export const resourceOf = (construct: Construct): CfnResource => construct.node.defaultChild as CfnResource;
