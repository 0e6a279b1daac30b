import type { ResolvedResource } from '@pipeline/local';
import { expect } from 'vitest';
import { allowed, definitionsOf, ofType } from './helpers.ts';

type Resources = Readonly<Record<string, ResolvedResource>>;

interface State {
  readonly Type: string;
  readonly TimeoutSeconds?: number;
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> };
}

const tasksOf = (states: Readonly<Record<string, State>>): readonly [string, State][] =>
  Object.entries(states).flatMap(([name, state]) =>
    state.ItemProcessor === undefined ? [[name, state] as [string, State]] : tasksOf(state.ItemProcessor.States),
  );

/** Every task and every whole execution has an end. */
export const expectTimeouts = (resources: Resources): void => {
  for (const definition of definitionsOf(resources)) {
    expect(definition.TimeoutSeconds).toEqual(expect.any(Number));
    for (const [name, state] of tasksOf(definition.States as Readonly<Record<string, State>>))
      if (state.Type === 'Task') expect([name, state.TimeoutSeconds]).toEqual([name, expect.any(Number)]);
  }
};

/** Whoever hands something over without waiting has somewhere to put what fails. */
export const expectDeadLetters = (resources: Resources): void => {
  for (const [id, { properties }] of ofType(resources, 'AWS::Lambda::Function'))
    expect([id, properties.DeadLetterConfig]).toEqual([id, { TargetArn: expect.stringContaining('DeadLetters') }]);
  for (const [id, { properties }] of ofType(resources, 'AWS::Events::Rule'))
    for (const target of properties.Targets as readonly object[])
      expect([id, target]).toEqual([
        id,
        expect.objectContaining({ DeadLetterConfig: { Arn: expect.stringContaining('DeadLetters') } }),
      ]);
  for (const [id, { properties }] of ofType(resources, 'AWS::SNS::Subscription'))
    expect([id, properties.RedrivePolicy]).toEqual([
      id,
      { deadLetterTargetArn: expect.stringContaining('DeadLetters') },
    ]);
  for (const [id, { properties }] of ofType(resources, 'AWS::SQS::Queue'))
    if (!id.includes('DeadLetters'))
      expect([id, properties.RedrivePolicy]).toEqual([
        id,
        expect.objectContaining({ deadLetterTargetArn: expect.stringContaining('DeadLetters') }),
      ]);
};

/** Actions for which AWS knows no resources. */
const resourceless =
  /^(?:ecr:GetAuthorizationToken|xray:(?:PutTraceSegments|PutTelemetryRecords|GetSampling(?:Rules|Targets))|logs:(?:(?:Create|Get|Update|Delete)LogDelivery|ListLogDeliveries|PutResourcePolicy|Describe(?:ResourcePolicies|LogGroups)))$/;

/** No action has a wildcard; `*` stands where AWS knows no resource; objects are granted below a prefix. */
export const expectLeastPrivilege = (resources: Resources): void => {
  for (const { id, actions, on } of allowed(resources)) {
    expect([id, actions.filter((action) => action.includes('*'))]).toEqual([id, []]);
    if (on.includes('*')) expect([id, actions.filter((action) => !resourceless.test(action))]).toEqual([id, []]);
  }
  for (const [id, { properties }] of ofType(resources, 'AWS::IAM::Role'))
    expect([id, properties.ManagedPolicyArns, properties.Policies]).toEqual([id, undefined, undefined]);
};

const objectWrites = /^s3:(?:PutObject|AbortMultipartUpload)$/;

/** No function and no state machine writes below the trigger's prefix, and the trigger's prefix is not below a written one. */
export const expectNoLoop = (resources: Resources, bucket: string, triggerPrefix: string): void => {
  const trigger = `arn:aws:s3:::${bucket}/${triggerPrefix}`;
  for (const { id, actions, on } of allowed(resources)) {
    if (!actions.some((action) => objectWrites.test(action))) continue;
    for (const resource of on) {
      const written = resource.slice(0, resource.indexOf('*'));
      const overlaps = written.startsWith(trigger) || trigger.startsWith(written);
      expect([id, resource, overlaps]).toEqual([id, resource, false]);
    }
  }
};
