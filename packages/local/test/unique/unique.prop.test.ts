import { readObjectRows } from '@pipeline/chunker';
import {
  type CsvRecord,
  compose,
  createStage,
  type ObjectStore,
  type RowIssue,
  rejectRows,
  type Stage,
} from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { uniqueRows } from '@pipeline/validate';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, merged, processed, rejectingAt, repeatIssue, resolved } from './helpers.ts';

/** What a rule of one's own rejects before rows are compared. */
const bad: Stage<CsvRecord, CsvRecord> = createStage((batch) =>
  rejectRows(batch, (index) =>
    batch.rows[index]!.note === 'bad'
      ? [{ code: 'RULE_CUSTOM', rule: 'note', column: 'note', message: 'is bad', severity: 'error' }]
      : undefined,
  ),
);

const rule = uniqueRows({ columns: ['id'] });

/** The issues of all rows that repeat one before them, by their byte offset: a plain Map over the whole file. */
const repeatsIn = async (source: string): Promise<Map<number, RowIssue[]>> => {
  const store = memoryStore();
  const object = { bucket: 'b', key: 'k.csv' };
  await store.write(object, Buffer.from(source));
  const firsts = new Map<string, number>();
  const issues = new Map<number, RowIssue[]>();
  for await (const { records, positions } of readObjectRows(object, { store })) {
    for (const position of positions) {
      const { id, note } = records.record(position);
      if (note === 'bad' || id === '') continue;
      const first = firsts.get(id!);
      if (first === undefined) firsts.set(id!, records.rowNumber(position));
      else issues.set(records.byteOffset(position), [repeatIssue(rule, first, id!)]);
    }
  }
  return issues;
};

const id = fc.constantFrom('', 'a', 'b', 'A', '"a"', '"b,c"', '"x\ny"', '"q""q"', 'ü', 'C-1', '"C-1"', '12', '12.0');
const note = fc.constantFrom('', 'bad', 'fine', '"1,5"', '"\n"', 'ß');
const newline = fc.constantFrom('\n', '\r\n');
const fileOf = (most: number) =>
  fc
    .record({ rows: fc.array(fc.tuple(id, note, newline), { maxLength: most }), ends: fc.boolean(), bom: fc.boolean() })
    .map(({ rows, ends, bom }) => {
      const text = rows.map(([one, two, end]) => `${one},${two}${end}`).join('');
      return `${bom ? '\uFEFF' : ''}id,note\n${ends ? text : text.replace(/\r?\n$/, '')}`;
    });

const formats = fc.constantFrom(
  {},
  { compression: 'gzip' as const },
  { compression: 'zstd' as const },
  { format: 'jsonl' as const },
  { format: 'jsonl' as const, compression: 'gzip' as const },
  { delimiter: ';', quoting: 'always' as const },
  { quoting: 'minimal' as const, newline: 'crlf' as const },
  { headerRecord: false },
  { columns: ['note', { from: 'id', to: 'key' }] },
);
const splitting = fc.oneof(
  fc.integer({ min: 1, max: 7 }).map((chunkRows) => ({ chunkRows })),
  fc.integer({ min: 8, max: 60 }).map((chunkBytes) => ({ chunkBytes })),
  fc.integer({ min: 8, max: 60 }).map((chunkBytes) => ({ chunkBytes, materialize: true })),
);

test('output and rejects are those of a run whose stage knew the repeated rows beforehand', async () => {
  await fc.assert(
    fc.asyncProperty(fileOf(24), formats, splitting, async (source, format, by) => {
      const repeats = await repeatsIn(source);
      const expected = await processed(source, {
        format,
        splitting: by,
        stage: compose(bad, rejectingAt(repeats)),
      });
      const issues = await resolved(expected, []);
      const wanted = await merged(expected);

      const batch = await processed(source, { format, splitting: by, stage: bad, sidecars: [rule] });
      const found = await resolved(batch, [rule], { uniqueMemoryBytes: 64 * 1024 });
      const report = await merged(batch);

      expect(await bytesOf(batch.store, report.output.object)).toBe(
        await bytesOf(expected.store, wanted.output.object),
      );
      expect(await bytesOf(batch.store, report.rejects?.object)).toBe(
        await bytesOf(expected.store, wanted.rejects?.object),
      );
      expect([report.rowsRead, report.rowsWritten]).toEqual([wanted.rowsRead, wanted.rowsWritten]);
      expect(found.issues).toEqual(issues.issues);
      expect(found.unique).toMatchObject({ [rule.name]: { repeats: repeats.size } });
      expect(batch.store.keys().filter((key) => key.includes('/repeats/'))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('a plan from samples gives the same, with the data rows of the file', async () => {
  const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'ccc', 'dd', '"e"'), fc.constantFrom('x', 'bad', 'yyyy')), {
    minLength: 5,
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 12, max: 50 }), async (all, chunkBytes) => {
      const source = `id,note\n${all.map((row) => `${row.join(',')}\n`).join('')}`;
      const repeats = await repeatsIn(source);
      const counted = await processed(source, { stage: compose(bad, rejectingAt(repeats)) });
      await resolved(counted, []);
      const wanted = await merged(counted);
      const batch = await processed(source, {
        splitting: { plan: 'sampled', chunkBytes },
        stage: bad,
        sidecars: [rule],
      });
      await resolved(batch, [rule]);
      const report = await merged(batch);
      expect(await bytesOf(batch.store, report.output.object)).toBe(await bytesOf(counted.store, wanted.output.object));
      expect(await bytesOf(batch.store, report.rejects?.object)).toBe(
        await bytesOf(counted.store, wanted.rejects?.object),
      );
    }),
    { numRuns: 40 },
  );
});

test('thousands of rows in any chunks find in little memory what a Map finds', async () => {
  const spec = fc.record({
    rows: fc.integer({ min: 500, max: 5000 }),
    different: fc.integer({ min: 1, max: 5000 }),
    seed: fc.nat(),
    chunkRows: fc.integer({ min: 100, max: 5000 }),
    uniqueMemoryBytes: fc.integer({ min: 64 * 1024, max: 256 * 1024 }),
    format: formats,
  });
  await fc.assert(
    fc.asyncProperty(spec, async ({ rows, different, seed, chunkRows, uniqueMemoryBytes, format }) => {
      const keys = Array.from({ length: rows }, (_, row) => `K${Math.imul(row + seed, 2_654_435_761) % different}`);
      const source = `id,note\n${keys.map((key, row) => `${key},${row % 50 === 7 ? 'bad' : row}\n`).join('')}`;
      const repeats = await repeatsIn(source);
      const expected = await processed(source, {
        format,
        stage: compose(bad, rejectingAt(repeats)),
        splitting: { chunkRows },
      });
      await resolved(expected, []);
      const wanted = await merged(expected);
      const batch = await processed(source, { format, stage: bad, sidecars: [rule], splitting: { chunkRows } });
      await resolved(batch, [rule], { uniqueMemoryBytes });
      const report = await merged(batch);
      expect(report.rowsRejected).toBe(wanted.rowsRejected);
      expect(report.output.crc32).toBe(wanted.output.crc32);
      expect(report.rejects?.crc32).toBe(wanted.rejects?.crc32);
    }),
    { numRuns: 20 },
  );
});

test.each<[string, (row: number) => string]>([
  ['all rows are equal', () => 'same'],
  ['no two rows are equal', (row) => `C-${row}`],
  ['each row has one twin, far away', (row) => `C-${row % 3000}`],
  ['rows repeat at random', (row) => `C-${(row * 7919) % 4001}`],
])('where %s, many partitions find what a Map finds', async (_, idOf) => {
  const rows = Array.from({ length: 6000 }, (_, row) => `${idOf(row)},x\n`);
  const source = `id,note\n${rows.join('')}`;
  const repeats = await repeatsIn(source);
  const seen = new Set<string>();
  const kept = rows.filter((row) => !seen.has(row) && seen.add(row));
  const examples = rows.flatMap((row, at) =>
    rows.indexOf(row) < at ? [{ row: at + 1, first: rows.indexOf(row) + 1 }] : [],
  );
  for (const chunkRows of [1100, 6000]) {
    const batch = await processed(source, { splitting: { chunkRows }, sidecars: [rule] });
    let keyBytes = 0;
    const store: ObjectStore = {
      ...batch.store,
      async *read(ref, options) {
        for await (const piece of batch.store.read(ref, options)) {
          if (ref.key.includes('/sidecars/')) keyBytes += piece.length;
          yield piece;
        }
      },
    };
    const { unique } = await resolved({ ...batch, store: { ...batch.store, ...store } }, [rule], {
      uniqueMemoryBytes: 64 * 1024,
    });
    expect(unique).toMatchObject({
      [rule.name]: { keys: 6000, repeats: repeats.size, examples: examples.slice(0, 10) },
    });
    // Partitions read their own part; of 1,100 keys, which are indexed too coarsely for that, twice as much, of 500 more.
    expect(keyBytes).toBeLessThan(6000 * 20 * (chunkRows === 6000 ? 1.1 : 2.6));
    const report = await merged(batch);
    expect(await bytesOf(batch.store, report.output.object)).toBe(`id,note\n${kept.join('')}`);
    expect(report.rowsRejected).toBe(repeats.size);
  }
});
