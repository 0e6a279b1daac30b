import type { RowIssue } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRejectFormatter, formatRejectLine, type RejectLine, rejectBytes } from '../src/index.ts';

const issues: fc.Arbitrary<RowIssue[]> = fc.array(
  fc.record({
    code: fc.constantFrom('RULE_FAILED', 'ROW_ENCODING'),
    rule: fc.string(),
    column: fc.string({ unit: 'grapheme' }),
    value: fc.string({ unit: 'binary' }),
    message: fc.string(),
    severity: fc.constantFrom('error', 'warning'),
  }),
  { maxLength: 3 },
) as fc.Arbitrary<RowIssue[]>;
const rejects = fc.array(
  fc.record(
    {
      rowNumber: fc.nat(),
      byteOffset: fc.maxSafeNat(),
      raw: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ unit: 'binary', maxLength: 200 }).map((text) => new Uint8Array(Buffer.from(text))),
      ),
      newline: fc.constantFrom(...['', '\n', '\r\n', '\r'].map((text) => new Uint8Array(Buffer.from(text)))),
      issues,
    },
    { requiredKeys: ['rowNumber', 'byteOffset', 'raw', 'issues'] },
  ),
  { maxLength: 20 },
);

describe('createRejectFormatter', () => {
  it('writes what formatRejectLine does, for any bytes', () => {
    const write = createRejectFormatter();
    fc.assert(
      fc.property(rejects, (all) => {
        const pieces: Uint8Array[] = [];
        write(all, (piece) => pieces.push(Buffer.from(piece)));
        expect(Buffer.concat(pieces).toString()).toBe(all.map(formatRejectLine).join(''));
      }),
    );
  });

  it('keeps the bytes of every record', () => {
    fc.assert(
      fc.property(rejects, (all) => {
        const pieces: Uint8Array[] = [];
        createRejectFormatter()(all, (piece) => pieces.push(Buffer.from(piece)));
        const lines = Buffer.concat(pieces).toString().split('\n').slice(0, -1);
        const read = lines.map((line) => Buffer.from(rejectBytes(JSON.parse(line) as RejectLine)));
        expect(read).toEqual(all.map(({ raw }) => Buffer.from(raw)));
      }),
    );
  });
});
