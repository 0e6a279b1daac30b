// Batches and mended files that are not the usual ones.
import { type CsvRecord, compose, createRunContext, mapRows, passThrough, readJson, writeJson } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { describe, expect, test } from 'vitest';
import { batchOfMended, committedResults, merge, replay } from '../../src/index.ts';
import { alteringReads } from '../altered-reads.ts';
import { at, type BatchSpec, errorOf, locations, processed, rejecting, textOf } from '../helpers.ts';

const stage = rejecting('bad');

const replayed = async (source: string | Uint8Array, mend: (rejects: string) => string, spec: BatchSpec = {}) => {
  const batch = await processed(source, { stage, ...spec });
  const { manifest, store, run } = batch;
  const first = await merge(manifest, { store, locations, run });
  const rejects = await textOf(store, first.rejects!.object);
  await store.write(at('mended.csv'), Buffer.from(mend(rejects)));
  const report = await replay(manifest, at('mended.csv'), { store, locations, run, stage: spec.stage ?? stage });
  const output = (await textOf(store, report.output.object)).replace(/^\uFEFF/, '');
  return { report, output, rejects: report.rejects && (await textOf(store, report.rejects.object)), batch };
};

describe.each(['utf-16le', 'utf-16be'] as const)('a batch of %s', (encoding) => {
  const encoded = (text: string): Buffer => {
    const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
    return encoding === 'utf-16le' ? bytes : bytes.swap16();
  };

  test('takes mended rows back, and keeps those that fail again with what they say now', async () => {
    const source = encoded('id,name\r\n1,bad é\r\n2,b\r\n3,bad ü\r\n');
    const { output, rejects, report } = await replayed(source, (text) =>
      text.replace('1,bad é,', '1,à,').replace('3,bad ü,', '3,bad ö,'),
    );
    expect(output).toBe('id,name\r\n1,à\r\n2,b\r\n');
    expect(rejects).toContain('3,bad ö,3,');
    expect(report).toMatchObject({ rowsWritten: 2, rowsRejected: 1 });
    // And once more: what was rejected again can be mended again.
    expect(rejects!.split('\r\n')).toHaveLength(3);
  });

  test('keeps a row that is no text rejected when it comes back as it was', async () => {
    const lone = encoding === 'utf-16le' ? [0x00, 0xd8] : [0xd8, 0x00];
    const [head, tail] = [encoded('id,name\n1,b\n2,x'), encoded('\n3,c\n').subarray(2)];
    const { report, output } = await replayed(Buffer.concat([head, Buffer.from(lone), tail]), (text) => text, {
      stage: passThrough<CsvRecord>(),
    });
    expect(report.rowsRead).toBe(3);
    expect(report.rowsWritten + report.rowsRejected).toBe(3);
    expect(output).toContain('1,b\n');
  });
});

test('a mended row with a stray quote passes with a warning, as it does in the source', async () => {
  const { output, report } = await replayed('id,name\n1,bad\n2,b\n3,bad\n', (text) =>
    text.replace('1,bad,', '1,a"x,').replace('3,bad,', '3,c"y,'),
  );
  expect(output).toBe('id,name\n1,a"x\n2,b\n3,c"y\n');
  expect(report.resolved.warnings).toEqual({ 'ROW_STRAY_QUOTE|quotes|': 2 });
});

describe.each(['\n', '\r', '\r\n'])('a batch whose lone CRs end records, with newlines %j', (newline) => {
  test('gets its mended rows with the newlines that they had', async () => {
    const lines = ['id,name', '1,bad', '2,b', '3,bad', '4,d', ''];
    const { output } = await replayed(
      lines.join(newline),
      (text) => text.replace('1,bad,', '1,a,').replace('3,bad,', '3,c,'),
      { splitting: { dialect: { loneCr: true } } },
    );
    expect(output).toBe(['id,name', '1,a', '2,b', '3,c', '4,d', ''].join(newline));
  });
});

describe('a mended file', () => {
  const source = 'id,name\n1,bad\n2,b\n3,bad\n';
  const refusal = (mend: (rejects: string) => string) => errorOf(replayed(source, mend));

  test('without the column that says what each row is, is refused', async () => {
    expect((await refusal((text) => text.replace('__pipeline_row', '__pipeline_line'))).code).toBe('REPLAY_REFUSED');
  });

  test('with a row right behind itself is refused', async () => {
    const error = await refusal((text) => text.replace(/^1,bad.*\n/m, (line) => line + line));
    expect(error.message).toContain('is data row 1 of the source a second time');
  });

  test('whose rows were sorted otherwise comes to the same', async () => {
    const { output } = await replayed(source, (text) => {
      const [head, first, second] = text.replaceAll(',bad,', ',ok,').split('\n');
      return `${[head, second, first].join('\n')}\n`;
    });
    expect(output).toBe('id,name\n1,ok\n2,b\n3,ok\n');
  });

  test('without batch ids and byte offsets is matched by its row numbers', async () => {
    const { output } = await replayed(source, (text) =>
      text
        .split('\n')
        .map((line) => (/^\d/.test(line) ? line.replace(/,b1$/, ',').replace(/,(\d+),\d+,/, ',$1,,') : line))
        .join('\n')
        .replaceAll(',bad,', ',ok,'),
    );
    expect(output).toBe('id,name\n1,ok\n2,b\n3,ok\n');
  });
});

test('a batch whose results have no sidecars is merged and replayed all the same', async () => {
  const { manifest, store, run } = await processed('id,name\n1,bad\n2,b\n3,bad\n', { stage });
  for (const key of store.keys().filter((one) => /\/results\/\d+\.json$/.test(one))) {
    const ref = at(key.replace(/^work\//, ''));
    await writeJson(store, ref, { ...(await readJson<object>(store, ref)), sidecars: {} });
  }
  const { rejects } = await merge(manifest, { store, locations, run });
  await store.write(at('mended.csv'), Buffer.from((await textOf(store, rejects!.object)).replace('1,bad,', '1,a,')));
  const report = await replay(manifest, at('mended.csv'), { store, locations, run, stage });
  expect(await textOf(store, report.output.object)).toBe('id,name\n1,a\n2,b\n');
});

describe('the batch that a mended file says it is of', () => {
  const saying = async (text: string) => {
    const store = memoryStore();
    await store.write(at('file.csv'), Buffer.from(text));
    return batchOfMended(at('file.csv'), { store, run: createRunContext() });
  };
  const head = 'id,__pipeline_row,__pipeline_byte_offset,__pipeline_columns,__pipeline_rules,__pipeline_messages';

  test('is that of its first row', async () => {
    expect(await saying(`${head},__pipeline_batch\n1,1,3,,,, b7 \n`)).toBe('b7');
  });

  test.each([
    ['blank', `${head},__pipeline_batch\n1,1,3,,,, \n`],
    ['in no column', `${head}\n1,1,3,,,\n`],
    ['in no row', `${head},__pipeline_batch\n`],
    ['of a file that is none of ours', 'id,name\n1,a\n'],
  ])('is none where it is %s', async (_, text) => {
    expect(await saying(text)).toBeUndefined();
  });
});

test.each([
  ['a chunk that the plan has not', () => Buffer.from('{"index":99}\n')],
  ['a chunk that comes twice', () => Buffer.from('{"index":0}\n{"index":0}\n')],
])('an amendment that names %s is MERGE_MISMATCH', async (_, how) => {
  const { batch, report } = await replayed('id,name\n1,bad\n2,b\n3,bad\n', (text) => text.replaceAll(',bad,', ',ok,'));
  const list = batch.store.keys().find((key) => /\/amended\/r2\/.*\/chunks\.jsonl$/.test(key))!;
  const { store } = alteringReads(batch.store, { object: `s3://${list}`, how });
  const again = { ...batch.manifest, revision: report.revision };
  const readAll = async (): Promise<void> => {
    for await (const _ of committedResults(again, { store, locations, run: batch.run }));
  };
  const error = await errorOf(readAll());
  expect(error.code).toBe('MERGE_MISMATCH');
});

test('rows that were good stay as they were written, whatever the stage would make of them now', async () => {
  let rate = 1;
  const rated = compose(stage, mapRows({ columns: ['rate'], map: (_: CsvRecord) => ({ rate }) }));
  const { output } = await replayed(
    'id,name\n1,bad\n2,b\n3,c\n',
    (text) => {
      rate = 2;
      return text.replace('1,bad,', '1,a,');
    },
    { stage: rated },
  );
  expect(output).toBe('id,name,rate\n1,a,2\n2,b,1\n3,c,1\n');
});
