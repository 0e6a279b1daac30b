import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type BatchMachine, executionArns, mapRunArns } from '../batch-machine.ts';
import { objectActions } from '../permissions.ts';
import type { PlaceName, Places } from '../places.ts';

const objects = (places: Places, name: PlaceName): string =>
  places[name].bucket.arnForObjects(`${places[name].prefix}*`);

/** Lets somebody upload files. */
export const grantUpload = (grantee: IGrantable, places: Places): Grant =>
  Grant.addToPrincipal({ grantee, actions: [...objectActions.write], resourceArns: [objects(places, 'input')] });

/** Lets somebody read outputs, rejects and reports. */
export const grantReadResults = (grantee: IGrantable, places: Places): Grant =>
  Grant.addToPrincipal({
    grantee,
    actions: [...objectActions.read],
    resourceArns: [...new Set([objects(places, 'output'), objects(places, 'rejects')])],
  });

/** Lets somebody follow batches, and what their maps do. */
export const grantStatus = (grantee: IGrantable, scope: Construct, batches: BatchMachine): Grant => {
  const { stateMachineName: name, stateMachineArn } = batches.stateMachine;
  Grant.addToPrincipal({ grantee, actions: ['states:ListExecutions'], resourceArns: [stateMachineArn] });
  Grant.addToPrincipal({ grantee, actions: ['states:DescribeMapRun'], resourceArns: [mapRunArns(scope, name)] });
  return Grant.addToPrincipal({
    grantee,
    actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:ListMapRuns'],
    resourceArns: [executionArns(scope, name, ':*')],
  });
};

/** Lets somebody follow batches and redrive failed ones. */
export const grantRedrive = (grantee: IGrantable, scope: Construct, batches: BatchMachine): Grant => {
  grantStatus(grantee, scope, batches);
  return Grant.addToPrincipal({
    grantee,
    actions: ['states:RedriveExecution'],
    resourceArns: [executionArns(scope, batches.stateMachine.stateMachineName, ':*')],
  });
};
