import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutValue, formatHint, formatMessage, issueCodes, makeIssue } from '../src/index.ts';

const parts = fc.record({
  code: fc.constantFrom(...issueCodes),
  rule: fc.string(),
  value: fc.string({ unit: 'binary' }),
});

describe('an issue', () => {
  test("of any code has the catalogue's message and hint, and its members in one order", () => {
    fc.assert(
      fc.property(parts, fc.option(fc.string(), { nil: undefined }), ({ code, rule, value }, column) => {
        const params = { reason: 'why', lookup: 'rates', expected: 'a number', got: 3, max: 2, first: 7 };
        const told = { rule, ...params, ...(column === undefined ? {} : { column }) };
        const issue = makeIssue({ code, rule, column, value, params });
        expect([issue.message, issue.hint]).toEqual([formatMessage(code, told), formatHint(code, told)]);
        const order = ['code', 'rule', 'column', 'value', 'message', 'hint', 'severity'];
        expect(Object.keys(issue)).toEqual(order.filter((name) => Object.hasOwn(issue, name)));
        expect(Object.hasOwn(issue, 'column')).toBe(column !== undefined);
      }),
    );
  });

  test('keeps the beginning of its value, and no half of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat({ max: 70 }), (text, maxChars) => {
        const cut = cutValue(text, maxChars);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(maxChars);
        expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, maxChars - 1));
      }),
    );
  });
});
