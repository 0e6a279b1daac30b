import type { RejectLine } from '@pipeline/chunker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countsAfter, insertionPlace, type Outcome, planReplay } from '../../src/replay/plan-replay.ts';

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

test('inserting rows at their places gives the rows in the order of the source', async () => {
  const row = fc.constantFrom('written', 'stays', 'passes', 'fails');
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 30, size: 'max' }),
      fc.integer({ min: 1, max: 1e9 }),
      async (rows, firstRow) => {
        const numbered = rows.map((kind, i) => ({ kind, rowNumber: firstRow + i }));
        const lines: RejectLine[] = numbered
          .filter(({ kind }) => kind !== 'written')
          .map(({ rowNumber }) => ({ rowNumber, byteOffset: 0, raw: 'old', issues: [] }));
        const outcomes: Outcome[] = numbered
          .filter(({ kind }) => kind === 'passes' || kind === 'fails')
          .map(({ kind, rowNumber }) =>
            kind === 'passes'
              ? { rowNumber, bytes: Buffer.from(String(rowNumber)) }
              : { rowNumber, reject: `new ${rowNumber}` },
          );
        const before = numbered.filter(({ kind }) => kind === 'written').map(({ rowNumber }) => String(rowNumber));
        const output: string[] = [];
        const rejects: string[] = [];
        let copied = 0;
        for await (const step of planReplay(each(lines), each(outcomes), firstRow)) {
          if ('reject' in step) {
            rejects.push(step.reject.startsWith('new') ? step.reject : `old ${JSON.parse(step.reject).rowNumber}`);
            continue;
          }
          expect(step.insert.behind).toBeGreaterThanOrEqual(copied);
          output.push(...before.slice(copied, step.insert.behind), Buffer.from(step.insert.bytes).toString());
          copied = step.insert.behind;
        }
        output.push(...before.slice(copied));
        const of = (...kinds: string[]) => numbered.filter(({ kind }) => kinds.includes(kind));
        expect(output).toEqual(of('written', 'passes').map(({ rowNumber }) => String(rowNumber)));
        expect(rejects).toEqual(
          of('stays', 'fails').map(({ kind, rowNumber }) => `${kind === 'fails' ? 'new' : 'old'} ${rowNumber}`),
        );
      },
    ),
  );
});

test('a place counts the written rows before it', () => {
  expect(insertionPlace({ rowNumber: 12, firstRow: 10, rejectedBefore: 1 })).toBe(1);
  expect(insertionPlace({ rowNumber: 1, firstRow: 1, rejectedBefore: 0 })).toBe(0);
});

test('counts of issues go with the rows that had them', () => {
  expect(countsAfter({ a: 2, b: 1 }, { a: 2 }, { b: 1, c: 1 })).toEqual({ b: 2, c: 1 });
});
