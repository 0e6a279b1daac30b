import { readdirSync, readFileSync } from 'node:fs';
import { batchIdOf } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isIgnored, readIntakeEvent } from '../src/index.ts';

const folder = new URL('./events/', import.meta.url);
const event = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

const etag = '"d41d8cd98f00b204e9800998ecf8427e"';
const versionId = '096fKKXTRTtl3on89fVO.nfljtsv6qko';
const sequencer = '0055AED6DCD90281E5';
const upload = (key: string, more: object = {}) => ({
  bucket: 'inbox',
  key,
  etag,
  sequencer,
  sizeBytes: 1024,
  ...more,
});
const ignored = (reason: string) => ({ reason });

const table: Record<string, object[]> = {
  's3-put': [upload('input/orders.csv')],
  's3-versioned': [upload('input/orders.csv', { versionId })],
  's3-encoded-key': [upload('input/my file +1 100% täglich 😀.csv')],
  's3-several-records': [
    upload('input/a.csv', { sequencer: '0A' }),
    upload('input/b.csv', { sequencer: '0B' }),
    upload('input/c.csv', { sequencer: '0C', bucket: 'other' }),
  ],
  's3-removed': [ignored('not a creation'), ignored('not a creation')],
  's3-folder-marker': [upload('input/2026/', { sizeBytes: 0 })],
  's3-test-event': [ignored('test event')],
  'eventbridge-created': [upload('input/my file +1 100% täglich 😀.csv', { versionId })],
  'eventbridge-deleted': [ignored('not a creation')],
  'eventbridge-schedule': [ignored('not an S3 event')],
  'sqs-s3': [
    upload('input/a.csv', { sequencer: '0A', messageId: 'message-1' }),
    upload('input/b.csv', { sequencer: '0B', messageId: 'message-1' }),
    upload('input/c d.csv', { sequencer: '0C', messageId: 'message-2' }),
  ],
  'sqs-eventbridge': [upload('input/c+d 100%.csv', { versionId, messageId: 'message-1' })],
  'sqs-test-event': [ignored('test event')],
  'sqs-unreadable': Array(4).fill(ignored('not an S3 event')),
  'sns-s3': [upload('input/c d.csv')],
  'sns-eventbridge': [upload('input/c+d.csv')],
  'sqs-sns-s3': [upload('input/c d.csv', { messageId: 'message-1' })],
  'sqs-sns-eventbridge': [upload('input/c+d.csv', { messageId: 'message-1' })],
  direct: [{ bucket: 'inbox', key: 'input/c+d 100%.csv' }],
  'direct-source': [{ bucket: 'inbox', key: 'input/orders.csv', versionId, etag }],
  'api-gateway': [ignored('not an S3 event')],
};

describe('readIntakeEvent', () => {
  test('the table has every event of the folder', () => {
    expect(
      readdirSync(folder)
        .map((file) => file.replace('.json', ''))
        .sort(),
    ).toEqual(Object.keys(table).sort());
  });

  test.each(Object.entries(table))('%s', (name, expected) => {
    expect(readIntakeEvent(event(name))).toEqual(expected);
  });

  test.each([undefined, null, 1, 'text', [], {}, { Records: [] }, { Records: [null, 1, {}] }, { Records: 'x' }])(
    '%j is no S3 event',
    (value) => {
      expect(readIntakeEvent(value).every(isIgnored)).toBe(true);
    },
  );

  test('a key that its sender did not encode is taken as it is, and does not fail what came with it', () => {
    const { Records } = event('s3-several-records') as { Records: { s3: { object: { key: string } } }[] };
    Records[1]!.s3.object.key = 'input/100%.csv';
    expect(readIntakeEvent({ Records })).toMatchObject([
      { key: 'input/a.csv' },
      { key: 'input/100%.csv' },
      { key: 'input/c.csv' },
    ]);
  });

  test('the version that suspended buckets name null does not count: a later upload has it too', () => {
    const { Records } = event('s3-put') as { Records: { s3: { object: object } }[] };
    Object.assign(Records[0]!.s3.object, { versionId: 'null' });
    const [item] = readIntakeEvent({ Records });
    expect(item).toEqual(upload('input/orders.csv'));
    expect(readIntakeEvent({ bucket: 'b', key: 'k', versionId: 'null' })).toEqual([{ bucket: 'b', key: 'k' }]);
  });
});

// What breaks naive decoders, beside whatever the generator finds.
const naughty = [
  'a b+c.csv',
  '%2B.csv',
  '%252B.csv',
  '100%.csv',
  '%',
  '%zz',
  '+',
  '++',
  '%20%20',
  '😀',
  'Ω≈ç√∫˜µ≤≥÷',
  '田中さんにあげて下さい',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  "'; DROP TABLE orders--",
  '\u202Ecsv.exe',
  '\uFEFForders.csv',
  'a\u0000b',
  'a\r\nb',
  '"quoted"',
  '\\back\\slash',
  '?versionId=1#x',
  '&amp;',
  '{{7*7}}',
  '$HOME',
  '__proto__',
  'constructor',
];
const key = fc.oneof(
  fc.constantFrom(...naughty),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((text) => text.isWellFormed()),
  fc
    .array(fc.constantFrom('%', '+', ' ', '2', '5', 'B', 'é', '/', '%2', '%25'), { minLength: 1 })
    .map((all) => all.join('')),
);

/** As S3 encodes keys in notifications. */
const formEncoded = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const wraps: Record<string, (message: unknown) => unknown> = {
  plain: (message) => message,
  sqs: (message) => ({ Records: [{ eventSource: 'aws:sqs', messageId: 'm', body: JSON.stringify(message) }] }),
  sns: (message) => ({ Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(message) } }] }),
  'sns in sqs': (message) => wraps.sqs!({ Type: 'Notification', MessageId: 'x', Message: JSON.stringify(message) }),
};

describe('any key', () => {
  const object = { size: 1, eTag: 'e', etag: 'e', versionId: 'v', 'version-id': 'v', sequencer: 's' };
  const notification = (text: string) => ({
    Records: [
      {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'b' }, object: { ...object, key: formEncoded(text) } },
      },
    ],
  });
  const eventBridge = (text: string) => ({
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'b' }, object: { ...object, key: text } },
  });

  test.each(Object.entries(wraps))('is the same by both encodings, wrapped: %s', (_, wrap) => {
    fc.assert(
      fc.property(key, (text) => {
        for (const message of [notification(text), eventBridge(text), { bucket: 'b', key: text, versionId: 'v' }]) {
          const [item, ...rest] = readIntakeEvent(wrap(message));
          expect(rest).toEqual([]);
          expect(item).toMatchObject({ bucket: 'b', key: text, versionId: 'v' });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('names the same batch by every way it comes', () => {
    fc.assert(
      fc.property(key, (text) => {
        const ids = Object.values(wraps)
          .flatMap((wrap) =>
            [notification(text), eventBridge(text)].flatMap((message) => readIntakeEvent(wrap(message))),
          )
          .map((item) => {
            if (isIgnored(item)) throw new Error(item.reason);
            const { bucket, key: found, versionId: version, etag: tag, sequencer: order } = item;
            return batchIdOf({ bucket, key: found, versionId: version!, etag: tag!, sequencer: order! });
          });
        expect(new Set(ids).size).toBe(1);
      }),
    );
  });
});
