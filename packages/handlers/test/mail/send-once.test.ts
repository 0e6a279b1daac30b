import { createRunContext, type ObjectStore, readJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Mail, type MailRecord, type Notifier, sendOnce } from '../../src/index.ts';
import { at, codeOf, errorOf } from '../helpers.ts';

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

  test('a claim whose answer was lost is known again as its own, and the mail is sent', async () => {
    const memory = memoryStore();
    const { notifier, count } = inbox();
    let writes = 0;
    // As S3 answers the second try of a conditional write whose first one was applied.
    const store: ObjectStore = {
      ...memory,
      write: async (...args) => {
        const written = await memory.write(...args);
        return ++writes === 1 ? undefined : written;
      },
    };
    expect(await sendOnce(async () => letter, notifier, record, { store, run })).toMatchObject({ status: 'SENT' });
    expect(await readJson(memory, record)).toMatchObject({ status: 'SENT', messageId: 'm1' });
    expect(count()).toBe(1);
  });

  test('a record that another try changes while it is read does not fail the mail', async () => {
    const memory = memoryStore();
    await sendOnce(async () => letter, inbox([refusal()]).notifier, record, { store: memory, run }).catch(() => {});
    const { notifier, count } = inbox();
    let reads = 0;
    const store: ObjectStore = {
      ...memory,
      read: async function* (...args) {
        if (reads++ === 0) await sendOnce(async () => letter, notifier, record, { store: memory, run });
        yield* memory.read(...args);
      },
    };
    expect(await sendOnce(async () => letter, notifier, record, { store, run })).toMatchObject({ status: 'SENT' });
    expect(count()).toBe(1);
  });

  test.each([
    [500, 'UNKNOWN'],
    [504, 'UNKNOWN'],
    [200, 'UNKNOWN'], // the answer broke off in its body
    [503, 'FAILED'],
    [429, 'FAILED'],
  ])('a call that ended with HTTP %i leaves the record %s', async (httpStatusCode, status) => {
    const store = memoryStore();
    const { notifier } = inbox([Object.assign(new Error('it broke'), { $metadata: { httpStatusCode } })]);
    await errorOf(sendOnce(async () => letter, notifier, record, { store, run }));
    expect(await readJson(store, record)).toMatchObject({ status });
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
