import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beforeDelimiter } from '../../src/fallback/before-delimiter.ts';
import { nastyIn } from './arbitraries.ts';
import { parseReference } from './reference.ts';

test('a delimiter behind a record is read where it stands', () => {
  let quoted = 0;
  fc.assert(
    fc.property(nastyIn(12), ({ dialect, bytes }) => {
      const { records, failure } = parseReference(bytes, dialect);
      fc.pre(failure === undefined && dialect.quote !== '');
      for (const { start, end, fields, spoilt } of records) {
        if (spoilt) continue;
        const record = bytes.subarray(start, end);
        const closed = beforeDelimiter(record, dialect);
        if (!record.equals(closed)) quoted++;
        const longer = Buffer.concat([closed, Buffer.from(`${dialect.delimiter}7`)]);
        const [read] = parseReference(longer, dialect).records;
        expect(read!.fields.map(({ value }) => value)).toEqual([...fields.map(({ value }) => value), '7']);
      }
    }),
    { numRuns: 6000 },
  );
  expect(quoted).toBeGreaterThan(10);
});

test('what needs nothing, or cannot be quoted, stays as it is', () => {
  const stays = (text: string, dialect: { delimiter: string; quote: string }): void =>
    expect(Buffer.from(beforeDelimiter(Buffer.from(text), dialect)).toString()).toBe(text);
  stays('a|', { delimiter: '|', quote: '"' });
  stays('1||"a|"', { delimiter: '||', quote: '"' });
  stays('1||', { delimiter: '||', quote: '"' });
  stays('1::a:', { delimiter: '::', quote: '' });
});
