import { type CsvRecord, createStage, rejectRows, type UniqueRule } from '@pipeline/core';
import { replay } from '@pipeline/merge';
import { uniqueRows } from '@pipeline/validate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Batch, bytesOf, locations, merged, processed, resolved, run } from './helpers.ts';

const header = 'id,key';
const stage = createStage<CsvRecord, CsvRecord>((batch) =>
  rejectRows(batch, (index) =>
    batch.rows[index]!.key === 'bad'
      ? [{ code: 'RULE_CUSTOM', rule: 'word', column: 'key', message: 'is bad', severity: 'error' }]
      : undefined,
  ),
);
const keyed = fc.constantFrom('bad', 'a', 'b', 'c', 'd', 'e');

interface Row {
  readonly id: number;
  readonly key: string;
}
const textOf = (rows: readonly Row[]): string => `${header}\n${rows.map(({ id, key }) => `${id},${key}\n`).join('')}`;

/** Row by row: what stays in front comes first, then the mended ones in the order of the file. */
const afterReplay = (output: readonly Row[], mended: readonly { readonly row: Row; readonly unchanged: boolean }[]) => {
  const taken = new Set(output.map(({ key }) => key));
  const passed: Row[] = [];
  for (const { row, unchanged } of mended) {
    if (row.key === 'bad' || unchanged || taken.has(row.key)) continue;
    taken.add(row.key);
    passed.push(row);
  }
  return [...output, ...passed].sort((a, b) => a.id - b.id);
};

const opened = async (keys: readonly string[], unique: readonly UniqueRule[], plan: 'sequential' | 'sampled') => {
  const source = `${header}\n${keys.map((key, i) => `${i + 1},${key}\n`).join('')}`;
  const splitting = plan === 'sampled' ? ({ plan, chunkBytes: 24 } as const) : { chunkRows: 3 };
  const batch = await processed(source, { stage, sidecars: unique, splitting });
  await resolved(batch, unique);
  return { batch, report: await merged(batch) };
};

/** Replays the rejects of a revision with new keys; `undefined` leaves a row out. */
const replayed = async (
  { store, manifest }: Batch,
  rejects: string,
  keyOf: (id: number) => string | undefined,
  unique: readonly UniqueRule[],
  name: string,
) => {
  const [head, ...lines] = rejects.split('\n').filter((line) => line !== '');
  const mended = lines.flatMap((line) => {
    const [, id, was, rest] = /^(\d+),(\w+),(.*)$/.exec(line)!;
    const key = keyOf(Number(id));
    if (key === undefined) return [];
    const unchanged = key === was && line.includes('unique:key');
    return [{ row: { id: Number(id), key }, unchanged, line: `${id},${key},${rest}` }];
  });
  const at = { bucket: 'work', key: `mended/${name}.csv` };
  await store.write(at, Buffer.from(`${[head, ...mended.map(({ line }) => line)].join('\n')}\n`));
  return { mended, report: await replay(manifest, at, { store, locations, run, stage, unique }) };
};

const rowsOf = (text: string): Row[] =>
  text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => ({ id: Number(line.split(',')[0]), key: line.split(',')[1]! }));

describe('mended rows of a batch whose rows must not repeat', () => {
  test('come in where no row of the output and no mended one before them has their key, replay after replay', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(keyed, { minLength: 1, maxLength: 16 }),
        fc.array(fc.array(fc.option(keyed, { nil: undefined }), { minLength: 16, maxLength: 16 }), { maxLength: 3 }),
        fc.constantFrom('sequential', 'sampled'),
        async (keys, rounds, plan) => {
          const unique = [uniqueRows({ columns: ['key'] })];
          const { batch, report: first } = await opened(keys, unique, plan);
          let report = first;
          for (const [round, choices] of rounds.entries()) {
            if (report.rejects === undefined) break;
            const before = rowsOf(await bytesOf(batch.store, report.output.object));
            const rejects = await bytesOf(batch.store, report.rejects.object);
            const next = await replayed(batch, rejects, (id) => choices[id - 1], unique, `m${round}`);
            const after = await bytesOf(batch.store, next.report.output.object);
            expect(after).toBe(textOf(afterReplay(before, next.mended)));
            expect(next.report.rowsRead).toBe(keys.length);
            report = next.report;
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  test('that repeat another one say which, as at the barrier', async () => {
    const unique = [uniqueRows({ columns: ['key'] })];
    const { batch, report } = await opened(['a', 'bad', 'bad', 'bad'], unique, 'sequential');
    const rejects = await bytesOf(batch.store, report.rejects!.object);
    const mended: Record<number, string> = { 2: 'a', 3: 'b', 4: 'b' };
    const { report: after } = await replayed(batch, rejects, (id) => mended[id], unique, 'm');
    expect(await bytesOf(batch.store, after.output.object)).toBe('id,key\n1,a\n3,b\n');
    expect(after.resolved.issues).toEqual({ 'ROW_DUPLICATE|unique:key|key': 2 });
    const lines = (await bytesOf(batch.store, after.rejects!.object)).split('\n');
    expect(lines[1]).toMatch(/^2,a,.*repeats.*row 1/);
    expect(lines[2]).toMatch(/^4,b,.*repeats.*row 3/);
  });

  test('end the replay where the rule says so, and nothing has changed then', async () => {
    const unique = [uniqueRows({ columns: ['key'], onDuplicate: 'fail' })];
    const { batch, report } = await opened(['a', 'bad'], unique, 'sequential');
    const rejects = await bytesOf(batch.store, report.rejects!.object);
    const before = batch.store.keys();
    await expect(replayed(batch, rejects, () => 'a', unique, 'm')).rejects.toMatchObject({ code: 'ROWS_REPEATED' });
    expect(batch.store.keys().filter((key) => !before.includes(key))).toEqual(['work/mended/m.csv']);
  });

  test('come in without a look where the rule only warns, or no rule is given', async () => {
    for (const given of [[uniqueRows({ columns: ['key'], onDuplicate: 'warn' })], []]) {
      const unique = given.length === 0 ? [uniqueRows({ columns: ['key'] })] : given;
      const { batch, report } = await opened(['a', 'bad'], unique, 'sequential');
      const rejects = await bytesOf(batch.store, report.rejects!.object);
      const { report: after } = await replayed(batch, rejects, () => 'a', given, 'm');
      expect(await bytesOf(batch.store, after.output.object)).toBe('id,key\n1,a\n2,a\n');
    }
  });

  test('need the keys that the workers gathered, by the same rule', async () => {
    const { batch, report } = await opened(['a', 'bad'], [uniqueRows({ columns: ['key'] })], 'sequential');
    const rejects = await bytesOf(batch.store, report.rejects!.object);
    for (const other of [
      uniqueRows({ columns: ['id'] }),
      uniqueRows({ columns: ['key'], ignoreCase: true, name: 'unique:key' }),
    ])
      await expect(replayed(batch, rejects, () => 'b', [other], 'm')).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        details: { option: 'unique' },
      });
  });
});
