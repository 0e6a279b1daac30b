import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createKeyRing } from '@pipeline/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSts, startSts } from '../../src/sts/start-sts.ts';

const arnOf = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;
const callerOf = (name: string) => ({ arn: arnOf(name), policies: () => [] });
const keys = createKeyRing();
const trusted = keys.issue(callerOf('notify'));
const other = keys.issue(callerOf('merge'));
const startedAt = Date.parse('2026-03-01T12:00:00Z');

let sts: LocalSts;
beforeAll(async () => {
  const links = { caller: callerOf('links'), trusts: (by: string) => by === arnOf('notify') };
  sts = await startSts({ keys, roleAt: (arn) => (arn === arnOf('links') ? links : undefined), now: () => startedAt });
});
afterAll(() => sts?.close());

const clientOf = (credentials: typeof trusted): STSClient =>
  new STSClient({ region: 'us-east-1', endpoint: sts.endpoint, credentials, maxAttempts: 1 });
const assume = (credentials: typeof trusted, more: object = {}, role = 'links') =>
  clientOf(credentials).send(new AssumeRoleCommand({ RoleArn: arnOf(role), RoleSessionName: 'a', ...more }));

describe('AssumeRole', () => {
  it('gives a key of the role, for as long as was asked', async () => {
    const { Credentials, AssumedRoleUser } = await assume(trusted, { DurationSeconds: 900 });
    expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::000000000000:assumed-role/links/a');
    expect(Credentials?.Expiration).toEqual(new Date(startedAt + 900_000));
    const issued = keys.find(Credentials!.AccessKeyId!)!;
    expect(issued).toMatchObject({ caller: { arn: arnOf('links') }, endsAtMs: startedAt + 900_000 });
    expect(issued.key).toEqual({
      accessKeyId: Credentials!.AccessKeyId,
      secretAccessKey: Credentials!.SecretAccessKey,
      sessionToken: Credentials!.SessionToken,
    });
  });

  it('lasts an hour by itself', async () => {
    expect((await assume(trusted)).Credentials?.Expiration).toEqual(new Date(startedAt + 3_600_000));
  });

  it.each([
    ['a caller whom the role does not trust', other, {}, 'links', 'AccessDenied'],
    ['a role that is not there', trusted, {}, 'none', 'AccessDenied'],
    ['less than 15 minutes', trusted, { DurationSeconds: 899 }, 'links', 'ValidationError'],
    [
      'more than an hour, since the caller has a temporary key',
      trusted,
      { DurationSeconds: 3601 },
      'links',
      'ValidationError',
    ],
    ['a session policy, which is not done here', trusted, { Policy: '{}' }, 'links', 'ValidationError'],
  ] as const)('refuses %s', async (_, credentials, more, role, name) => {
    await expect(assume(credentials, more, role)).rejects.toMatchObject({ name });
  });
});

it('other actions are refused', async () => {
  await expect(clientOf(trusted).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidAction',
  });
});
