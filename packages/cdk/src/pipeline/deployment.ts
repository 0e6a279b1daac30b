import { Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type DeployedLookup, type Deployment, deploymentVariable } from '../functions/deployment.ts';
import type { CsvPipelineProps, PipelineSurroundings } from './pipeline-props.ts';

/** Columns that rows get from a table. */
export interface TableLookup {
  /** The table, which has a partition key and no sort key. */
  readonly table: Pick<ITable, 'tableName' | 'tableArn'> & { readonly encryptionKey?: IKey | undefined };
  /** The column of the file whose text is the key. */
  readonly column: string;
  /** The table's partition key. */
  readonly keyAttribute: string;
  /** Type of the partition key: text or number. @default 'S' */
  readonly keyType?: 'S' | 'N';
  /** The item's attributes, by the column that they go to; they are text, numbers or truth values. */
  readonly columns: Readonly<Record<string, string>>;
  /** What becomes of a row whose key the table does not have: it is rejected, or its columns are empty. @default 'reject' */
  readonly onMissing?: 'reject' | 'null';
}

/** The variables that tell the pipeline's own functions where they are and what to do. */
export const deploymentEnvironment = (
  scope: Construct,
  { places, account, stateMachineArn, replayMachineArn, rejectTable }: PipelineSurroundings,
  identityArn: string,
  { suffix, settings = {}, mail, eventSource, eventBus, lookups = {} }: CsvPipelineProps,
): Readonly<Record<string, string>> => {
  const deployment: Deployment = {
    ...{ locations: places, account, suffix, settings, rejectTable },
    mail: { sender: mail.sender, recipients: mail.recipients ?? [], identityArn },
    events: eventSource === undefined ? undefined : { source: eventSource, bus: eventBus?.eventBusArn },
    lookups: Object.entries(lookups).map(([name, lookup]) => deployedLookup(name, lookup)),
  };
  return {
    [deploymentVariable]: Stack.of(scope).toJsonString(deployment),
    STATE_MACHINE_ARN: stateMachineArn,
    ...(replayMachineArn === undefined ? {} : { REPLAY_MACHINE_ARN: replayMachineArn }),
  };
};

const deployedLookup = (
  name: string,
  { table, keyType = 'S', onMissing = 'reject', ...rest }: TableLookup,
): DeployedLookup => ({ name, tableName: table.tableName, keyType, onMissing, ...rest });

/** Lets a function or task look rows up in a table. */
export const lookupStatements = ({ table }: TableLookup) => [
  { actions: ['dynamodb:BatchGetItem'], resources: [table.tableArn] },
  ...(table.encryptionKey === undefined ? [] : [{ actions: ['kms:Decrypt'], resources: [table.encryptionKey.keyArn] }]),
];
