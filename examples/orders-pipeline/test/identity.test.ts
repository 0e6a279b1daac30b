import { describe, expect, test } from 'vitest';
import { identityArn } from '../src/identity.ts';
import { readParameters } from '../src/parameters.ts';

const parameters = (sender: string, identity: string) =>
  readParameters({
    SES_SENDER: sender,
    SES_IDENTITY_NAME: identity,
    AWS_REGION: 'eu-west-1',
    STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:123456789012:stateMachine:orders-pipeline',
  });

describe('SESIdentityName', () => {
  test.each([
    ['sender@example.com', 'sender@example.com'],
    ['sender@example.com', 'example.com'],
    ['Sender@mail.Example.com', 'example.com'],
  ])('%s sends under %s', (sender, identity) => {
    expect(identityArn(parameters(sender, identity))).toBe(`arn:aws:ses:eu-west-1:123456789012:identity/${identity}`);
  });

  test.each([
    ['sender@example.com', 'other@example.com'],
    ['sender@example.com', 'example.org'],
    ['sender@badexample.com', 'example.com'],
    ['sender@example.com', ''],
  ])('%s does not send under %j', (sender, identity) => {
    expect(() => identityArn(parameters(sender, identity))).toThrow(
      /^CONFIG_INVALID: SESSender must be an address of the identity/,
    );
  });
});
