import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type AccessRequest,
  evaluate,
  type LocalApp,
  type PolicyDocument,
  resolveTemplate,
  rolePolicies,
  type Template,
} from '@pipeline/local';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../../../packages/local/test/e2e/support/test-stack.ts';
import { OrdersStack } from '../deploy/orders-stack.ts';
import { ordersApp } from '../local-app.ts';
import { type Gates, openGates } from './support/gates.ts';

const place = { region: 'us-east-1', accountId: '000000000000' };
const app = ordersApp({ FileChunkSize: '4000' });
const names = ['intake', 'split', 'process', 'resolve', 'merge', 'archive', 'notify', 'failure'];

let gates: Gates;
let stack: TestStack;
let outdir: string;
let policies: Readonly<Record<string, readonly PolicyDocument[]>>;
let requests: Readonly<Record<string, readonly AccessRequest[]>>;

/** The policies of each function as the template has them, for the names that things have locally. */
const synthesise = (): typeof policies => {
  const cdk = new App({ outdir, analyticsReporting: false });
  new OrdersStack(cdk, 'Orders', {
    bundler: (entries) =>
      Object.fromEntries(
        Object.keys(entries).map((name) => [name, Code.fromInline('export const handler = () => {};')]),
      ),
  });
  const template = cdk.synth().getStackByName('Orders').template as Template;
  const idOf = (type: string, part: RegExp): string =>
    Object.keys(template.Resources).find((id) => template.Resources[id]!.Type === type && part.test(id))!;
  const resources = resolveTemplate(template, {
    ...place,
    names: {
      [idOf('AWS::S3::Bucket', /DataBucket/)]: app.bucket,
      [idOf('AWS::DynamoDB::Table', /Rejects/)]: 'order-errors',
      [idOf('AWS::DynamoDB::Table', /Financials/)]: 'financials',
    },
  });
  // The machine's name is part of the ARNs that policies speak of.
  const machine = String(
    Object.values(resources).find(({ type }) => type === 'AWS::StepFunctions::StateMachine')!.properties
      .StateMachineName,
  );
  return Object.fromEntries(
    names.map((name) => {
      const fn = resources[idOf('AWS::Lambda::Function', new RegExp(`^Orders${name}Function`, 'i'))]!;
      return [name, JSON.parse(JSON.stringify(rolePolicies(resources, fn)).replaceAll(machine, app.name))];
    }),
  );
};

beforeAll(async () => {
  outdir = await mkdtemp(path.join(tmpdir(), 'orders-policies-'));
  policies = synthesise();
  gates = await openGates(policies, place);
  const recorded: LocalApp = {
    ...app,
    functions: (surroundings) =>
      Object.fromEntries(
        Object.entries(app.functions(surroundings)).map(([name, fn]) => [
          name,
          {
            ...fn,
            environment: {
              ...fn.environment,
              OUTPUT_PREFIX: 'results/',
              ...gates.endpointsOf(name.replace('orders-', '')),
            },
          },
        ]),
      ),
  };
  stack = await startTestStack(recorded);
  gates.leadTo(stack.environment);
  const orders = await readFile(new URL('../sample/orders.csv', import.meta.url));
  const batches = [await stack.run('input/orders.csv', orders), await stack.run('input/empty.csv', '')];
  expect(batches.map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED']);
  requests = structuredClone(gates.asked);
}, 120_000);
afterAll(async () => {
  await stack?.close();
  await gates?.close();
  await rm(outdir, { recursive: true, force: true });
});

test('under its own policies the pipeline does all it does without them', () => {
  expect(gates.refused).toEqual([]);
  for (const name of names) expect([name, requests[name]!.length > 0]).toEqual([name, true]);
});

test('no function may do what another does', () => {
  const key = { action: 's3:DeleteObjectVersion', resource: 'arn:aws:s3:::orders/input/orders.csv' };
  const mayRemoveUploads = names.filter((name) => evaluate(policies[name]!, key) === 'allowed');
  expect(mayRemoveUploads).toEqual(['archive']);
  const start = requests.intake!.find(({ action }) => action === 'states:StartExecution')!;
  expect(names.filter((name) => evaluate(policies[name]!, start) === 'allowed')).toEqual(['intake']);
  const mail = requests.notify!.find(({ action }) => action === 'ses:SendEmail')!;
  expect(names.filter((name) => evaluate(policies[name]!, mail) === 'allowed')).toEqual(['notify', 'failure']);
  const forged = { ...mail, context: { 'ses:FromAddress': 'other@example.com' } };
  expect(evaluate(policies.notify!, forged)).toBe('not granted');
});

/** Logs, traces, queues and roles are Lambda's own calls, not the functions'. */
const exempt = /^(?:logs|xray|sqs|sts):/;

/** The policies without one action. */
const without = (documents: readonly PolicyDocument[], action: string): readonly PolicyDocument[] =>
  documents.map(({ Statement }) => ({
    Statement: [Statement].flat().map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter((one) => one !== action),
    })),
  }));

/** Granted for what these batches do not do, by the reason. */
const forOtherBatches: Readonly<Record<string, readonly string[]>> = {
  'buckets without versions, or objects that are not pinned': [
    's3:GetObject',
    's3:GetObjectVersion',
    's3:DeleteObject',
  ],
  'an attempt that another one was faster than removes what it wrote': ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  'a write that fails ends its upload': ['s3:AbortMultipartUpload'],
  'an output of several parts whose merge was cut short': ['s3:ListMultipartUploadParts'],
  'uploads with tags': ['s3:GetObjectTagging', 's3:GetObjectVersionTagging', 's3:PutObjectTagging'],
  'something that is missing': ['s3:ListBucket'],
  'look-ups by one key, and by the API': ['dynamodb:GetItem', 'execute-api:Invoke'],
  'events for other teams, which have no stand-in here': ['events:PutEvents'],
  'a map that failed': ['states:ListMapRuns', 'states:ListExecutions'],
};

test('each granted action is missed by a call when it is taken away, or is for a case that is named', () => {
  const named = new Set(Object.values(forOtherBatches).flat());
  const idle = names.flatMap((name) => {
    const granted = new Set(
      policies[name]!.flatMap(({ Statement }) => [Statement].flat().flatMap(({ Action }) => [Action].flat())),
    );
    return [...granted]
      .filter((action) => !exempt.test(action))
      .filter((action) =>
        requests[name]!.every((request) => evaluate(without(policies[name]!, action), request) === 'allowed'),
      )
      .map((action) => `${name} ${action}`);
  });
  expect(idle.filter((one) => !named.has(one.split(' ')[1]!))).toEqual([]);
  expect(idle).toMatchInlineSnapshot(`
    [
      "intake s3:GetObject",
      "intake s3:ListBucket",
      "split s3:AbortMultipartUpload",
      "split s3:DeleteObject",
      "split s3:DeleteObjectVersion",
      "split events:PutEvents",
      "process s3:AbortMultipartUpload",
      "process s3:DeleteObject",
      "process s3:DeleteObjectVersion",
      "process events:PutEvents",
      "process dynamodb:GetItem",
      "process execute-api:Invoke",
      "resolve s3:AbortMultipartUpload",
      "resolve s3:DeleteObject",
      "resolve s3:DeleteObjectVersion",
      "resolve events:PutEvents",
      "merge s3:AbortMultipartUpload",
      "merge s3:ListMultipartUploadParts",
      "archive s3:GetObjectTagging",
      "archive s3:GetObjectVersionTagging",
      "archive s3:DeleteObject",
      "archive s3:AbortMultipartUpload",
      "archive s3:PutObjectTagging",
      "notify s3:GetObjectVersion",
      "notify s3:AbortMultipartUpload",
      "notify s3:ListBucket",
      "notify events:PutEvents",
      "failure s3:GetObjectTagging",
      "failure s3:GetObjectVersionTagging",
      "failure s3:AbortMultipartUpload",
      "failure s3:PutObjectTagging",
      "failure states:ListMapRuns",
      "failure states:ListExecutions",
      "failure events:PutEvents",
    ]
  `);
});

/** Functions that the state machine calls: without what they need, the batch fails. */
const steps = ['split', 'process', 'resolve', 'merge', 'archive', 'notify'];

test('a batch fails when one of its functions is without an action that it uses', async () => {
  const sample = await readFile(new URL('../sample/orders.csv', import.meta.url), 'utf8');
  const oneOrder = sample.split('\n').slice(0, 2).join('\n');
  const taken: string[] = [];
  for (const name of steps) {
    const used = new Set(requests[name]!.map(({ action }) => action).filter((action) => action.startsWith('s3:')));
    for (const action of used) {
      gates.grant(name, without(policies[name]!, action));
      const { status } = await stack.run(`input/without-${taken.length}.csv`, oneOrder);
      gates.grant(name, policies[name]!);
      expect([name, action, status]).toEqual([name, action, 'FAILED']);
      taken.push(action);
    }
  }
  expect(taken.length).toBeGreaterThan(20);
}, 240_000);
