import { SESv2Client } from '@aws-sdk/client-sesv2';
import { createRunContext, readJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { afterEach, describe, expect, test } from 'vitest';
import { type Mail, sendOnce, sesNotifier } from '../../src/index.ts';
import { at, codeOf, credentials, errorOf, type ServiceAnswer, startService } from '../helpers.ts';

const record = at('batches/b1/mail/success-r1.json');
const letter: Mail = { subject: 'done', text: 'done', html: '<p>done</p>' };
const run = createRunContext({ clock: { now: () => Date.parse('2026-11-02T10:00:00Z') } });

describe('sesNotifier', () => {
  const opened: { close(): Promise<void> | void }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const ses = async (answers: (index: number) => ServiceAnswer, identityArn?: string) => {
    const service = await startService((_, index) => answers(index));
    const client = new SESv2Client({ endpoint: service.endpoint, region: 'eu-central-1', credentials, maxAttempts: 4 });
    opened.push(service, { close: () => client.destroy() });
    const to = ['a@example.com', 'b@example.com'];
    const notifier = sesNotifier({ client, from: 'p@example.com', to, ...(identityArn && { identityArn }) });
    return { ...service, notifier };
  };

  test('sends simple content, subject in 7 bits, bodies in UTF-8', async () => {
    const { notifier, calls } = await ses(() => ({ body: { MessageId: 'm-1' } }), 'arn:aws:ses:x:1:identity/y');
    expect(await notifier.send({ subject: 'Größe', text: 'täglich', html: '<p>täglich</p>' }, run)).toEqual({
      messageId: 'm-1',
    });
    expect(calls).toEqual([
      {
        operation: 'POST /v2/email/outbound-emails',
        body: {
          FromEmailAddress: 'p@example.com',
          FromEmailAddressIdentityArn: 'arn:aws:ses:x:1:identity/y',
          Destination: { ToAddresses: ['a@example.com', 'b@example.com'] },
          Content: {
            Simple: {
              Subject: { Data: '=?UTF-8?B?R3LDtsOfZQ==?=' },
              Body: {
                Text: { Data: 'täglich', Charset: 'UTF-8' },
                Html: { Data: '<p>täglich</p>', Charset: 'UTF-8' },
              },
            },
          },
        },
      },
    ]);
  });

  test('a mail that got no answer is not tried again, not even by the SDK', async () => {
    const { notifier, calls } = await ses(() => ({ hangUp: true }));
    const store = memoryStore();
    expect(await codeOf(sendOnce(async () => letter, notifier, record, { store, run }))).toBe('DELIVERY_FAILED');
    expect(calls).toHaveLength(1);
    expect(await readJson(store, record)).toMatchObject({ status: 'UNKNOWN' });
  });

  test('a service that is busy is tried again by the SDK', async () => {
    const { notifier, calls } = await ses((index) =>
      index < 2 ? { error: 'TooManyRequestsException', status: 429 } : { body: { MessageId: 'm' } },
    );
    const store = memoryStore();
    expect(await sendOnce(async () => letter, notifier, record, { store, run })).toMatchObject({ status: 'SENT' });
    expect(calls).toHaveLength(3);
  });

  test('a refusal of SES is FAILED, one sent at last is SENT', async () => {
    const { notifier, calls } = await ses((index) =>
      index === 0 ? { error: 'MessageRejected', status: 400 } : { body: { MessageId: 'm' } },
    );
    const store = memoryStore();
    expect(await codeOf(sendOnce(async () => letter, notifier, record, { store, run }))).toBe('DELIVERY_FAILED');
    expect(await readJson(store, record)).toMatchObject({ status: 'FAILED' });
    expect(await sendOnce(async () => letter, notifier, record, { store, run })).toMatchObject({ status: 'SENT' });
    expect(calls).toHaveLength(2);
  });

  test('nobody at the address is FAILED, since no mail can have arrived', async () => {
    const service = await startService(() => ({}));
    await service.close();
    const client = new SESv2Client({ endpoint: service.endpoint, region: 'eu-central-1', credentials, maxAttempts: 2 });
    opened.push({ close: () => client.destroy() });
    const notifier = sesNotifier({ client, from: 'p@example.com', to: ['a@example.com'] });
    const store = memoryStore();
    await errorOf(sendOnce(async () => letter, notifier, record, { store, run }));
    expect(await readJson(store, record)).toMatchObject({ status: 'FAILED' });
  });
});
