import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type BatchMachine, executionArns, mapRunArns } from '../batch-machine.ts';
import { objectActions } from '../permissions.ts';
import type { PlaceName, Places } from '../places.ts';

const objects = (places: Places, name: PlaceName): string =>
  places[name].bucket.arnForObjects(`${places[name].prefix}*`);

const grant = (grantee: IGrantable, actions: readonly string[], resourceArns: readonly string[]): Grant =>
  Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...resourceArns] });

/** Lets somebody upload files, under the key that encrypts them where there is one. */
export const grantUpload = (grantee: IGrantable, places: Places, key?: IKey): Grant => {
  // An upload of several parts is read again by S3 to be put together.
  if (key !== undefined) grant(grantee, ['kms:GenerateDataKey', 'kms:Decrypt'], [key.keyArn]);
  return grant(grantee, objectActions.upload, [objects(places, 'input')]);
};

/** Lets somebody read outputs, rejects and reports. */
export const grantReadResults = (grantee: IGrantable, places: Places, key?: IKey): Grant => {
  if (key !== undefined) grant(grantee, ['kms:Decrypt'], [key.keyArn]);
  return grant(grantee, objectActions.readPinned, [
    ...new Set([objects(places, 'output'), objects(places, 'rejects')]),
  ]);
};

/** Lets somebody follow batches, and what their maps do. */
export const grantStatus = (grantee: IGrantable, scope: Construct, batches: BatchMachine): Grant => {
  const { stateMachineName: name, stateMachineArn } = batches.stateMachine;
  grant(grantee, ['states:ListExecutions'], [stateMachineArn]);
  grant(grantee, ['states:DescribeMapRun'], [mapRunArns(scope, name)]);
  return grant(
    grantee,
    ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:ListMapRuns'],
    [executionArns(scope, name, ':*')],
  );
};

/** Lets somebody follow batches and redrive failed ones. */
export const grantRedrive = (grantee: IGrantable, scope: Construct, batches: BatchMachine): Grant => {
  grantStatus(grantee, scope, batches);
  return grant(
    grantee,
    ['states:RedriveExecution'],
    [executionArns(scope, batches.stateMachine.stateMachineName, ':*')],
  );
};
