import { type OutputFormat, processChunk, type SplitOptions, split } from '@pipeline/chunker';
import { type CsvRecord, createRunContext, createStage, rejectRows, type Stage } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { merge, replay, resolve } from '../../src/index.ts';
import { at, locations, textOf } from '../helpers.ts';

/** Rows whose id is named are rejected. */
const refusing = (ids: ReadonlySet<string>): Stage<CsvRecord, CsvRecord> =>
  createStage((batch) =>
    rejectRows(batch, (index) =>
      ids.has(batch.rows[index]!.id!)
        ? [{ code: 'RULE_CUSTOM', rule: 'listed', column: 'id', message: 'is listed', severity: 'error' }]
        : undefined,
    ),
  );

const formats: readonly OutputFormat[] = [
  {},
  { format: 'jsonl' },
  { compression: 'gzip' },
  { format: 'jsonl', compression: 'zstd' },
  { delimiter: ';', quoting: 'always', newline: 'crlf' },
  { columns: ['name', { from: 'id', to: 'key' }] },
];

const limits = { maxRecordBytes: 64, maxFieldBytes: 64, maxHeaderBytes: 64, maxColumns: 9 };

const spec = fc.record({
  rows: fc.array(
    fc.record({
      name: fc.oneof(fc.stringMatching(/^[a-zé]{0,4}$/), fc.constantFrom('"x\ny"', '"a,""b"', '""', ' ')),
      newline: fc.constantFrom('\n', '\r\n'),
      /** How often the row is refused: never, at first, or in the first replay too. */
      refused: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 20, size: 'max' },
  ),
  bom: fc.boolean(),
  lastNewline: fc.boolean(),
  splitting: fc.oneof(
    fc.integer({ min: 1, max: 6 }).map((chunkRows) => ({ chunkRows })),
    fc.record({ chunkBytes: fc.integer({ min: 8, max: 90 }), plan: fc.constant('sampled' as const) }),
  ),
  format: fc.constantFrom(...formats),
  batchRows: fc.integer({ min: 1, max: 4 }),
  shuffle: fc.boolean(),
});

test('replaying rejects, all or some, once or twice, gives the output of a run in which they passed', async () => {
  await fc.assert(
    fc.asyncProperty(spec, async ({ rows, bom, lastNewline, splitting, format, batchRows, shuffle }) => {
      const store = memoryStore();
      const lines = rows.map(
        ({ name, newline }, i) => `r${i},${name}${i === rows.length - 1 && !lastNewline ? '' : newline}`,
      );
      await store.write(at('input/a.csv'), Buffer.from(`${bom ? '\uFEFF' : ''}id,name\n${lines.join('')}`));
      const refusedAt = (time: number): Stage<CsvRecord, CsvRecord> =>
        refusing(new Set(rows.flatMap(({ refused }, i) => (refused > time ? [`r${i}`] : []))));
      const ran = async (batchId: string, time: number) => {
        for (let planNumber = 1; ; planNumber++) {
          const run = createRunContext({ batchId, attempt: `a-${batchId}` });
          const where = { store, locations, run };
          const manifest = await split(at('input/a.csv'), { ...where, limits, planNumber, ...splitting });
          for await (const chunk of manifest.chunks)
            await processChunk(chunk, refusedAt(time), { ...where, ...format });
          if ((await resolve(manifest, where)).replan) continue;
          return { manifest, report: await merge(manifest, where) };
        }
      };

      const { manifest, report: first } = await ran('b0', 0);
      const firstText = await textOf(store, first.output.object);
      let last = first;
      for (const time of [1, 2]) {
        if (last.rejects === undefined) break;
        const [head, ...records] = splitRecords(await textOf(store, last.rejects.object));
        const mended = at(`mended/${time}.csv`);
        await store.write(mended, Buffer.from([head, ...(shuffle ? records.reverse() : records)].join('')));
        const run = createRunContext({ batchId: 'b0', attempt: `replay-${time}` });
        const options = { store, locations, run, batchRows, stage: refusedAt(time), ...format };
        const report = await replay(manifest, mended, options);
        const { report: direct } = await ran(`b${time}`, time);
        expect(report.revision).toBe(time + 1);
        expect(await textOf(store, report.output.object)).toBe(await textOf(store, direct.output.object));
        expect(report.resolved).toEqual(direct.resolved);
        expect(report.rowsRead).toBe(report.rowsWritten + report.rowsRejected);
        const rejectsOf = async (one: typeof report) =>
          one.rejects === undefined ? '' : (await textOf(store, one.rejects.object)).replaceAll(one.batchId, 'b');
        expect(await rejectsOf(report)).toBe(await rejectsOf(direct));
        expect(await replay(manifest, mended, options)).toEqual(report);
        expect(await textOf(store, first.output.object)).toBe(firstText);
        last = report;
      }
    }),
    { numRuns: 60 },
  );
});

/** Records of rejects.csv, each of which ends in the batch's id, behind its header. */
const splitRecords = (text: string): string[] => text.match(/[\s\S]*?(?:__pipeline_batch|,b0)\r?\n/g) ?? [];

const dialects: readonly SplitOptions[] = (
  [
    { dialect: { delimiter: ';' } },
    { dialect: { quote: "'", comment: '#' } },
    { dialect: { escape: '\\' } },
    { dialect: { loneCr: true } },
    { dialect: { delimiter: '::' } },
    { encoding: 'utf-16le' },
    { encoding: 'windows-1252' },
    { header: 'none' },
  ] as const
).map((one) => one as unknown as SplitOptions);

test('so it does in every dialect and encoding', async () => {
  const rows = fc.array(fc.record({ name: fc.constantFrom('a', 'ü', '', '#x', 'b c'), refused: fc.boolean() }), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.constantFrom(...dialects),
      fc.integer({ min: 1, max: 5 }),
      async (all, options, chunkRows) => {
        const { encoding } = options;
        const { delimiter = ',', loneCr } = options.dialect ?? {};
        const newline = loneCr === true ? '\r' : '\n';
        const lines = all.map(({ name }, i) => `r${i}${delimiter}${name}${newline}`);
        const head = options.header === 'none' ? '' : `id${delimiter}name${newline}`;
        const text = `${encoding === 'utf-16le' ? '\uFEFF' : ''}${head}${lines.join('')}`;
        if (text === '') return;
        const store = memoryStore();
        const bytes = Buffer.from(
          text,
          encoding === 'utf-16le' ? 'utf16le' : encoding === undefined ? 'utf8' : 'latin1',
        );
        await store.write(at('input/a.csv'), bytes);
        const refused = new Set(all.flatMap((row, i) => (row.refused ? [`r${i}`] : [])));
        const ids = (batch: { readonly rows: readonly CsvRecord[] }, index: number): string =>
          Object.values(batch.rows[index]!)[0]!;
        const stageOf = (some: ReadonlySet<string>): Stage<CsvRecord, CsvRecord> =>
          createStage((batch) =>
            rejectRows(batch, (index) =>
              some.has(ids(batch, index))
                ? [{ code: 'RULE_CUSTOM', rule: 'listed', message: 'is listed', severity: 'error' }]
                : undefined,
            ),
          );
        const ran = async (batchId: string, some: ReadonlySet<string>) => {
          const run = createRunContext({ batchId, attempt: `a-${batchId}` });
          const where = { store, locations, run };
          const manifest = await split(at('input/a.csv'), { ...where, chunkRows, ...options, store, locations, run });
          for await (const chunk of manifest.chunks) await processChunk(chunk, stageOf(some), where);
          await resolve(manifest, where);
          return { manifest, report: await merge(manifest, where) };
        };
        const { manifest, report } = await ran('b0', refused);
        if (report.rejects === undefined) return;
        const { report: direct } = await ran('b1', new Set());
        const again = await replay(manifest, report.rejects.object, { store, locations, stage: stageOf(new Set()) });
        expect(await textOf(store, again.output.object)).toBe(await textOf(store, direct.output.object));
        expect(again).toMatchObject({ revision: 2, rowsRejected: 0, rowsWritten: all.length });
      },
    ),
    { numRuns: 60 },
  );
});
