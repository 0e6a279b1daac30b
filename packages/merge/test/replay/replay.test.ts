import {
  batchKeys,
  type CsvRecord,
  compose,
  createStage,
  mapRows,
  type ObjectStore,
  passThrough,
  readJson,
  rejectRows,
  withWarnings,
} from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { merge, replay, resolve, traceRow } from '../../src/index.ts';
import { at, errorOf, locations, processed, rejecting, type TestBatch, textOf } from '../helpers.ts';

const source = 'id,name\n1,bad\n2,b\n3,bad\n4,d\n5,bad\n';
const keys = batchKeys('b1', locations);

const merged = async (text = source): Promise<TestBatch & { readonly rejects: string }> => {
  const batch = await processed(text, { stage: rejecting('bad') });
  const report = await merge(batch.manifest, { ...batch, locations });
  return { ...batch, rejects: await textOf(batch.store, report.rejects!.object) };
};

/** Replays a text as a mended file. */
const replaying = async (
  { store, manifest, run }: TestBatch,
  text: string | Uint8Array,
  more: Partial<Parameters<typeof replay>[2]> = {},
  key = 'mended/rejects.csv',
) => {
  await store.write(at(key), Buffer.from(text as string));
  return replay(manifest, at(key), { store, locations, run, stage: rejecting('bad'), ...more });
};

describe('replay', () => {
  test('puts mended rows in their places, keeps the others rejected, and says what it did', async () => {
    const batch = await merged();
    const text = batch.rejects.replace('1,bad,', '1,a,').replace(/^5,bad.*\n/m, '');
    const report = await replaying(batch, text);
    expect(await textOf(batch.store, report.output.object)).toBe('id,name\n1,a\n2,b\n4,d\n');
    expect(report).toMatchObject({
      revision: 2,
      rowsRead: 5,
      rowsWritten: 3,
      rowsRejected: 2,
      resolved: { issues: { 'RULE_CUSTOM|word|name': 2 } },
      replay: { from: 1, rowsWritten: 1, rowsRejected: 1, rowsSkipped: 0, rowsLeftOut: 1, chunks: 2 },
    });
    expect(await textOf(batch.store, keys.output(1, 'orders.csv'))).toBe('id,name\n2,b\n4,d\n');
    expect((await textOf(batch.store, report.rejects!.object)).split('\n').slice(1, 3)).toEqual([
      expect.stringMatching(/^3,bad,3,18,/),
      expect.stringMatching(/^5,bad,5,28,/),
    ]);
  });

  test('counts of what rejects rows and of what does not follow the mended rows', async () => {
    const issue = (severity: 'error' | 'warning', name: string) => ({
      ...{ code: 'RULE_CUSTOM' as const, rule: 'word', column: 'name', message: `has ${name}`, severity },
    });
    /** Rejects "bad", with a warning; warns of "odd". */
    const stage = createStage<CsvRecord, CsvRecord>((batch) => {
      const odd = batch.rows.filter(({ name }) => name === 'odd').map(() => issue('warning', 'odd'));
      return rejectRows(withWarnings(batch, odd), (index) =>
        batch.rows[index]!.name === 'bad'
          ? [issue('error', 'bad'), { ...issue('warning', 'bad'), rule: 'form' }]
          : undefined,
      );
    });
    const batch = await processed('id,name\n1,bad\n2,odd\n3,bad\n', { stage });
    const { manifest, store, run } = batch;
    const resolution = await resolve(manifest, { store, locations, run });
    expect(resolution).toMatchObject({
      resolved: {
        issues: { 'RULE_CUSTOM|word|name': 2 },
        warnings: { 'RULE_CUSTOM|form|name': 2, 'RULE_CUSTOM|word|name': 1 },
      },
    });
    const before = await merge(manifest, { store, locations, run });
    const text = (await textOf(store, before.rejects!.object)).replace('1,bad,', '1,odd,').replace('3,bad,', '3,c,');
    const { resolved } = await replaying(batch, text, { stage });
    expect(resolved).toMatchObject({ issues: {}, warnings: { 'RULE_CUSTOM|word|name': 2 } });
    expect(Object.keys(resolved.warnings as object)).toEqual(['RULE_CUSTOM|word|name']);
  });

  test('lineage follows a row into the revision in which it passed', async () => {
    const batch = await merged();
    await replaying(batch, batch.rejects.replace('3,bad,', '3,c,'));
    const where = { store: batch.store, locations };
    expect(await traceRow(batch.manifest, { sourceRow: 3 }, where)).toMatchObject({ rejected: true, rejectsRow: 2 });
    expect(await traceRow(batch.manifest, { sourceRow: 3 }, { ...where, revision: 2 })).toMatchObject({
      rejected: false,
      outputRow: 2,
      amendedIn: 2,
      byteOffset: 18,
    });
  });

  test('a row that fails again has its new text and its new issues', async () => {
    const batch = await merged();
    const report = await replaying(batch, batch.rejects.replace('1,bad,', 'bad,good,').replace('3,bad,', '3,c,more,'));
    const [, first, second] = (await textOf(batch.store, report.rejects!.object)).split('\n');
    expect(first).toBe('bad,good,1,8,id,word,"id must not have the word, in any case",b1');
    expect(second).toBe('3,c,more,3,18,,fields,"has 3 fields, the header has 2",b1');
  });

  test('columns that stages add are there for mended rows too', async () => {
    const stage = compose(
      rejecting('bad'),
      mapRows({ columns: ['row'], map: (_: CsvRecord, rowNumber) => ({ row: rowNumber }) }),
    );
    const batch = await processed(source, { stage });
    const first = await merge(batch.manifest, { ...batch, locations });
    const text = (await textOf(batch.store, first.rejects!.object)).replaceAll(',bad,', ',ok,');
    const report = await replaying(batch, text, { stage });
    expect(await textOf(batch.store, report.output.object)).toBe('id,name,row\n1,ok,1\n2,b,2\n3,ok,3\n4,d,4\n5,ok,5\n');
  });

  test('a file that a spreadsheet saved with semicolons, CRLF and a mark is written as the source is', async () => {
    const batch = await merged('id,name\n1,bad\n2,b\n3,"bad,x"\n');
    const rows = ['1;"a;b";1;8;name;word;m;b1', '3;c,d;3;18;name;word;m;b1'];
    const head = batch.rejects.split('\n')[0]!.replaceAll(',', ';');
    const report = await replaying(batch, `\uFEFF${[head, ...rows].join('\r\n')}\r\n`);
    expect(await textOf(batch.store, report.output.object)).toBe('id,name\n1,a;b\n2,b\n3,"c,d"\n');
  });

  test('the same file again is the same revision, however it is asked', async () => {
    const batch = await merged();
    const text = batch.rejects.replace('1,bad,', '1,a,');
    const twice = await Promise.all([replaying(batch, text), replaying(batch, text)]);
    expect(twice[1]).toEqual(twice[0]);
    const later = await replaying(
      batch,
      batch.rejects.replace(/^1,.*\n/m, '').replace('3,bad', '3,c'),
      {},
      'mended/2.csv',
    );
    expect(later).toMatchObject({ revision: 3, rowsWritten: 4 });
    expect(await replaying(batch, text)).toEqual(twice[0]);
  });

  test('two files at once both come into the output, one after the other', async () => {
    const batch = await merged();
    const only = (row: string, value: string): string =>
      batch.rejects
        .split('\n')
        .filter((line) => line.startsWith('id') || line.startsWith(row))
        .join('\n')
        .replace('bad', value);
    const at1 = { run: { ...batch.run, attempt: 'one' } };
    const at2 = { run: { ...batch.run, attempt: 'two' } };
    const reports = await Promise.all([
      replaying(batch, `${only('1', 'a')}\n`, at1, 'mended/1.csv'),
      replaying(batch, `${only('5', 'e')}\n`, at2, 'mended/2.csv'),
    ]);
    const last = reports.find(({ revision }) => revision === 3)!;
    expect(reports.map(({ revision }) => revision).sort()).toEqual([2, 3]);
    expect(await textOf(batch.store, last.output.object)).toBe('id,name\n1,a\n2,b\n4,d\n5,e\n');
  });

  test('goes on wherever it was interrupted', async () => {
    const text = (rejects: string): string => rejects.replaceAll(',bad,', ',ok,');
    const expected = 'id,name\n1,ok\n2,b\n3,ok\n4,d\n5,ok\n';
    for (let survives = 0; ; survives++) {
      const batch = await merged();
      let writes = 0;
      const failing: ObjectStore = {
        ...batch.store,
        write: async (ref, body, options) => {
          if (writes++ === survives) throw new Error('crash');
          return batch.store.write(ref, body, options);
        },
      };
      await batch.store.write(at('mended/rejects.csv'), Buffer.from(text(batch.rejects)));
      const options = { locations, stage: rejecting('bad') };
      const crashed = await replay(batch.manifest, at('mended/rejects.csv'), {
        ...options,
        store: failing,
        run: { ...batch.run, attempt: 'one' },
      }).then(
        () => false,
        () => true,
      );
      const report = await replay(batch.manifest, at('mended/rejects.csv'), {
        ...options,
        store: batch.store,
        run: { ...batch.run, attempt: 'two' },
      });
      expect(report.revision).toBe(2);
      expect(await textOf(batch.store, report.output.object)).toBe(expected);
      if (!crashed) break;
      expect(survives).toBeLessThan(40);
    }
  });

  test('a row that repeats another one stays rejected until it is changed', async () => {
    const repeats = createStage<CsvRecord, CsvRecord>((batch) =>
      rejectRows(batch, (index) =>
        batch.rows[index]!.name === 'bad'
          ? [{ code: 'ROW_DUPLICATE', rule: 'unique:name', message: 'repeats data row 1', severity: 'error' }]
          : undefined,
      ),
    );
    const batch = await processed(source, { stage: repeats });
    const { rejects } = await merge(batch.manifest, { ...batch, locations });
    const text = (await textOf(batch.store, rejects!.object)).replace('3,bad,', '3,c,');
    const report = await replaying(batch, text, { stage: passThrough<CsvRecord>() });
    expect(await textOf(batch.store, report.output.object)).toBe('id,name\n2,b\n3,c\n4,d\n');
    expect(report).toMatchObject({ rowsRejected: 2, resolved: { issues: { 'ROW_DUPLICATE|unique:name|': 2 } } });
  });

  test('other settings are noticed in every chunk', async () => {
    const batch = await merged();
    const onlyLast = batch.rejects.replace('5,bad,', '5,e,').replace(/^[13],.*\n/gm, '');
    const error = await errorOf(replaying(batch, onlyLast, { delimiter: ';' }));
    expect(error.code).toBe('CONFIG_INVALID');
  });

  test('nothing to do makes no revision', async () => {
    const batch = await merged();
    expect(await replaying(batch, `${batch.rejects.split('\n')[0]}\n`)).toMatchObject({ revision: 1 });
  });

  test('rows that are in the output already are refused, or left alone when asked', async () => {
    const batch = await merged();
    const text = batch.rejects.replace('1,bad,', '1,a,');
    await replaying(batch, text.split('\n').slice(0, 2).join('\n').concat('\n'));
    const error = await errorOf(replaying(batch, text, {}, 'mended/2.csv'));
    expect(error.message).toContain(
      'its row 1 is data row 1 of the source, which is not rejected but in the output of revision 2',
    );
    expect(await replaying(batch, text.replace('3,bad,', '3,c,'), { onWritten: 'skip' }, 'mended/2.csv')).toMatchObject(
      {
        revision: 3,
        rowsWritten: 4,
        replay: { rowsWritten: 1, rowsRejected: 1, rowsSkipped: 1, rowsLeftOut: 0 },
      },
    );
  });

  const refusals: [string, (rejects: string) => string, string][] = [
    ['a file without reserved columns', () => source, 'its last columns are not those of a rejects.csv'],
    [
      'other columns',
      (text) => text.replace('id,name', 'id,title'),
      'its columns are id, title, those of the batch are id, name',
    ],
    ['another batch', (text) => text.replace(/,b1$/m, ',b9'), 'its row 1 is of batch b9'],
    ['a row twice', (text) => text + text.split('\n')[1], 'its row 4 is data row 1 of the source a second time'],
    ['a row that the source has not', (text) => text.replace(',5,28,', ',6,30,'), 'which has 5'],
    ['a row that stands elsewhere', (text) => text.replace(',5,28,', ',5,29,'), 'says another byte offset'],
    ['a row that was never rejected', (text) => text.replace(',5,28,', ',4,24,'), 'not rejected but in the output'],
    ['a row without a number', (text) => text.replace(',5,28,', ',,28,'), 'its row 3 does not say which row it is'],
  ];
  test.each(refusals)('refuses %s, and changes nothing', async (_, mend, reason) => {
    const batch = await merged();
    await batch.store.write(at('mended/rejects.csv'), Buffer.from(mend(batch.rejects)));
    const before = batch.store.keys();
    const error = await errorOf(replaying(batch, mend(batch.rejects)));
    expect(error.code).toBe('REPLAY_REFUSED');
    expect(error.message).toContain(reason);
    expect(batch.store.keys()).toEqual(before);
  });

  test('other settings than those of the batch are refused', async () => {
    const batch = await merged();
    for (const more of [
      { format: 'jsonl' as const },
      { columns: ['id'] },
      { compression: 'gzip' as const },
      { delimiter: ';' },
    ]) {
      const error = await errorOf(replaying(batch, batch.rejects.replace('1,bad,', '1,a,'), more));
      expect(error.code).toBe('CONFIG_INVALID');
    }
    await expect(readJson(batch.store, keys.amendment(2))).rejects.toThrow('SOURCE_NOT_FOUND');
  });

  test('a batch whose output is not merged yet is no batch to replay into', async () => {
    const batch = await merged();
    const open = await processed(source, { stage: rejecting('bad') });
    const error = await errorOf(replaying(open, batch.rejects));
    expect(error.code).toBe('BATCH_NOT_FOUND');
  });

  test('an output that was altered is never built upon', async () => {
    const batch = await merged();
    const key = keys.processed(0, 'a1');
    await batch.store.write(key, Buffer.from('id,name\n9,b\n'));
    const error = await errorOf(replaying(batch, batch.rejects.replace('1,bad,', '1,a,')));
    expect(error.code).toBe('MERGE_MISMATCH');
  });
});
