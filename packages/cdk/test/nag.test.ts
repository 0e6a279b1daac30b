import { AwsSolutionsChecks, type NagPack, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import { beforeAll, expect, it } from 'vitest';
import { acknowledgeFindings, acknowledgements } from '../src/index.ts';
import { allParts, type Made, makePipeline, synthMs } from './helpers.ts';

let least: Made;
let all: Made;
beforeAll(() => {
  least = makePipeline();
  all = makePipeline(allParts);
}, synthMs);

const packs = (): readonly NagPack[] => [new AwsSolutionsChecks(), new ServerlessChecks()];

/** The findings of packs as cdk-nag prints them: each rule and resource once for every construct that has it. */
const findings = ({ stack }: Made, checks = packs()) =>
  checks.flatMap((pack) =>
    pack
      .validateScope(stack)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ resourceLogicalId }) => ({ ruleName, resourceLogicalId })),
      ),
  );
const namesOf = (made: Made, checks = packs()) =>
  [...new Set(findings(made, checks).map(({ ruleName }) => ruleName))].sort();

/** Findings by rule: ids, and constructs that have them. */
const counted = (made: Made) => {
  const byRule = Map.groupBy(findings(made), ({ ruleName }) => ruleName.replace(/\[.*/, ''));
  return Object.fromEntries(
    [...byRule].map(([rule, found]) => [
      rule,
      `${new Set(found.map(({ ruleName }) => ruleName)).size} of ${found.length} constructs`,
    ]),
  );
};

it('has so many findings before they are acknowledged', () => {
  expect(counted(least)).toMatchInlineSnapshot(`
    {
      "AwsSolutions-IAM5": "13 of 37 constructs",
      "Serverless-LambdaEventSourceMappingDestination": "1 of 1 constructs",
      "Serverless-SQSRedrivePolicy": "1 of 2 constructs",
    }
  `);
  expect(counted(all)).toMatchInlineSnapshot(`
    {
      "AwsSolutions-IAM5": "15 of 49 constructs",
      "Serverless-LambdaEventSourceMappingDestination": "1 of 2 constructs",
      "Serverless-SQSRedrivePolicy": "1 of 3 constructs",
    }
  `);
});

it('has just the findings of AwsSolutions and Serverless that are acknowledged, for at most four reasons', () => {
  for (const made of [least, all]) {
    const known = acknowledgements(made.pipeline);
    expect(known.length).toBeLessThanOrEqual(4);
    for (const { reason } of known) expect(reason.length).toBeGreaterThan(40);
    const ids = [...new Set(known.flatMap((one) => one.findings.map(({ id }) => id)))].sort();
    expect(namesOf(made)).toEqual(ids);
  }
});

it('has none once they are acknowledged', () => {
  for (const made of [least, all]) {
    acknowledgeFindings(made.pipeline);
    expect(findings(made)).toEqual([]);
  }
});

it('lists what NIST 800-53 revision 5 asks for besides, as docs/deploy.md does', () => {
  const rules = (made: Made) => [
    ...new Set(namesOf(made, [new NIST80053R5Checks()]).map((name) => name.replace(/\[.*/, ''))),
  ];
  expect(rules(all).filter((rule) => !rules(least).includes(rule))).toMatchInlineSnapshot(`
    [
      "NIST.800.53.R5-VPCDefaultSecurityGroupClosed",
      "NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW",
    ]
  `);
  expect(rules(least)).toEqual(
    [
      ...[
        'CloudWatchLogGroupEncrypted',
        'DynamoDBInBackupPlan',
        'IAMNoInlinePolicy',
        'LambdaConcurrency',
        'LambdaInsideVPC',
      ],
      ...['S3BucketReplicationEnabled', 'S3BucketVersioningEnabled', 'S3DefaultEncryptionKMS', 'SNSEncryptedKMS'],
    ].map((rule) => `NIST.800.53.R5-${rule}`),
  );
});
