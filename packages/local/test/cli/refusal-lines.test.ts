import type { GatedCall } from '@pipeline/local';
import { expect, test } from 'vitest';
import { refusalLines } from '../../src/cli/serve/refusal-lines.ts';

const call = (role: string, action: string, ...resources: readonly string[]): GatedCall => ({
  caller: { arn: `arn:aws:iam::000000000000:role/${role}`, policies: () => [] },
  asked: [],
  refused: resources.map((resource) => ({ action, resource })),
});

test('what a role is refused is said once for each action and place, whatever the object', () => {
  const linesOf = refusalLines();
  expect(linesOf(call('Merge', 's3:GetObject'))).toEqual([]);
  expect(linesOf(call('Merge', 's3:PutObject', 'arn:aws:s3:::orders/results/1/a.csv'))).toEqual([
    'refused: Merge may not s3:PutObject on arn:aws:s3:::orders/results/1/a.csv',
  ]);
  expect(linesOf(call('Merge', 's3:PutObject', 'arn:aws:s3:::orders/results/2/b.csv'))).toEqual([]);
  const others = [
    call('Merge', 's3:PutObject', 'arn:aws:s3:::orders/batches/2/b.csv'),
    call('Merge', 's3:GetObject', 'arn:aws:s3:::orders/results/1/a.csv'),
    call('Notify', 's3:PutObject', 'arn:aws:s3:::orders/results/1/a.csv'),
    call('Notify', 'sqs:SendMessage', 'arn:aws:sqs:eu-west-1:1:a', 'arn:aws:sqs:eu-west-1:1:b'),
  ];
  expect(others.flatMap(linesOf)).toHaveLength(5);
});
