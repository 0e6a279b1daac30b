// `pnpm --filter @pipeline/example-orders synth` writes the templates and bundles to cdk.out; the CDK command line runs this
// file too. Nothing is looked up, so no account and no network are needed.

import { fileURLToPath } from 'node:url';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { OrdersStack, type OrdersStackProps } from './orders-stack.ts';

// The command line says where it wants the output by CDK_OUTDIR.
const outdir = process.env.CDK_OUTDIR ?? fileURLToPath(new URL('../cdk.out', import.meta.url));
const app = new App({
  outdir,
  analyticsReporting: false,
  // What CloudFormation would refuse is an error here, not a warning.
  context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
});

const choice = <T extends string>(name: string, values: readonly T[]): T => {
  const value = (app.node.tryGetContext(name) as T | undefined) ?? values[0]!;
  if (!values.includes(value)) throw new Error(`-c ${name}=… is one of ${values.join(', ')}, got ${value}`);
  return value;
};

const isOn = (name: string): boolean => choice(name, ['off', 'on']) === 'on';
const maxBatches = app.node.tryGetContext('maxBatches') as string | undefined;

const props: OrdersStackProps = {
  description: 'Order files in, validated and enriched order files out',
  retain: choice('retain', ['nothing', 'data']),
  createIdentity: choice('createIdentity', ['none', 'address', 'domain']),
  parts: {
    worker: isOn('worker'),
    coordinator: isOn('coordinator'),
    queue: isOn('queue'),
    ...(maxBatches === undefined ? {} : { maxBatches: Number(maxBatches) }),
  },
};
new OrdersStack(app, (app.node.tryGetContext('name') as string | undefined) ?? 'OrdersPipeline', props);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
app.synth();
