import { randomUUID } from 'node:crypto';
import { checkDefinition } from '../check/check-definition.ts';
import { machineArn } from '../engine/arns.ts';
import type { Engine } from '../engine/engine.ts';
import type { StateMachine } from '../engine/registry.ts';
import { findMachine } from '../engine/request-execution.ts';
import type { Action } from './actions.ts';
import { apiError } from './api-error.ts';
import { checkName, optionalText, refuseMembers, requireText } from './check-request.ts';
import { describeMachine, seconds } from './describe.ts';
import { findExecution } from './execution-actions.ts';
import { pageOf } from './paging.ts';

async function parseDefinition(
  engine: Engine,
  text: string,
): Promise<Pick<StateMachine, 'definition' | 'definitionText' | 'flow' | 'timeoutSeconds'>> {
  const { definition, problems } = await checkDefinition(engine, text);
  const [first] = problems;
  if (first || !definition) {
    const listed = problems.map(({ code, message, location }) => `${code}: ${message} at ${location}`).join(', ');
    throw apiError('InvalidDefinition', `Invalid State Machine Definition: '${listed}'`);
  }
  return { definition, definitionText: text, flow: definition, timeoutSeconds: definition.TimeoutSeconds };
}

/** CreateStateMachine: the same request again answers the state machine that exists. */
export const createStateMachine: Action = async (engine, body) => {
  const name = requireText(body, 'name');
  checkName(name);
  const roleArn = requireText(body, 'roleArn');
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+/.test(roleArn))
    throw apiError('InvalidArn', `Invalid Role Arn: '${roleArn}'`);
  if (body.type === 'EXPRESS') {
    throw apiError(
      'StateMachineTypeNotSupported',
      'The local Step Functions runs STANDARD state machines; EXPRESS is supported for the children of a Distributed Map',
    );
  }
  refuseMembers(body, 'publish', 'versionDescription', 'encryptionConfiguration');
  const parsed = await parseDefinition(engine, requireText(body, 'definition'));
  const arn = machineArn(engine, name);
  const existing = engine.registry.machines.get(arn);
  if (existing) {
    if (existing.definitionText === parsed.definitionText && existing.roleArn === roleArn) {
      return { stateMachineArn: arn, creationDate: seconds(existing.createdMs) };
    }
    throw apiError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
  }
  const now = engine.clock.now();
  const { loggingConfiguration, tracingConfiguration, tags } = body;
  const machine: StateMachine = {
    ...parsed,
    arn,
    name,
    roleArn,
    createdMs: now,
    updatedMs: now,
    loggingConfiguration,
    tracingConfiguration,
    tags: Array.isArray(tags) ? tags : [],
  };
  engine.registry.machines.set(arn, machine);
  return { stateMachineArn: arn, creationDate: seconds(now) };
};

/** UpdateStateMachine: executions that run keep the definition they started with. */
export const updateStateMachine: Action = async (engine, body) => {
  const machine = findMachine(engine, requireText(body, 'stateMachineArn'));
  refuseMembers(body, 'publish', 'versionDescription', 'encryptionConfiguration');
  const definition = optionalText(body, 'definition');
  const roleArn = optionalText(body, 'roleArn');
  const { loggingConfiguration = machine.loggingConfiguration, tracingConfiguration = machine.tracingConfiguration } =
    body;
  if (definition === undefined && roleArn === undefined && !body.loggingConfiguration && !body.tracingConfiguration) {
    throw apiError(
      'MissingRequiredParameter',
      'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    );
  }
  const updated: StateMachine = {
    ...machine,
    ...(definition !== undefined && (await parseDefinition(engine, definition))),
    ...(roleArn !== undefined && { roleArn }),
    loggingConfiguration,
    tracingConfiguration,
    updatedMs: engine.clock.now(),
    revisionId: randomUUID(),
  };
  engine.registry.machines.set(machine.arn, updated);
  return { updateDate: seconds(updated.updatedMs), revisionId: updated.revisionId };
};

/** DeleteStateMachine: executions go on; the name is free at once, while AWS first waits for them. */
export const deleteStateMachine: Action = (engine, body) => {
  engine.registry.machines.delete(requireText(body, 'stateMachineArn'));
  return {};
};

/** DescribeStateMachine. */
export const describeStateMachine: Action = (engine, body) =>
  describeMachine(findMachine(engine, requireText(body, 'stateMachineArn')));

/** DescribeStateMachineForExecution: the definition an execution runs with. */
export const describeStateMachineForExecution: Action = (engine, body) => {
  const execution = findExecution(engine, body);
  const { machine } = execution;
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    definition: machine.definitionText,
    roleArn: machine.roleArn,
    updateDate: seconds(machine.updatedMs),
    ...(execution.parent && { mapRunArn: execution.parent.mapRun.arn, label: machine.name.split('/')[1] }),
  };
};

/** ListStateMachines, newest first. */
export const listStateMachines: Action = (engine, body) => {
  const machines = [...engine.registry.machines.values()].reverse();
  const { items, nextToken } = pageOf(machines, ({ arn }) => arn, body);
  const stateMachines = items.map(({ arn, name, createdMs }) => ({
    stateMachineArn: arn,
    name,
    type: 'STANDARD',
    creationDate: seconds(createdMs),
  }));
  return { stateMachines, nextToken };
};

/** ListTagsForResource: the tags given at creation; other resources have none here. */
export const listTagsForResource: Action = (engine, body) => ({
  tags: engine.registry.machines.get(requireText(body, 'resourceArn'))?.tags ?? [],
});

/** ValidateStateMachineDefinition: the same checks that CreateStateMachine makes. */
export const validateStateMachineDefinition: Action = async (engine, body) => {
  const { problems } = await checkDefinition(engine, requireText(body, 'definition'));
  const diagnostics = problems.map((problem) => ({ severity: 'ERROR', ...problem }));
  return { result: problems.length > 0 ? 'FAIL' : 'OK', diagnostics, truncated: false };
};
