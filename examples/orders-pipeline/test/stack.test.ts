import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { acknowledgements } from '@pipeline/cdk';
import { type ResolvedResource, resolveTemplate, type Template } from '@pipeline/local';
import aslValidator from 'asl-validator';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OrdersStack } from '../deploy/orders-stack.ts';
import { ordersApp } from '../local-app.ts';

let outdir: string;
let stack: OrdersStack;
let template: Template;
let resources: Readonly<Record<string, ResolvedResource>>;
beforeAll(async () => {
  outdir = await mkdtemp(path.join(tmpdir(), 'orders-cdk-'));
  const app = new App({
    outdir,
    analyticsReporting: false,
    context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
  });
  stack = new OrdersStack(app, 'Orders');
  template = app.synth().getStackByName('Orders').template as Template;
  resources = resolveTemplate(template);
});
afterAll(() => rm(outdir, { recursive: true, force: true }));

const plain = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');
const ofType = (type: string) => Object.entries(resources).filter(([, resource]) => resource.type === type);

test('the parameters are those of the article, and ours', () => {
  expect(Object.keys(template.Parameters!).filter((name) => name !== 'BootstrapVersion')).toEqual([
    ...['SESSender', 'SESRecipient', 'SESIdentityName', 'InputArchiveFolder', 'FileChunkSize', 'FileDelimiter'],
    ...['FinancialsSource', 'MaxConcurrency', 'AlertAddress'],
  ]);
});

test('every parameter takes its default and refuses what would break the pipeline', () => {
  const parameters = template.Parameters as Record<string, { AllowedPattern?: string; Default: string }>;
  for (const [name, { AllowedPattern, Default }] of Object.entries(parameters))
    if (AllowedPattern !== undefined)
      expect([name, new RegExp(`^(?:${AllowedPattern})$`).test(Default)]).toEqual([name, true]);
  const refused = {
    SESRecipient: ['nobody', 'a@b.de,'],
    InputArchiveFolder: ['input', 'input/done', 'batches', '', '/a'],
    FileChunkSize: ['0', '-1', '1.5'],
    FileDelimiter: ['', ';;', '"', 'a'],
  };
  for (const [name, values] of Object.entries(refused))
    for (const value of values)
      expect([name, value, new RegExp(`^(?:${parameters[name]!.AllowedPattern})$`).test(value)]).toEqual([
        name,
        value,
        false,
      ]);
});

test('the state machine is the one that the local stack runs', () => {
  const [[, machine]] = ofType('AWS::StepFunctions::StateMachine') as [[string, ResolvedResource]];
  const text = String(machine.properties.DefinitionString);
  expect(aslValidator(JSON.parse(text))).toMatchObject({ isValid: true });
  const withNames = text.replace(
    /arn:aws:lambda:us-east-1:\d+:function:Orders([A-Z][a-z]+)Function[0-9A-F]{8}/g,
    (_, name: string) => `orders-${name.toLowerCase()}`,
  );
  expect(JSON.parse(withNames)).toEqual(JSON.parse(JSON.stringify(ordersApp({ MaxConcurrency: 8 }).stateMachine())));
});

test('every function that the local stack runs is deployed', () => {
  const local = Object.keys(
    ordersApp().functions({
      bucket: 'orders',
      stateMachineArn: 'arn',
      replayMachineArn: 'arn',
      apiEndpoint: undefined,
      queueUrl: (name) => name,
    }),
  );
  const deployed = ofType('AWS::Lambda::Function').map(([id]) =>
    /^(?:Orders|Financials)([A-Z][a-z]+)/.exec(id)![1]!.toLowerCase(),
  );
  expect(
    deployed
      .map((name) => (name === 'get' ? 'orders-financials' : `orders-${name}`))
      .filter((name) => name !== 'orders-empty')
      .sort(),
  ).toEqual(local.sort());
});

test('no bundle, with the SDK in it, is larger than 1.5 MB', () => {
  const bundles = readdirSync(outdir).filter((name) => name.startsWith('asset.'));
  expect(bundles.length).toBe(ofType('AWS::Lambda::Function').length);
  for (const bundle of bundles)
    expect(statSync(path.join(outdir, bundle, 'index.mjs')).size).toBeLessThanOrEqual(1_500_000);
});

test('cdk-nag finds nothing that is not acknowledged', () => {
  for (const pack of [new AwsSolutionsChecks(), new ServerlessChecks()])
    expect(pack.validateScope(stack).violations).toEqual([]);
  expect(acknowledgements(stack).map(({ reason }) => reason)).toHaveLength(4);
});

test('the resources are these', () => {
  const kinds = Map.groupBy(Object.entries(resources), ([, { type }]) => type);
  const listed = [...kinds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, list]) => `${type}: ${list.map(([id]) => plain(id)).join(' ')}`);
  expect(listed).toMatchSnapshot();
});

test('the permissions are these', () => {
  const policies = ofType('AWS::IAM::Policy').map(([id, { properties }]) => {
    const { Statement } = properties.PolicyDocument as {
      Statement: readonly { Action: unknown; Resource: unknown; Condition?: unknown }[];
    };
    const lines = Statement.map(
      ({ Action, Resource, Condition }) =>
        `${[Action].flat().join(' ')} on ${[Resource]
          .flat()
          .join(' ')
          .replace(
            /[0-9A-F]{8}(?=$|[/ :-])/g,
            '',
          )}${Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`}`,
    );
    return [plain(id), lines];
  });
  expect(Object.fromEntries(policies)).toMatchSnapshot();
});
