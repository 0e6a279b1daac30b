import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import { beforeAll, expect, it } from 'vitest';
import { acknowledgeFindings, acknowledgements } from '../src/index.ts';
import { type Made, makePipeline, synthMs } from './helpers.ts';

let made: Made;
beforeAll(() => {
  made = makePipeline();
}, synthMs);

const findings = (packs: readonly { validateScope(scope: never): { violations: readonly { ruleName: string }[] } }[]) =>
  packs.flatMap((pack) => pack.validateScope(made.stack as never).violations.map(({ ruleName }) => ruleName)).sort();

it('has just the findings of AwsSolutions and Serverless that are acknowledged, for four reasons', () => {
  const known = acknowledgements(made.pipeline);
  expect(known.length).toBeLessThanOrEqual(4);
  for (const { reason } of known) expect(reason.length).toBeGreaterThan(40);
  const ids = [...new Set(known.flatMap((one) => one.findings.map(({ id }) => id)))].sort();
  expect(findings([new AwsSolutionsChecks(), new ServerlessChecks()])).toEqual(ids);
});

it('has none once they are acknowledged', () => {
  acknowledgeFindings(made.pipeline);
  expect(findings([new AwsSolutionsChecks(), new ServerlessChecks()])).toEqual([]);
});

it('lists what NIST 800-53 revision 5 asks for besides, as docs/deploy.md does', () => {
  expect([
    ...new Set(findings([new NIST80053R5Checks()]).map((name) => name.replace(/\[.*/, ''))),
  ]).toMatchInlineSnapshot(`
    [
      "NIST.800.53.R5-CloudWatchLogGroupEncrypted",
      "NIST.800.53.R5-DynamoDBInBackupPlan",
      "NIST.800.53.R5-IAMNoInlinePolicy",
      "NIST.800.53.R5-LambdaConcurrency",
      "NIST.800.53.R5-LambdaInsideVPC",
      "NIST.800.53.R5-S3BucketReplicationEnabled",
      "NIST.800.53.R5-S3BucketVersioningEnabled",
      "NIST.800.53.R5-S3DefaultEncryptionKMS",
      "NIST.800.53.R5-SNSEncryptedKMS",
    ]
  `);
});
