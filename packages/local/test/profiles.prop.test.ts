import { Readable } from 'node:stream';
import { formatField, parseRows } from '@pipeline/chunker';
import type { ChunkRef } from '@pipeline/core';
import { columnProfiles, profileRows, profilesOf } from '@pipeline/validate/profile';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const dialects = [
  { delimiter: ',', quote: '"' },
  { delimiter: ';', quote: "'" },
  { delimiter: ',', quote: '"', escape: '\\' },
  { delimiter: '\t', quote: '"', loneCr: true },
] as const;
const value = fc.oneof(
  fc.constantFrom('', '"', 'a,b', 'x;y', "it's", 'a\\b', '1.5', '007', 'zwei\nZeilen', 'Größe', '😀'),
  fc.integer().map(String),
  fc.string({ maxLength: 6 }),
);

test('fields measured where they lie are told as their values are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 80 }),
      fc.constantFrom(...dialects),
      fc.constantFrom('minimal', 'always'),
      async (rows, dialect, quoting) => {
        const written = { newline: 'lf', ...dialect } as const;
        const text = rows
          .map((row) =>
            row.map((field, i) => formatField(field, written, { quoting, first: i === 0 })).join(dialect.delimiter),
          )
          .map((line) => `${line}\n`)
          .join('');
        const parsed = () =>
          parseRows(Readable.from([Buffer.from(text)]), { columns: ['a', 'b', 'c'], dialect, batchRows: 30 });
        const gather = columnProfiles().start({ source: { dialect: written } } as ChunkRef);
        for await (const batch of parsed()) gather.add(batch);
        expect(profilesOf(gather.finish())).toEqual(await profileRows(parsed()));
      },
    ),
    { numRuns: 60 },
  );
});
