import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  assignValues,
  issueKey,
  type RowBatch,
  type RowIssue,
  rejectRows,
  withRows,
  withWarnings,
} from '../src/index.ts';
import { batchOf } from './batches.ts';

/** What a batch should be, kept row by row. */
interface ModelRow {
  readonly position: number;
  readonly view: Record<string, unknown>;
  readonly assigned: Record<string, unknown> | undefined;
}

const issue = (n: number): RowIssue => ({
  code: 'RULE_CUSTOM',
  rule: `rule-${n % 3}`,
  message: 'must be otherwise',
  severity: 'error',
});

type Step =
  | { readonly kind: 'reject'; readonly mask: readonly boolean[] }
  | { readonly kind: 'assign'; readonly column: string; readonly mask: readonly boolean[] }
  | { readonly kind: 'view' }
  | { readonly kind: 'warn'; readonly count: number };

const mask = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('reject' as const), mask }),
  fc.record({ kind: fc.constant('assign' as const), column: fc.constantFrom('x', 'y', 'a'), mask }),
  fc.record({ kind: fc.constant('view' as const) }),
  fc.record({ kind: fc.constant('warn' as const), count: fc.nat({ max: 3 }) }),
);

test('any sequence of steps keeps rows, positions, assigned values, rejects and warnings in step', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[a-z]{0,3}$/), fc.stringMatching(/^[0-9]{0,3}$/)), { maxLength: 12 }),
      fc.array(step, { maxLength: 8 }),
      fc.boolean(),
      (cells, steps, peek) => {
        let batch: RowBatch<Record<string, unknown>> = batchOf(['a', 'b'], cells, { firstRow: 7, offset: 100 });
        const { records } = batch;
        let model: ModelRow[] = cells.map(([a, b], position) => ({ position, view: { a, b }, assigned: undefined }));
        const rejected: { position: number; n: number }[] = [];
        const warnings: Record<string, number> = {};

        for (const [n, current] of steps.entries()) {
          if (peek) void batch.rows; // making the view early must not matter
          const chosen = (index: number): boolean =>
            'mask' in current && current.mask[index % current.mask.length] === true;
          if (current.kind === 'reject') {
            model.forEach((row, index) => {
              if (chosen(index)) rejected.push({ position: row.position, n });
            });
            model = model.filter((_, index) => !chosen(index));
            batch = rejectRows(batch, (index) => (chosen(index) ? [issue(n)] : undefined));
          } else if (current.kind === 'assign') {
            const values = model.map((_, index) => (chosen(index) ? { [current.column]: n } : undefined));
            model = model.map((row, index) =>
              values[index] === undefined
                ? row
                : {
                    ...row,
                    view: { ...row.view, ...values[index] },
                    assigned: { ...row.assigned, ...values[index] },
                  },
            );
            batch = assignValues(batch, values);
          } else if (current.kind === 'view') {
            const before = batch;
            batch = withRows(before, () => before.rows.map((row) => ({ ...row, seen: n })));
            model = model.map((row) => ({ ...row, view: { ...row.view, seen: n } }));
          } else {
            batch = withWarnings(
              batch,
              Array.from({ length: current.count }, () => issue(n)),
            );
            if (current.count > 0) warnings[issueKey(issue(n))] = (warnings[issueKey(issue(n))] ?? 0) + current.count;
          }
        }

        expect(batch.records).toBe(records);
        expect(batch.positions).toEqual(model.map((row) => row.position));
        expect(batch.rows).toEqual(model.map((row) => row.view));
        expect(batch.positions.map((_, index) => batch.assigned[index])).toEqual(model.map((row) => row.assigned));
        expect(batch.warnings).toEqual(warnings);
        expect(batch.rejects).toEqual(
          rejected.map(({ position, n }) => ({
            rowNumber: 7 + position,
            byteOffset: records.byteOffset(position),
            raw: records.bytes(position),
            newline: records.newline(position),
            issues: [issue(n)],
          })),
        );
        expect(model.length + rejected.length).toBe(cells.length);
      },
    ),
    { numRuns: 300 },
  );
});

test('the typed view is made once, and only when it is asked for', () => {
  let made = 0;
  const batch = withRows(batchOf(['a'], [['1']]), () => {
    made++;
    return [{ a: 1 }];
  });
  expect(made).toBe(0);
  expect(batch.rows[0]).toEqual({ a: 1 });
  expect(batch.rows[0]).toBe(batch.rows[0]);
  expect(made).toBe(1);
});

test('a batch in which nothing is rejected stays the same batch', () => {
  const batch = batchOf(['a'], [['1'], ['2']]);
  expect(rejectRows(batch, () => undefined)).toBe(batch);
});
