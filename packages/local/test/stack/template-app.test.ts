import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type GatedCall, type LocalStack, startLocalStack, type Template, templateApp } from '@pipeline/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const role = (...statements: readonly object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: { Statement: [] },
    Policies: [{ PolicyName: 'own', PolicyDocument: { Statement: statements } }],
  },
});
const fn = (Role: string) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Code: { S3Key: 'work.zip' }, Handler: 'index.handler', Role: arnOf(Role), Timeout: 10 },
});
const allow = (Action: readonly string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
const taking = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** Uploads by a rule and a queue to a function, a state machine that calls another, and one for failures. */
const resources: Template['Resources'] = {
  Data: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'data' } },
  Uploads: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'uploads' } },
  IntakeRole: role(allow(taking, arnOf('Uploads'))),
  Intake: fn('IntakeRole'),
  Work: fn('IntakeRole'),
  Failure: fn('IntakeRole'),
  MachineRole: role(allow(['lambda:InvokeFunction'], arnOf('Work'))),
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: arnOf('MachineRole'),
      Definition: {
        StartAt: 'Work',
        States: {
          Work: {
            ...{ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', OutputPath: '$.Payload', End: true },
            Parameters: { FunctionName: arnOf('Work'), 'Payload.$': '$' },
          },
        },
      },
    },
  },
  Created: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        source: ['aws.s3'],
        detail: { bucket: { name: [{ Ref: 'Data' }] }, object: { key: [{ wildcard: 'input/*.csv' }] } },
      },
      Targets: [{ Id: 'queue', Arn: arnOf('Uploads') }],
    },
  },
  Ended: {
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: { source: ['aws.states'] }, Targets: [{ Id: 'fn', Arn: arnOf('Failure') }] },
  },
  Source: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arnOf('Uploads'), FunctionName: { Ref: 'Intake' } },
  },
};

let folder: string;
let stack: LocalStack | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'template-app-'));
});
afterEach(async () => {
  await stack?.close();
  stack = undefined;
  await rm(folder, { recursive: true, force: true });
});

const write = async (given: Template['Resources']): Promise<void> => {
  const json = (name: string, content: object) => writeFile(path.join(folder, name), JSON.stringify(content));
  await mkdir(path.join(folder, 'asset'), { recursive: true });
  await writeFile(
    path.join(folder, 'asset', 'index.mjs'),
    'export const handler = async (event) => ({ got: event });\n',
  );
  await json('manifest.json', {
    artifacts: {
      Small: { type: 'aws:cloudformation:stack', properties: { templateFile: 'small.json' } },
      assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
    },
  });
  await json('small.json', { Resources: given });
  await json('assets.json', {
    files: { work: { source: { path: 'asset' }, destinations: { d: { objectKey: 'work.zip' } } } },
  });
};

/** Starts the state machine and waits for what becomes of it. */
const execute = async ({ clients: { sfn }, stateMachineArn }: LocalStack, name: string) => {
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: '{"n":1}' }));
  for (;;) {
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (found.status !== 'RUNNING') return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

it('a small stack runs as its template says, and its state machine calls what its role may call', async () => {
  await write(resources);
  const calls: GatedCall[] = [];
  stack = await startLocalStack(await templateApp({ folder }), {
    environment: {},
    onAccess: (call) => calls.push(call),
  });
  expect(stack.app).toMatchObject({
    ...{ name: 'Small', bucket: 'data', failureFunction: 'Failure' },
    trigger: { prefix: 'input/', suffix: '.csv', functionName: 'Intake' },
  });
  const good = await execute(stack, 'good');
  expect([good.status, JSON.parse(good.output!)]).toEqual(['SUCCEEDED', { got: { n: 1 } }]);

  const { roles } = stack;
  expect(roles!.names).toEqual(['IntakeRole', 'MachineRole']);
  const before = roles!.policiesOf('MachineRole');
  roles!.setPolicies('MachineRole', []);
  const refused = await execute(stack, 'refused');
  expect(refused).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('lambda:InvokeFunction') });
  expect(calls.filter((call) => call.refused.length > 0)).toMatchObject([
    { caller: { arn: expect.stringMatching(/role\/MachineRole$/) }, refused: [{ action: 'lambda:InvokeFunction' }] },
  ]);
  roles!.setPolicies('MachineRole', before);
  expect((await execute(stack, 'again')).status).toBe('SUCCEEDED');
  expect(() => roles!.policiesOf('Other')).toThrow('there is no role Other; there are IntakeRole, MachineRole');
});

it('Lambda takes no message of a queue that the role of its function may not read', async () => {
  await write({ ...resources, IntakeRole: role() });
  await expect(startLocalStack(await templateApp({ folder }), { environment: {} })).rejects.toThrow(
    /IntakeRole is not authorized to perform: sqs:/,
  );
});

it('keys of roles are known to stand-ins alone', async () => {
  await write(resources);
  const environment = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
  await expect(startLocalStack(await templateApp({ folder }), { environment })).rejects.toThrow(
    'a template runs on stand-ins, which know its keys; the environment names s3',
  );
});

describe('a stack that is no pipeline is refused', () => {
  const without = (...ids: readonly string[]) =>
    Object.fromEntries(Object.entries(resources).filter(([id]) => !ids.includes(id)));
  it.each([
    ['without a rule for uploads', without('Created'), 'the stack Small has no rule for events of aws.s3'],
    ['without one for failures', without('Ended'), 'the stack Small has no rule for events of aws.states'],
    [
      'without a function behind the queue',
      without('Source'),
      'leads uploads of no bucket through a queue to a function',
    ],
    ['without a state machine', without('Machine'), 'the stack Small has no state machine'],
    [
      'with an image that nothing stands for',
      {
        ...resources,
        Task: {
          Type: 'AWS::ECS::TaskDefinition',
          Properties: {
            ...{ Family: 'worker', TaskRoleArn: arnOf('IntakeRole') },
            ContainerDefinitions: [{ Name: 'task', Image: 'somewhere:1' }],
          },
        },
      },
      'the task worker runs the image somewhere:1, for which no module is given',
    ],
  ])('%s', async (_, given, message) => {
    await write(given as Template['Resources']);
    const start = async () => startLocalStack(await templateApp({ folder }), { environment: {} });
    await expect(start()).rejects.toThrow(message);
  });
});
