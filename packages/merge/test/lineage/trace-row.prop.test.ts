import { type OutputFormat, readObjectRows } from '@pipeline/chunker';
import { type ObjectStore, readBytes } from '@pipeline/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { merge, type RowTrace, traceRow } from '../../src/index.ts';
import { at, errorOf, locations, processed, rejecting } from '../helpers.ts';

const rows = fc.array(
  fc.record({
    text: fc.oneof(fc.stringMatching(/^[a-zé]{0,4}$/), fc.constantFrom('"x\ny"', '"a,""b"')),
    bad: fc.boolean(),
    newline: fc.constantFrom('\n', '\r\n'),
  }),
  { maxLength: 24, size: 'max' },
);

const formats: readonly OutputFormat[] = [{}, { format: 'jsonl' }, { compression: 'gzip' }];

/** What all rows of a file are, counted by hand. */
const oracle = (lines: readonly { readonly text: string; readonly bad: boolean; readonly newline: string }[]) => {
  let byteOffset = Buffer.byteLength('id,name\n');
  let outputRow = 0;
  let rejectsRow = 0;
  return lines.map(({ text, bad, newline }, index) => {
    const line = `${bad ? 'bad' : 'ok'}${index},${text}${newline}`;
    const row = {
      sourceRow: index + 1,
      byteOffset,
      rejected: bad,
      ...(bad ? { rejectsRow: ++rejectsRow } : { outputRow: ++outputRow }),
    };
    byteOffset += Buffer.byteLength(line);
    return { line, row, end: byteOffset };
  });
};

describe('traceRow', () => {
  test('tells source row, byte offset and output row of every row, from whichever of them', async () => {
    const spec = fc.record({
      rows,
      splitting: fc.oneof(
        fc.integer({ min: 1, max: 7 }).map((chunkRows) => ({ chunkRows })),
        fc.record({
          chunkBytes: fc.integer({ min: 8, max: 90 }),
          plan: fc.constantFrom('sampled' as const, 'parallel' as const),
        }),
      ),
      format: fc.constantFrom(...formats),
    });
    await fc.assert(
      fc.asyncProperty(spec, async ({ rows: lines, splitting, format }) => {
        const all = oracle(lines);
        const source = `id,name\n${all.map(({ line }) => line).join('')}`;
        const batch = await processed(source, {
          stage: rejecting('bad'),
          splitting: {
            ...splitting,
            limits: { maxRecordBytes: 64, maxFieldBytes: 64, maxHeaderBytes: 64, maxColumns: 9 },
          },
          processing: format,
        });
        const trace = (target: Parameters<typeof traceRow>[1]): Promise<RowTrace | undefined> =>
          traceRow(batch.manifest, target, { ...batch, locations });
        for (const { row, end } of all) {
          const expected = expect.objectContaining(row);
          expect(await trace({ sourceRow: row.sourceRow })).toEqual(expected);
          expect(await trace({ byteOffset: row.byteOffset })).toEqual(expected);
          expect(await trace({ byteOffset: end - 1 })).toEqual(expected);
          const { outputRow, rejectsRow } = row as { outputRow?: number; rejectsRow?: number };
          expect(await trace(outputRow === undefined ? { rejectsRow: rejectsRow! } : { outputRow })).toEqual(expected);
        }
        expect(await trace({ sourceRow: all.length + 1 })).toBeUndefined();
        expect(await trace({ byteOffset: Buffer.byteLength(source) })).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  test('a row of the merged output has the values of the source row that it is traced to', async () => {
    const source = 'id,name\nbad1,a\n2,b\n3,bad\n4,d\n5,e\n';
    const batch = await processed(source, { stage: rejecting('bad') });
    const report = await merge(batch.manifest, { ...batch, locations });
    const bytes = Buffer.from(await readBytes(batch.store, at('input/orders.csv')));
    let outputRow = 0;
    for await (const { rows: written } of readObjectRows(report.output.object, batch))
      for (const row of written) {
        const { byteOffset } = (await traceRow(batch.manifest, { outputRow: ++outputRow }, { ...batch, locations }))!;
        expect(bytes.subarray(byteOffset).toString().startsWith(`${row.id},${row.name}\n`)).toBe(true);
      }
    expect(outputRow).toBe(3);
  });

  test('a rejected row comes with its issues', async () => {
    const batch = await processed('id,name\n1,a\n2,bad\n', { stage: rejecting('bad') });
    expect(await traceRow(batch.manifest, { rejectsRow: 1 }, { ...batch, locations })).toMatchObject({
      chunk: 0,
      revision: 1,
      sourceRow: 2,
      rejected: true,
      issues: [{ code: 'RULE_CUSTOM', rule: 'word', column: 'name' }],
    });
  });

  test('reads one part of rejects and one range of the source, and the source only for a row that was written', async () => {
    const source = `id,name\n${Array.from({ length: 40 }, (_, i) => `${i % 4 === 0 ? 'bad' : i},x\n`).join('')}`;
    const batch = await processed(source, { stage: rejecting('bad'), chunkRows: 10 });
    const read: string[] = [];
    const store: ObjectStore = {
      ...batch.store,
      read: (ref, options) => {
        read.push(ref.key.replace(/.*\/(?=[a-z]+\/)/, ''));
        return batch.store.read(ref, options);
      },
    };
    const data = (): string[] => read.splice(0).filter((key) => !/results|chunks|amended/.test(key));
    await traceRow(batch.manifest, { sourceRow: 21 }, { store, locations });
    expect(data()).toEqual(['rejects/0000002.a1.jsonl']);
    await traceRow(batch.manifest, { sourceRow: 22 }, { store, locations });
    expect(data()).toEqual(['rejects/0000002.a1.jsonl', 'input/orders.csv']);
  });

  test('an original that was archived is read where it lies now', async () => {
    const batch = await processed('id,name\n1,a\n2,b\n', {});
    const { store, manifest } = batch;
    await store.copy(at('input/orders.csv'), at('archive/orders.csv'));
    await store.deleteMany([at('input/orders.csv')]);
    const error = await errorOf(traceRow(manifest, { outputRow: 2 }, { store, locations }));
    expect(error.code).toBe('SOURCE_NOT_FOUND');
    const options = { store, locations, original: at('archive/orders.csv') };
    expect(await traceRow(manifest, { outputRow: 2 }, options)).toMatchObject({ byteOffset: 12 });
  });

  test('counts that are none are refused', async () => {
    const batch = await processed('id,name\n1,a\n', {});
    for (const target of [{ outputRow: 0 }, { sourceRow: 1.5 }, { byteOffset: -1 }, {} as { sourceRow: number }]) {
      const error = await errorOf(traceRow(batch.manifest, target, { ...batch, locations }));
      expect(error.code).toBe('CONFIG_INVALID');
    }
  });
});
