import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type LocalSes, startSes } from '../../src/ses/index.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const connect = ({ endpoint }: LocalSes): SESv2Client =>
  new SESv2Client({ endpoint, region: 'us-east-1', credentials });
const mail = (subject: string): SendEmailCommand =>
  new SendEmailCommand({
    FromEmailAddress: 'pipeline@example.com',
    Destination: { ToAddresses: ['a@example.com', 'b@example.com'], CcAddresses: ['c@example.com'] },
    ReplyToAddresses: ['help@example.com'],
    Content: {
      Simple: { Subject: { Data: subject }, Body: { Text: { Data: 'all rows' }, Html: { Data: '<p>all rows</p>' } } },
    },
  });

let ses: LocalSes;
let client: SESv2Client;

beforeAll(async () => {
  ses = await startSes();
  client = connect(ses);
});

afterEach(() => ses.clear());

afterAll(async () => {
  client.destroy();
  await ses.close();
});

test('a mail that was sent is in the inbox, whole', async () => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const { MessageId } = await client.send(mail('Batch done'));
  const messages = await ses.messages();
  expect(messages).toEqual([
    {
      messageId: MessageId,
      from: 'pipeline@example.com',
      to: ['a@example.com', 'b@example.com'],
      cc: ['c@example.com'],
      bcc: [],
      replyTo: ['help@example.com'],
      subject: 'Batch done',
      text: 'all rows',
      html: '<p>all rows</p>',
      attachments: [],
      at: expect.any(Date),
    },
  ]);
  expect(messages[0]!.at.getTime()).toBeGreaterThanOrEqual(before);
});

test('a raw mail is read with its attachment', async () => {
  const raw = [
    'From: pipeline@example.com',
    'To: a@example.com',
    'Subject: Rejects',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=x',
    '',
    '--x',
    'Content-Type: text/plain',
    '',
    'see attachment',
    '--x',
    'Content-Type: text/csv; name=rejects.csv',
    'Content-Disposition: attachment; filename=rejects.csv',
    '',
    'id,name',
    '--x--',
    '',
  ].join('\r\n');
  await client.send(new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(raw) } } }));
  const [sent] = await ses.messages();
  expect(sent).toMatchObject({
    to: ['a@example.com'],
    subject: 'Rejects',
    text: expect.stringContaining('see attachment'),
  });
  expect(sent!.attachments).toEqual([{ filename: 'rejects.csv', contentType: 'text/csv', sizeBytes: 7 }]);
});

test('a mail without a subject is refused by an error that the SDK can name', async () => {
  await expect(client.send(mail(''))).rejects.toMatchObject({ name: 'BadRequestException' });
  expect(await ses.messages()).toEqual([]);
});

test('the inbox has a page for people', async () => {
  const page = await fetch(ses.inboxUrl);
  expect(page.headers.get('content-type')).toContain('text/html');
  await page.text();
});

test('version 1 of the API is refused instead of losing recipients', async () => {
  const response = await fetch(ses.endpoint, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 x', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=SendEmail',
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('version 2 only');
});

test('two inboxes in one process do not mix, and a closed one is gone', async () => {
  const other = await startSes();
  const otherClient = connect(other);
  await otherClient.send(mail('for the other'));
  expect(await ses.messages()).toEqual([]);
  expect(await other.messages()).toHaveLength(1);
  otherClient.destroy();
  await other.close();
  await expect(fetch(other.inboxUrl)).rejects.toThrow();
  expect(await ses.messages()).toEqual([]);
});

test('it neither starts on a taken port nor where mails would be sent on', async () => {
  await expect(startSes({ port: ses.port })).rejects.toThrow(/port/);
  vi.stubEnv('SMTP_TRANSPORT', '{"host":"mail.example.com"}');
  await expect(startSes()).rejects.toThrow(/SMTP_TRANSPORT/);
  vi.unstubAllEnvs();
});
