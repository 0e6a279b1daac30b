import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { type BatchReport, createRunContext, type ObjectStore, readJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createLinks,
  encodeHeader,
  type Failure,
  failureMail,
  type Link,
  type Mail,
  type MailRecord,
  type Notifier,
  sendOnce,
  sesNotifier,
  successMail,
} from '../src/index.ts';
import { at, codeOf, credentials, errorOf, type ServiceAnswer, startService } from './helpers.ts';

const record = at('batches/b1/mail/success-r1.json');
const letter: Mail = { subject: 'done', text: 'done', html: '<p>done</p>' };
const run = createRunContext({ clock: { now: () => Date.parse('2026-11-02T10:00:00Z') } });
const refusal = () => Object.assign(new Error('no'), { name: 'MessageRejected', $metadata: { httpStatusCode: 400 } });
const noAnswer = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

/** Counts what arrives, and fails as the test says. */
const inbox = (failures: (Error | undefined)[] = []) => {
  let sent = 0;
  const notifier: Notifier = {
    async send() {
      const failure = failures[sent++];
      if (failure !== undefined) throw failure;
      return { messageId: `m${sent}` };
    },
  };
  return { notifier, count: () => sent };
};
const states = (store: ObjectStore) => {
  const seen: string[] = [];
  const noting: ObjectStore = {
    ...store,
    write: async (ref, body, options) => {
      const written = await store.write(ref, body, options);
      if (written !== undefined) seen.push((await readJson<MailRecord>(store, record)).status);
      return written;
    },
  };
  return { seen, store: noting };
};

describe('sendOnce', () => {
  test('SENDING before the call, SENT with the id of the mail after it', async () => {
    const { seen, store } = states(memoryStore());
    const { notifier } = inbox();
    const sent = await sendOnce(async () => letter, notifier, record, { store, run });
    expect(sent).toEqual({ status: 'SENT', messageId: 'm1', at: '2026-11-02T10:00:00.000Z' });
    expect(await readJson(store, record)).toEqual(sent);
    expect(seen).toEqual(['SENDING', 'SENT']);
  });

  test('a mail that was sent is not sent again', async () => {
    const store = memoryStore();
    const { notifier, count } = inbox();
    const first = await sendOnce(async () => letter, notifier, record, { store, run });
    for (let again = 0; again < 3; again++)
      expect(await sendOnce(async () => letter, notifier, record, { store, run })).toEqual(first);
    expect(count()).toBe(1);
  });

  test('a refused mail is FAILED, an error, and sent by the next try', async () => {
    const { seen, store } = states(memoryStore());
    const { notifier, count } = inbox([refusal()]);
    const error = await errorOf(sendOnce(async () => letter, notifier, record, { store, run }));
    expect(error).toMatchObject({ name: 'PipelineDeliveryError', code: 'DELIVERY_FAILED', retryable: true });
    expect(error.message).toBe('DELIVERY_FAILED: the mail could not be delivered: MessageRejected');
    expect(await sendOnce(async () => letter, notifier, record, { store, run })).toMatchObject({ status: 'SENT' });
    expect(seen).toEqual(['SENDING', 'FAILED', 'SENDING', 'SENT']);
    expect(count()).toBe(2);
  });

  test('a service that was never reached took no mail', async () => {
    const store = memoryStore();
    const unreachable = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const { notifier } = inbox([unreachable]);
    await errorOf(sendOnce(async () => letter, notifier, record, { store, run }));
    expect(await readJson(store, record)).toMatchObject({ status: 'FAILED' });
  });

  test('a mail without an answer is UNKNOWN, an error once, and never sent again', async () => {
    const { seen, store } = states(memoryStore());
    const { notifier, count } = inbox([noAnswer()]);
    expect(await codeOf(sendOnce(async () => letter, notifier, record, { store, run }))).toBe('DELIVERY_FAILED');
    expect(await sendOnce(async () => letter, notifier, record, { store, run })).toMatchObject({ status: 'UNKNOWN' });
    expect(seen).toEqual(['SENDING', 'UNKNOWN']);
    expect(count()).toBe(1);
  });

  test('a sender that vanished between call and record leaves UNKNOWN, and no second mail', async () => {
    const store = memoryStore();
    const { notifier, count } = inbox();
    const crashing: ObjectStore = {
      ...store,
      write: (ref, body, options) =>
        options?.ifMatch === undefined ? store.write(ref, body, options) : Promise.reject(new Error('gone')),
    };
    await expect(sendOnce(async () => letter, notifier, record, { store: crashing, run })).rejects.toThrow('gone');
    expect(await sendOnce(async () => letter, notifier, record, { store, run })).toMatchObject({
      status: 'UNKNOWN',
      messageId: null,
    });
    expect(await readJson(store, record)).toMatchObject({ status: 'UNKNOWN' });
    expect(count()).toBe(1);
  });

  test('a store that refuses the record of a sent mail does not make the mail refused', async () => {
    const store = memoryStore();
    const { notifier, count } = inbox();
    let refusals = 1;
    const refusing: ObjectStore = {
      ...store,
      write: (ref, body, options) =>
        options?.ifMatch !== undefined && refusals-- > 0
          ? Promise.reject(Object.assign(new Error('denied'), { $metadata: { httpStatusCode: 403 } }))
          : store.write(ref, body, options),
    };
    await errorOf(sendOnce(async () => letter, notifier, record, { store: refusing, run }));
    await sendOnce(async () => letter, notifier, record, { store: refusing, run });
    expect(count()).toBe(1);
  });

  test('a mail that could not be written is tried again', async () => {
    const store = memoryStore();
    const { notifier, count } = inbox();
    const failing = () => Promise.reject(new Error('no credentials for the links'));
    expect(await codeOf(sendOnce(failing, notifier, record, { store, run }))).toBe('DELIVERY_FAILED');
    expect(await readJson(store, record)).toMatchObject({ status: 'FAILED' });
    await sendOnce(async () => letter, notifier, record, { store, run });
    expect(count()).toBe(1);
  });

  test('ten at once send one mail at most', async () => {
    const store = memoryStore();
    const { notifier, count } = inbox();
    const all = await Promise.all(
      Array.from({ length: 10 }, () => sendOnce(async () => letter, notifier, record, { store, run })),
    );
    expect(count()).toBe(1);
    expect(all.filter(({ status }) => status === 'SENT').length).toBeGreaterThan(0);
  });

  test('ten at once after a refusal send one mail at most', async () => {
    const store = memoryStore();
    const { notifier, count } = inbox([refusal()]);
    await errorOf(sendOnce(async () => letter, notifier, record, { store, run }));
    await Promise.all(Array.from({ length: 10 }, () => sendOnce(async () => letter, notifier, record, { store, run })));
    expect(count()).toBe(2);
  });

  test('whatever breaks and however often it is tried, the inbox gets one mail at most', async () => {
    const step = fc.constantFrom('fine', 'refused', 'lost', 'record lost', 'claim lost');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const memory = memoryStore();
        let delivered = 0;
        for (const fault of [...steps, 'fine']) {
          const notifier: Notifier = {
            async send() {
              if (fault === 'refused') throw refusal();
              delivered++;
              if (fault === 'lost') throw noAnswer();
              return { messageId: 'm' };
            },
          };
          let writes = 0;
          const store: ObjectStore = {
            ...memory,
            write: async (...args) => {
              const call = ++writes;
              const written = await memory.write(...args);
              if ((fault === 'record lost' && call === 2) || (fault === 'claim lost' && call === 1))
                throw new Error('answer lost');
              return written;
            },
          };
          await sendOnce(async () => letter, notifier, record, { store, run }).catch(() => {});
        }
        expect(delivered).toBeLessThanOrEqual(1);
        expect(['SENT', 'UNKNOWN']).toContain((await readJson<MailRecord>(memory, record)).status);
      }),
      { numRuns: 200 },
    );
  });
});

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

/** As a mail reader decodes a header (RFC 2047): white space between encoded words is not there. */
const decodeHeader = (header: string): string =>
  header
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=/g, (_, base64: string) => Buffer.from(base64, 'base64').toString());

describe('encodeHeader', () => {
  const dangerous = '[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]';

  test('any text decodes back, less what could break a line or turn it around', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme', maxLength: 120 }),
      fc.array(fc.constantFrom('=?', '?=', '=?UTF-8?B?aGk=?=', ' ', 'ü', '\r\n', 'a', '😀')).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(
        text.filter((one) => one.isWellFormed()),
        (one) => {
          const header = encodeHeader(one);
          expect(header).toMatch(/^[\x20-\x7e]*$/);
          expect(decodeHeader(header)).toBe(one.replace(new RegExp(dangerous, 'g'), ' '));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('encoded words have 75 characters at most, and end between characters', () => {
    for (const word of encodeHeader('😀ü日本語'.repeat(60)).split(' ')) {
      expect(word.length).toBeLessThanOrEqual(75);
      const [, base64] = /^=\?UTF-8\?B\?(.*)\?=$/.exec(word)!;
      expect(Buffer.from(base64!, 'base64').toString()).not.toContain('\uFFFD');
    }
  });

  test.each([
    ['orders.csv was processed', 'orders.csv was processed'],
    ['a\r\nBcc: evil@example.com', 'a  Bcc: evil@example.com'],
    ['a\u0000b\u007fc', 'a b c'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(encodeHeader(text)).toBe(expected);
  });
});

const evil = [
  'a\r\nBcc: evil@example.com\r\n\r\n<b>body</b>.csv',
  '<script>alert(1)</script>.csv',
  '"><img src=x onerror=alert(1)>.csv',
  "' onmouseover='alert(1).csv",
  '&lt;already&gt;.csv',
  '\u202Ecsv.exe',
  'abc\u2066\u2069\u200f\u061c.csv',
  'line\u2028separator\u2029.csv',
  '=?UTF-8?Q?spoofed?=.csv',
  '😀 täglich 100%.csv',
];

const report = (key: string, more: Partial<BatchReport> = {}): BatchReport => ({
  formatVersion: '1.0',
  batchId: 'b1',
  revision: 1,
  source: at(key),
  sourceBytes: 100,
  output: { object: at('out.csv'), bytes: 1, crc32: '00000000', rows: 12_345 },
  report: at('report.json'),
  columns: ['id'],
  rowsRead: 12_345,
  rowsWritten: 12_343,
  rowsRejected: 2,
  chunkCount: 1,
  resolved: {},
  startedAt: '2026-11-02T10:00:00.000Z',
  finishedAt: '2026-11-02T10:02:03.000Z',
  durationMs: 123_000,
  processMs: 1,
  ...more,
});
const link = (url: string, more: Partial<Link> = {}): Link => ({
  url,
  expiresAt: Date.parse('2026-11-02T11:00:00Z'),
  certain: true,
  ...more,
});
const failure: Failure = {
  status: 'FAILED',
  error: 'PipelineSourceError',
  code: 'SOURCE_EMPTY',
  message: 'it has no bytes',
  executionArn: 'arn:aws:states:x:1:execution:m:b1',
};
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('the mail of success', () => {
  test('has counts, file name, duration, most frequent issues and links with their end', () => {
    const issues = { 'RULE_FAILED|minimum|units': 1, 'RULE_CUSTOM|notBad|a|b': 7, 'ROW_FIELD_COUNT|fields|': 3 };
    const { subject, text, html } = successMail(report('input/orders.csv', { resolved: { issues } }), {
      output: link('https://s3/out?X=1&Y=2'),
      rejects: link('https://s3/rejects'),
    });
    expect(subject).toBe('orders.csv was processed, 2 rows were rejected');
    expect(text).toBe(
      [
        'orders.csv was processed, 2 rows were rejected',
        '',
        'File: orders.csv',
        'Rows read: 12,345',
        'Rows written: 12,343',
        'Rows rejected: 2',
        'Duration: 2 min 3 s',
        'Batch: b1',
        'Issue · a|b: notBad: 7',
        'Issue · whole row: fields: 3',
        'Issue · units: minimum: 1',
        '',
        'Output file: https://s3/out?X=1&Y=2',
        'Rejected rows: mend this file and upload it again: https://s3/rejects',
        '',
        'The links work until 2026-11-02 11:00 UTC.',
        '',
      ].join('\n'),
    );
    expect(html).toContain('<a href="https://s3/out?X=1&amp;Y=2">Output file</a>');
    expect(html).toContain('The links work until 2026-11-02 11:00 UTC.');
  });

  test.each([
    [0, '0.0 s'],
    [59_949, '59.9 s'],
    [59_999, '1 min 0 s'],
    [119_700, '2 min 0 s'],
    [3_600_000, '60 min 0 s'],
  ])('%i ms is %s', (durationMs, expected) => {
    expect(successMail(report('a.csv', { durationMs }), { output: link('x') }).text).toContain(`Duration: ${expected}`);
  });

  test('states the earlier end of two links, and doubt when one is in doubt', () => {
    const { text } = successMail(report('a.csv'), {
      output: link('x'),
      rejects: link('y', { expiresAt: Date.parse('2026-11-02T10:30:00Z'), certain: false }),
    });
    expect(text).toContain('The links work until 2026-11-02 10:30 UTC at the latest.');
  });

  test.each(evil)('stays harmless for a file named %j and a column of that name', (name) => {
    const { subject, text, html } = successMail(
      report(`input/${name}`, { resolved: { issues: { [`RULE_FAILED|type|${name}`]: 1 } } }),
      { output: link('https://s3/x') },
    );
    const plain = successMail(report('input/x.csv', { resolved: { issues: { 'RULE_FAILED|type|x': 1 } } }), {
      output: link('https://s3/x'),
    });
    expect(encodeHeader(subject)).toMatch(/^[\x20-\x7e]*$/);
    expect(text).not.toMatch(unsafe);
    expect(text.split('\n').length).toBe(plain.text.split('\n').length);
    expect(html).not.toMatch(unsafe);
    expect(html.match(/<\/?[a-z][^>]*>/g)).toEqual(plain.html.match(/<\/?[a-z][^>]*>/g));
  });
});

describe('the mail of failure', () => {
  test('has code, message, advice and where the original is', () => {
    const { subject, text } = failureMail(at('input/orders.csv'), 'b1', failure, at('failed/input/orders.csv/v'));
    expect(subject).toBe('orders.csv could not be processed: SOURCE_EMPTY');
    expect(text).toBe(
      [
        'orders.csv could not be processed: SOURCE_EMPTY',
        '',
        'File: orders.csv',
        'Status: FAILED',
        'Code: SOURCE_EMPTY',
        'What happened: it has no bytes',
        'Batch: b1',
        'Execution: arn:aws:states:x:1:execution:m:b1',
        'Input: unchanged at s3://orders/input/orders.csv',
        'Copy: s3://orders/failed/input/orders.csv/v',
        '',
        'Trying again will not help: correct the file or the settings and upload it again.',
        '',
      ].join('\n'),
    );
  });

  test.each<[Partial<Failure>, RegExp]>([
    [{ error: 'PipelineConfigError' }, /will not help/],
    [{ error: 'PipelineRejectLimitError' }, /will not help/],
    [{ error: 'PipelineMergeError' }, /Nothing was published/],
    [{ error: 'PipelineStorageError' }, /redrive the execution/],
    [{ error: 'PipelineLookupRefusedError' }, /^Correct the look-up .* then redrive/m],
    [{ error: 'TypeError' }, /redrive the execution/],
    [{ status: 'ABORTED' }, /stopped by hand/],
  ])('%j gets its advice', (change, expected) => {
    expect(failureMail(at('a.csv'), 'b1', { ...failure, ...change }, undefined).text).toMatch(expected);
  });

  test.each(evil)('stays harmless for a file named %j and a message of that text', (name) => {
    const mail = failureMail(at(`input/${name}`), 'b1', { ...failure, message: name }, at(`failed/${name}/v`));
    const plain = failureMail(at('input/x.csv'), 'b1', failure, at('failed/x/v'));
    expect(mail.text).not.toMatch(unsafe);
    expect(mail.text.split('\n').length).toBe(plain.text.split('\n').length);
    expect(mail.html).not.toMatch(unsafe);
    expect(mail.html.match(/<\/?[a-z][^>]*>/g)).toEqual(plain.html.match(/<\/?[a-z][^>]*>/g));
  });
});

describe('createLinks', () => {
  const now = Date.now();
  const clock = { now: () => now };
  const make = (more: { expiration?: Date; sessionToken?: string } = {}, expiresInSeconds?: number) => {
    const client = new S3Client({ region: 'eu-central-1', credentials: { ...credentials, ...more } });
    const links = createLinks({ client, ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }) });
    return links({ bucket: 'orders', key: "out/täglich 100% (1)'s.csv", versionId: 'v1' }, clock);
  };

  test.each<[string, Parameters<typeof make>, number, boolean]>([
    ['lasting credentials: the wish', [{}, 600], 600, true],
    ['lasting credentials: an hour by default', [{}], 3600, true],
    ['a session that ends later: the wish', [{ sessionToken: 't', expiration: new Date(now + 7_200_000) }], 3600, true],
    ['a session that ends earlier: its end', [{ sessionToken: 't', expiration: new Date(now + 900_000) }], 900, true],
    ['a session that does not say: the wish, at the latest', [{ sessionToken: 't' }], 3600, false],
  ])('%s', async (_, args, seconds, certain) => {
    const { expiresAt, certain: sure } = await make(...args);
    expect([expiresAt - now, sure]).toEqual([seconds * 1000, certain]);
  });

  test('the link names bucket, key, version and a file name for saving', async () => {
    const { url } = await make({}, 600);
    const { hostname, pathname, searchParams } = new URL(url);
    expect(hostname).toBe('orders.s3.eu-central-1.amazonaws.com');
    expect(decodeURIComponent(pathname)).toBe("/out/täglich 100% (1)'s.csv");
    expect(searchParams.get('versionId')).toBe('v1');
    expect(searchParams.get('X-Amz-Expires')).toBe('600');
    expect(searchParams.get('response-content-disposition')).toBe(
      "attachment; filename*=UTF-8''t%C3%A4glich%20100%25%20%281%29%27s.csv",
    );
  });

  test('a link that is to be shown keeps the name for saving', async () => {
    const link = createLinks({ client: new S3Client({ region: 'eu-central-1', credentials }) });
    const { url } = await link(at('r1/report.html'), clock, { inline: true });
    expect(new URL(url).searchParams.get('response-content-disposition')).toBe("inline; filename*=UTF-8''report.html");
  });

  test.each([0, -1, 1.5, 604_801, Number.NaN])('refuses a life of %d seconds when made', (expiresInSeconds) => {
    const client = new S3Client({ region: 'eu-central-1', credentials });
    expect(() => createLinks({ client, expiresInSeconds })).toThrow(/^CONFIG_INVALID: expiresInSeconds/);
  });
});
