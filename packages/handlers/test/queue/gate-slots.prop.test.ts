import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimSlot, type GateSlots, mayHaveEnded, releaseSlots } from '../../src/queue/gate-slots.ts';

const batch = fc.integer({ min: 0, max: 12 }).map(String);
const step = fc.oneof(
  fc.record({ kind: fc.constant('enter' as const), batchId: batch }),
  fc.record({ kind: fc.constant('end' as const), batches: fc.uniqueArray(batch, { maxLength: 4 }) }),
);

test('whatever comes and ends, no more are in than may be, each once and in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, most) => {
      let held: GateSlots = { formatVersion: '1.0', slots: [] };
      let inside: string[] = [];
      steps.forEach((one, now) => {
        if (one.kind === 'end') {
          held = releaseSlots(held, new Set(one.batches));
          inside = inside.filter((batchId) => !one.batches.includes(batchId));
        } else {
          const next = claimSlot(held, { batchId: one.batchId, claimedAt: now }, most);
          const was = inside.includes(one.batchId);
          expect(next === undefined).toBe(!was && inside.length >= most);
          expect(next === held).toBe(was);
          if (next !== undefined && !was) inside.push(one.batchId);
          held = next ?? held;
        }
        expect(held.slots.map(({ batchId }) => batchId)).toEqual(inside);
      });
    }),
  );
});

test('those are asked whether they have ended that are not listed as running, earliest first', () => {
  const slots = ['a', 'b', 'c', 'd'].map((batchId, claimedAt) => ({ batchId, claimedAt }));
  const held = { formatVersion: '1.0', slots };
  expect(mayHaveEnded(held, new Set(['b']), 2).map(({ batchId }) => batchId)).toEqual(['a', 'c']);
  expect(mayHaveEnded(held, new Set(['a', 'b', 'c', 'd']), 2)).toEqual([]);
});
