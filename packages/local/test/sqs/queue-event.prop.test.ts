import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addMessage, type Messages, messageOfHandle, takeMessages } from '../../src/sqs/messages.ts';
import { eventsOf, failedOf, type SqsRecord } from '../../src/sqs/queue-event.ts';

const record = (body: string, index: number): SqsRecord => ({
  ...{ messageId: `m${index}`, receiptHandle: `r${index}`, body, attributes: {}, messageAttributes: {} },
  ...{ md5OfMessageAttributes: null, md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: 'arn', awsRegion: 'r' },
});

it('events hold every record once, in order, and are no larger than a function takes', () => {
  const largest = Buffer.byteLength(JSON.stringify(record('"'.repeat(300), 99))) + 20;
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 30 }),
      fc.integer({ min: largest, max: 5000 }),
      (bodies, most) => {
        const records = bodies.map(record);
        const events = eventsOf(records, most);
        expect(events.flat()).toEqual(records);
        for (const Records of events) {
          expect(Records.length).toBeGreaterThan(0);
          expect(Buffer.byteLength(JSON.stringify({ Records }))).toBeLessThanOrEqual(most);
        }
      },
    ),
  );
});

it('an answer fails just what it names, and all of it when it names something else', () => {
  const ids = ['a', 'b', 'c', 'd'];
  fc.assert(
    fc.property(
      fc.subarray(ids),
      fc.option(fc.constantFrom('e', '', null, 7, {}), { nil: undefined }),
      (named, wrong) => {
        const failures = [...named, ...(wrong === undefined ? [] : [wrong])].map((id) => ({ itemIdentifier: id }));
        const failed = failedOf(JSON.stringify({ batchItemFailures: failures }), ids);
        expect(failed).toEqual(wrong === undefined ? named : ids);
      },
    ),
  );
});

type Step = ['send'] | ['take', number] | ['delete', number] | ['wait', number];

it('no message is lost, seen by two at once, or received more often than its policy says', () => {
  const steps = fc.array(
    fc.oneof(
      fc.constant<Step>(['send']),
      fc.tuple(fc.constant('take' as const), fc.integer({ min: 1, max: 10 })),
      fc.tuple(fc.constant('delete' as const), fc.nat(20)),
      fc.tuple(fc.constant('wait' as const), fc.integer({ min: 1, max: 40 })),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const messages: Messages = new Map();
      const [sent, deleted, dead] = [new Set<string>(), new Set<string>(), new Set<string>()];
      let held: { id: string; untilMs: number; receipt: string }[] = [];
      let nowMs = 0;
      for (const [what, number = 0] of all) {
        if (what === 'send') sent.add(addMessage(messages, { body: 'b', attributes: {}, system: {} }, nowMs, 0).id);
        if (what === 'wait') nowMs += number;
        if (what === 'take') {
          const { taken, dead: given } = takeMessages(messages, nowMs, {
            ...{ most: number, visibilityMs: 30, mostReceives: 3 },
          });
          expect(taken.length).toBeLessThanOrEqual(number);
          for (const { id } of given) dead.add(id);
          held = held.filter(({ untilMs }) => untilMs > nowMs);
          for (const { id, receiveCount, receipt } of taken) {
            expect(held.some((one) => one.id === id)).toBe(false);
            expect(receiveCount).toBeLessThanOrEqual(3);
            expect(messageOfHandle(receipt!)).toBe(id);
            held.push({ id, untilMs: nowMs + 30, receipt: receipt! });
          }
        }
        const done = what === 'delete' ? held[number] : undefined;
        if (done !== undefined && messages.get(done.id)?.receipt === done.receipt) {
          messages.delete(done.id);
          deleted.add(done.id);
          held = held.filter((one) => one !== done);
        }
      }
      expect([...deleted, ...dead, ...messages.keys()].sort()).toEqual([...sent].sort());
    }),
  );
});
