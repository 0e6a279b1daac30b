import type { BatchSettings, PipelineLocations } from '@pipeline/handlers';

/** Columns that rows get from a DynamoDB table, by the text of one of theirs. */
export interface DeployedLookup {
  /** Names the look-up in issues and errors. */
  readonly name: string;
  readonly tableName: string;
  /** The column of the file whose text is the key. */
  readonly column: string;
  /** The table's partition key. */
  readonly keyAttribute: string;
  /** Type of the partition key. */
  readonly keyType: 'S' | 'N';
  /** The item's attributes, by the column that they go to. */
  readonly columns: Readonly<Record<string, string>>;
  /** What becomes of a row whose key the table does not have. */
  readonly onMissing: 'reject' | 'null';
}

/** What the pipeline's own functions are told of where they are deployed. */
export interface Deployment {
  readonly locations: PipelineLocations;
  /** The account that owns the buckets. */
  readonly account: string;
  readonly suffix: string | undefined;
  readonly settings: BatchSettings;
  readonly rejectTable: string | undefined;
  readonly mail: {
    readonly sender: string;
    readonly recipients: readonly string[];
    readonly identityArn: string;
  };
  /** Source of events for other teams, and the bus that they go to, where it is not the account's own. */
  readonly events: { readonly source: string; readonly bus: string | undefined } | undefined;
  readonly lookups: readonly DeployedLookup[];
}

/** Holds the deployment, as JSON. */
export const deploymentVariable = 'PIPELINE_DEPLOYMENT';

/**
 * Reads what a function is told.
 *
 * @example
 * const { locations } = readDeployment();
 */
export const readDeployment = (env: Readonly<Record<string, string | undefined>> = process.env): Deployment =>
  JSON.parse(env[deploymentVariable] ?? '{}') as Deployment;
