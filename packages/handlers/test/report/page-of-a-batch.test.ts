import { type ObjectRef, PipelineStorageError } from '@pipeline/core';
import { type MemoryStore, memoryStore } from '@pipeline/core/memory';
import { issueExamples } from '@pipeline/merge';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  createMergeHandler,
  createNotifyHandler,
  createProcessHandler,
  createResolveHandler,
  createSplitHandler,
  type Link,
  type LinkUse,
  type Mail,
  type MakeLink,
  type MergeHandlerOptions,
  oneBucket,
  renderReport,
} from '../../src/index.ts';
import { at, context, errorOf, keptLog, rejectingBad, textOf } from '../helpers.ts';

const locations = oneBucket('orders');
const batchId = 'b1';
const page = at(`batches/${batchId}/output/r1/report.html`);
const examples = issueExamples();

let store: MemoryStore;
let kept: ReturnType<typeof keptLog>;
let manifest: ObjectRef;
beforeEach(async () => {
  store = memoryStore();
  kept = keptLog();
  const source = (await store.write(at('input/orders.csv'), Buffer.from('id,name\n1,a\n2,bad-canary\n3,b\n')))!;
  const place = { store, locations, log: kept.log };
  const planned = await createSplitHandler(place)({ batchId, source, settings: { chunkRows: 2 } }, context());
  manifest = planned.manifest!;
  const work = createProcessHandler({ ...place, stage: rejectingBad, sidecars: [examples.collector] });
  for (const line of (await textOf(store, planned.chunks!)).trim().split('\n'))
    await work({ batchId, manifest, chunk: JSON.parse(line) }, context());
  await createResolveHandler({ ...place, reducers: [examples.reducer] })({ batchId, manifest }, context());
});

const merge = (options: Partial<MergeHandlerOptions> = {}) =>
  createMergeHandler({ store, locations, log: kept.log, ...options })({ batchId, manifest }, context());

describe('the merge', () => {
  test('leaves a page beside the report, with the examples that were gathered, and tells the log none of them', async () => {
    const { report } = await merge();
    expect(page.key).toBe(report.key.replace(/json$/, 'html'));
    const text = await textOf(store, page);
    expect(text).toContain('2 of 3 rows passed; 1 was rejected');
    expect(text).toContain('bad-canary');
    expect((await store.head(page)).contentType).toBe('text/html; charset=utf-8');
    expect(kept.text()).not.toContain('canary');
  });

  test('again leaves the page that is there, and makes one that a try before did not get to', async () => {
    const first = await merge({ page: () => 'first' });
    expect(await merge({ page: () => 'second' })).toEqual(first);
    expect(await textOf(store, page)).toBe('first');
    await store.deleteMany([page]);
    await merge({ page: () => 'third' });
    expect(await textOf(store, page)).toBe('third');
  });

  test('writes the page that it is given, redacted or with a brand, and none when told so', async () => {
    await merge({ page: (report, facts) => renderReport(report, { ...facts, redact: true, brand: { name: 'Acme' } }) });
    const text = await textOf(store, page);
    expect(text).toContain('<p class="brand">Acme</p>');
    expect(text).not.toContain('canary');
    await store.deleteMany([page]);
    await merge({ page: false });
    expect(store.keys()).not.toContain(`orders/${page.key}`);
  });

  test('succeeds without a page when that cannot be made, and says so in the log without a word of it', async () => {
    const answer = await merge({
      page: () => {
        throw new TypeError('canary');
      },
    });
    expect(answer).toMatchObject({ rowsRead: 3 });
    expect(kept.entries).toContainEqual(
      expect.objectContaining({ message: 'page.failed', batchId, error: 'TypeError' }),
    );
    expect(kept.text()).not.toContain('canary');
  });

  test('is tried again when the page cannot be stored', async () => {
    const failing: MemoryStore = {
      ...store,
      write: (ref, ...rest) =>
        ref.key === page.key
          ? Promise.reject(
              new PipelineStorageError('STORAGE_FAILED', { operation: 'write', object: 'page', reason: 'x' }),
            )
          : store.write(ref, ...rest),
    };
    expect(await errorOf(merge({ store: failing }))).toMatchObject({ name: 'PipelineStorageError' });
  });
});

describe('the mail', () => {
  const mailOf = async (report: ObjectRef) => {
    const mails: Mail[] = [];
    const uses: [string, LinkUse | undefined][] = [];
    const notifier = {
      async send(mail: Mail) {
        mails.push(mail);
        return { messageId: 'm' };
      },
    };
    const link: MakeLink = async (ref, clock, use): Promise<Link> => {
      uses.push([ref.key, use]);
      return { url: `https://s3/${ref.key}`, expiresAt: clock.now(), certain: true };
    };
    await createNotifyHandler({ store, locations, log: kept.log, notifier, link })({ batchId, report }, context());
    return { mail: mails[0]!, uses };
  };

  test('links to the page, to be shown and not saved', async () => {
    const { mail, uses } = await mailOf((await merge()).report);
    expect(mail.text).toContain(`Report: what came in, went out and was rejected: https://s3/${page.key}\n`);
    expect(mail.html).toContain(`<a href="https://s3/${page.key}">`);
    expect(uses).toContainEqual([page.key, { inline: true }]);
    expect(mail.text + mail.html).not.toContain('canary');
  });

  test('has no link to a page that is not there', async () => {
    const { mail } = await mailOf((await merge({ page: false })).report);
    expect(mail.text).not.toContain('report.html');
    expect(mail.text).toContain('Output file: https://s3/');
  });
});
