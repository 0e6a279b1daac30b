import { S3Client } from '@aws-sdk/client-s3';
import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import { createLinks, createNotifyHandler, type Mail, oneBucket } from '../../src/index.ts';
import { context, credentials, keptLog, textOf } from '../helpers.ts';
import { sampleReport } from '../report/sample-report.ts';

const locations = oneBucket('orders');
const session = { ...credentials, sessionToken: 'SESSION-TOKEN', expiration: new Date(Date.now() + 3_600_000) };
/** What lets whoever reads it fetch the file. */
const bearer = /X-Amz-(?:Signature|Security-Token|Credential)|SESSION-TOKEN/i;

/** Notifies of a batch; what was mailed, and all that is left behind: logs, records, events, the answer or the error. */
const notify = async (answers: (mail: Mail) => { readonly messageId: string }) => {
  const store = memoryStore();
  await store.write(sampleReport.report, Buffer.from(JSON.stringify({ ...sampleReport, chunks: [] }, undefined, 2)));
  const { log, text } = keptLog();
  const mails: Mail[] = [];
  const told: unknown[] = [];
  const handler = createNotifyHandler({
    store,
    locations,
    log,
    link: createLinks({ client: new S3Client({ region: 'eu-central-1', credentials: session }) }),
    tell: async (event) => void told.push(event),
    notifier: {
      async send(mail) {
        mails.push(mail);
        return answers(mail);
      },
    },
  });
  const ended = await handler({ batchId: sampleReport.batchId, report: sampleReport.report }, context()).then(
    (answer) => JSON.stringify(answer),
    (error: Error) => `${error.name} ${error.message} ${JSON.stringify(error)}`,
  );
  const records: string[] = [];
  for (const key of store.keys()) {
    const [bucket, ...path] = key.split('/');
    records.push(await textOf(store, { bucket: bucket!, key: path.join('/') }));
  }
  return { mails, left: [text(), ...records, JSON.stringify(told), ended].join('\n') };
};

describe('a presigned link', () => {
  test('is in the mail, and in nothing else that the notifying leaves', async () => {
    const { mails, left } = await notify(() => ({ messageId: 'm-1' }));
    expect(mails).toHaveLength(1);
    expect(mails[0]!.text).toMatch(bearer);
    expect(left).toContain('m-1');
    expect(left).not.toMatch(bearer);
  });

  test('is in no log, record or error when the service refuses the mail and repeats it in its error', async () => {
    const { mails, left } = await notify((mail) => {
      throw Object.assign(new Error(`refused: ${mail.text}`), {
        name: 'MessageRejected',
        $metadata: { httpStatusCode: 400 },
      });
    });
    expect(mails[0]!.text).toMatch(bearer);
    expect(left).toContain('DELIVERY_FAILED');
    expect(left).not.toMatch(bearer);
  });
});
