import { Aws } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { machineArn } from '../batch-machine.ts';
import { type PlaceName, type Places, placeNames } from '../places.ts';
import type { RejectTable } from '../reject-table.ts';
import type { PipelineSurroundings } from './pipeline-props.ts';

/** What functions can be told of a pipeline before there are any. */
export const surroundingsOf = (
  scope: Construct,
  {
    places,
    machineNames,
    rejects,
  }: {
    readonly places: Places;
    readonly machineNames: { readonly batches: string; readonly replays: string | undefined };
    readonly rejects: RejectTable | undefined;
  },
): PipelineSurroundings => {
  const { batches, replays } = machineNames;
  const placeOf = (name: PlaceName) => ({ bucket: places[name].bucket.bucketName, prefix: places[name].prefix });
  return {
    places: Object.fromEntries(placeNames.map((name) => [name, placeOf(name)])) as PipelineSurroundings['places'],
    account: Aws.ACCOUNT_ID,
    stateMachineArn: machineArn(scope, batches),
    replayMachineArn: replays === undefined ? undefined : machineArn(scope, replays),
    metricsNamespace: `Pipeline/${batches}`,
    rejectTable: rejects?.table.tableName,
  };
};
