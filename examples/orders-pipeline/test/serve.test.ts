import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clientOf, startServe } from '../../../packages/local/test/cli/serve.ts';
import { openPlace, type Place } from '../../../packages/local/test/cli/support.ts';
import { orderFile } from '../sample/generate.ts';
import { synthesised } from './support/synthesised.ts';

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.remove());

const serve = (...args: readonly string[]) => startServe(place, ...args);

it('a synthesised stack is served under the policies of its roles, with parameters, and says what it leaves out', async () => {
  const folder = await synthesised();
  const { child, line } = serve('--example', 'orders', '--template', folder, '--parameter', 'FileChunkSize=100');
  const [printed] = await line(/^[\s\S]*AWS::SNS::Topic is not run[^\n]*\n/);
  expect(printed).toMatch(/Each of \d+ roles has a key of its own/);
  const s3 = clientOf(printed);
  try {
    await s3.send(new PutObjectCommand({ Bucket: 'orders', Key: 'input/a.csv', Body: [...orderFile(250)].join('') }));
    const [told] = await line(/a\.csv {2}succeeded in [^\n]*\n/);
    expect(told).toMatch(
      /: 250 rows read = \d+ written \+ \d+ rejected; s3:\/\/orders\/results\/[0-9a-f]{32}\/output\/r1\/report\.json/,
    );
  } finally {
    s3.destroy();
  }
  child.kill('SIGINT');
  expect(await child.answer).toMatchObject({ code: 0, stderr: '' });
});

it.each([
  [['--template', '/nowhere'], '/nowhere is no folder that cdk synth wrote'],
  [['--stack', 'Orders'], '--stack is for --template'],
  [['--parameter', 'A=1'], '--parameter is for --template'],
  [['--template', 'x', '--parameter', 'A'], '--parameter must be name=value, got "A"'],
])('%j is a wrong call', async (args, message) => {
  const answer = await place.start(['serve', ...args]).answer;
  expect([answer.code, answer.stderr]).toEqual([2, expect.stringContaining(message)]);
});

it('parameters that CloudFormation would refuse are a wrong call', async () => {
  const folder = await synthesised();
  for (const [given, message] of [
    ['FileDelimiter=abc', 'the parameter FileDelimiter must match'],
    ['Rows=1', 'the stack Orders has no parameter Rows'],
  ] as const) {
    const answer = await place.start(['serve', '--template', folder, '--parameter', given]).answer;
    expect([answer.code, answer.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});
