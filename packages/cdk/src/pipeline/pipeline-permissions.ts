import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement, PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  type FunctionName,
  functionUses,
  intakeUsesWithReplays,
  objectStatements,
  resolveUsesWithUnique,
} from '../permissions.ts';
import type { PipelineFunction } from '../pipeline-function.ts';
import type { Places } from '../places.ts';
import type { RejectTable } from '../reject-table.ts';
import type { PipelineContainers } from './pipeline-containers.ts';
import type { PipelineFunctions } from './pipeline-functions.ts';
import type { CsvPipelineProps } from './pipeline-props.ts';

/** A function or a task: whoever has a policy that can be added to. */
export interface Allowed {
  allow(statement: PolicyStatementProps | PolicyStatement): void;
}

/** Who works in a pipeline. */
export interface Workers {
  readonly functions: PipelineFunctions;
  readonly containers: PipelineContainers | undefined;
}

const present = (...all: readonly (Allowed | undefined)[]): readonly Allowed[] => all.flatMap((one) => one ?? []);

/** Whatever runs the stage: process, replay and queue function, worker and coordinator tasks. */
export const stageRunners = ({ functions, containers }: Workers): readonly Allowed[] =>
  present(functions.process, functions.replay, functions.queue, containers?.worker, containers?.coordinator);

/** Adds a setting to whatever runs the stage. */
export const addStageEnvironment = ({ functions, containers }: Workers, name: string, value: string): void => {
  for (const fn of [functions.process, functions.replay, functions.queue]) fn?.function.addEnvironment(name, value);
  for (const task of [containers?.worker, containers?.coordinator]) task?.addEnvironment(name, value);
};

/** Allows functions what they do with objects, and the stage to write rejects. */
export const allowObjects = (
  workers: Workers,
  { places, rejects }: { readonly places: Places; readonly rejects: RejectTable | undefined },
  { key, unique = false }: CsvPipelineProps,
): void => {
  const uses = {
    ...functionUses,
    ...(workers.functions.replay === undefined ? {} : { intake: intakeUsesWithReplays }),
    ...(unique ? { resolve: resolveUsesWithUnique } : {}),
  };
  for (const [name, fn] of Object.entries(workers.functions) as [FunctionName, PipelineFunction][])
    for (const statement of objectStatements(uses[name], places, key)) fn.allow(statement);
  const writers = [...stageRunners(workers), ...(unique ? present(workers.functions.resolve) : [])];
  for (const writer of writers) rejects?.allowWrites(writer);
};

/** Allows whoever tells other teams of batches to do so, under one source. */
export const allowEvents = (
  scope: Construct,
  { functions, containers }: Workers,
  { eventSource, eventBus }: CsvPipelineProps,
): void => {
  if (eventSource === undefined) return;
  const bus =
    eventBus?.eventBusArn ??
    Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  const { split, process, resolve, notify, failure, queue } = functions;
  const tellers = present(split, process, resolve, notify, failure, queue, containers?.worker, containers?.coordinator);
  for (const teller of tellers)
    teller.allow({
      actions: ['events:PutEvents'],
      resources: [bus],
      conditions: { StringEquals: { 'events:source': eventSource } },
    });
};
