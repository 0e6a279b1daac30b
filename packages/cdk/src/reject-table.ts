import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { PipelineFunction } from './pipeline-function.ts';

/** What becomes of the table. */
export interface RejectTableProps {
  /** Leaves the table when the stack goes. */
  readonly retain: boolean;
  /** Encrypts the items. @default a key that DynamoDB owns */
  readonly key?: IKey | undefined;
}

/** The table that `rejectTable` of `@pipeline/handlers` writes to: keyed by batch and chunk, and row, each item to its own end. */
export class RejectTable extends Construct {
  /** The table itself. */
  readonly table: Table;

  constructor(scope: Construct, id: string, { retain, key }: RejectTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'row', type: AttributeType.NUMBER },
      timeToLiveAttribute: 'expiresAt',
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...(key === undefined ? {} : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }),
      removalPolicy: retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }

  /** Lets a function or task write rejects. */
  allowWrites(fn: Pick<PipelineFunction, 'allow'>): void {
    fn.allow({ actions: ['dynamodb:BatchWriteItem'], resources: [this.table.tableArn] });
    if (this.table.encryptionKey !== undefined)
      fn.allow({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [this.table.encryptionKey.keyArn] });
  }

  /** Lets somebody read the rejects of a batch. */
  grantRead(grantee: IGrantable): Grant {
    if (this.table.encryptionKey !== undefined)
      Grant.addToPrincipal({ grantee, actions: ['kms:Decrypt'], resourceArns: [this.table.encryptionKey.keyArn] });
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:BatchGetItem'],
      resourceArns: [this.table.tableArn],
    });
  }
}
