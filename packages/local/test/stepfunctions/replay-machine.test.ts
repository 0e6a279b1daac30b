import { replayMachineDefinition } from '@pipeline/handlers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Harness, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

test('the state machine of replays calls its function until it is done, then sends the mail', async () => {
  const report = { bucket: 'orders', key: 'batches/b1/output/r2/report.json' };
  const input = {
    batchId: 'b1',
    rejects: { bucket: 'orders', key: 'mended/rejects.csv' },
    settings: { delimiter: ';' },
  };
  const calls: unknown[] = [];
  harness.functions.replay = (payload) => {
    calls.push(payload);
    return calls.length < 3 ? { done: false, revision: null, report: null } : { done: true, revision: 2, report };
  };
  harness.functions.notify = (payload) => {
    calls.push(payload);
    return { status: 'SENT', messageId: 'm1' };
  };
  const definition = replayMachineDefinition({ ReplayFunction: 'replay', NotifyFunction: 'notify' });
  const { status, output } = await harness.run(definition, input);
  expect(status).toBe('SUCCEEDED');
  expect(calls).toEqual([input, input, input, { batchId: 'b1', report }]);
  expect(JSON.parse(output!)).toMatchObject({ replay: { revision: 2 }, notify: { status: 'SENT' } });
});
