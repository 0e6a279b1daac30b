import { putItems } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { genericApp, strikesTable } from './fixtures/generic-app.ts';
import { type CallRecorder, startCallRecorder } from './support/call-recorder.ts';
import { canary, expectInvariants } from './support/invariants.ts';
import { startTestStack, type TestStack } from './support/test-stack.ts';

const functionNames = ['intake', 'split', 'process', 'resolve', 'merge', 'archive', 'notify', 'failure'];

let recorder: CallRecorder;
let stack: TestStack;
beforeAll(async () => {
  recorder = await startCallRecorder(functionNames);
  stack = await startTestStack(genericApp({ endpointsOf: recorder.endpointsOf }));
  recorder.leadTo(stack.environment);
});
afterAll(async () => {
  await stack?.close();
  await recorder?.close();
});

/**
 * What each function may call, on which objects of a batch: no more than its permissions have to allow. Nothing lists a
 * bucket, and only the archive deletes.
 */
const allowed = {
  intake: ['states:StartExecution'],
  split: [
    's3:GetObject input/*',
    's3:GetObject manifest.json',
    's3:HeadObject input/*',
    's3:PutObject chunks.jsonl',
    's3:PutObject manifest.json',
  ],
  process: [
    'dynamodb:BatchWriteItem',
    'dynamodb:UpdateItem',
    's3:AbortMultipartUpload processed/*',
    's3:CompleteMultipartUpload processed/*',
    's3:CreateMultipartUpload processed/*',
    's3:GetObject input/*',
    's3:GetObject manifest.json',
    's3:GetObject rejects/*',
    's3:GetObject results/*',
    's3:PutObject processed/*',
    's3:PutObject rejects/*',
    's3:PutObject results/*',
    's3:UploadPart processed/*',
  ],
  resolve: [
    's3:GetObject amended/r1.json',
    's3:GetObject chunks.jsonl',
    's3:GetObject manifest.json',
    's3:GetObject results/*',
    's3:PutObject resolved.json',
  ],
  merge: [
    's3:CompleteMultipartUpload output/*',
    's3:CreateMultipartUpload output/*',
    's3:GetObject amended/r1.json',
    's3:GetObject chunks.jsonl',
    's3:GetObject manifest.json',
    's3:GetObject merge/r1.json',
    's3:GetObject output/*',
    's3:GetObject processed/*',
    's3:GetObject rejects/*',
    's3:GetObject resolved.json',
    's3:GetObject results/*',
    's3:HeadObject merge/r1.json',
    's3:HeadObject output/*',
    's3:PutObject merge/r1.json',
    's3:PutObject output/*',
    's3:UploadPartCopy output/*',
  ],
  archive: [
    's3:CopyObject input_archive/*',
    's3:DeleteObjects',
    's3:HeadObject input/*',
    's3:HeadObject input_archive/*',
  ],
  notify: [
    's3:GetObject output/*',
    's3:HeadObject output/*',
    's3:PutObject mail/*',
    'ses:POST /v2/email/outbound-emails',
  ],
  failure: [
    's3:CopyObject failed/*',
    's3:HeadObject failed/*',
    's3:HeadObject input/*',
    's3:PutObject mail/*',
    'ses:POST /v2/email/outbound-emails',
    'states:DescribeExecution',
    'states:ListExecutions',
    'states:ListMapRuns',
  ],
};

describe('the functions call nothing but what they need', () => {
  it('over a small batch, a large one with a fault, and two that fail', async () => {
    const passing = `strike:lookup ${canary}`;
    const lasting = `strike:refused ${canary}`;
    await putItems(stack.clients.dynamodb, strikesTable, [
      { pk: passing, strikesLeft: 1 },
      { pk: lasting, strikesLeft: 1 },
    ]);
    const line = `1,${'x'.repeat(1000)}\n`;
    const batches = [
      await stack.run('input/small.csv', `id,text\n1,${canary}\n2\n`),
      await stack.run('input/large.csv', `id,text\n${line.repeat(20_000)}2,${passing}\n`),
      await stack.run('input/empty.csv', ''),
      await stack.run('input/refused.csv', `id,text\n1,${lasting}\n`),
    ];
    expect(batches.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'FAILED', 'FAILED']);
    expect(recorder.calls()).toEqual(allowed);
    for (const batch of batches) await expectInvariants(stack, batch);
  });
});
