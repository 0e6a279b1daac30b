import { defaultLimits } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { judgeRecord } from '../../src/plan/judge-record.ts';
import { slicesOf } from '../helpers.ts';

const limits = { ...defaultLimits, maxRecordBytes: 100_000 };
const judge = (text: string, more: object = {}, pieces: readonly number[] = [7]): Promise<void> =>
  judgeRecord(slicesOf(Buffer.from(text), pieces), {
    ...{ dialect: { delimiter: ',', quote: '"' }, limits, offset: 500, row: 7 },
    ...more,
  });

describe('a record that keeps to the caps', () => {
  test.each([
    ['of one line', 'a,b\nrest'],
    ['at the end of the source', 'a,b'],
    ['with a quoted newline', 'a,"b\nc"\nrest'],
    ['of many windows', `${'x'.repeat(90_000)}\nrest`],
    ['at the cap', `${'x'.repeat(100_000)}\n`],
    ['of nothing', ''],
  ])('passes: %s', async (_, text) => {
    await expect(judge(text)).resolves.toBeUndefined();
    for (const piece of [65_536, 200_000]) await expect(judge(text, {}, [piece])).resolves.toBeUndefined();
  });

  test('is read no further than its end', async () => {
    let pulled = 0;
    async function* pieces() {
      for (const piece of ['a,', 'b\nc', '"never closed', 'more']) {
        pulled++;
        yield Buffer.from(piece);
      }
    }
    await judgeRecord(pieces(), { dialect: { delimiter: ',', quote: '"' }, limits, offset: 0, row: 1 });
    expect(pulled).toBe(2);
  });

  test('passes with the comments in front of it', async () => {
    const dialect = { delimiter: ',', quote: '"', comment: '#' };
    await expect(judge('# "a\n# b\nc,d\n"', { dialect })).resolves.toBeUndefined();
  });
});

describe('a record that does not', () => {
  const place = { row: 7, offset: 500 };
  test('is too large, with its row and place', async () => {
    const large = 'x'.repeat(100_001);
    await expect(judge(`${large}\n`)).rejects.toMatchObject({ code: 'CSV_ROW_TOO_LARGE', details: place });
    for (const pieces of [[7], [65_536], [200_000]])
      await expect(judge(large, {}, pieces)).rejects.toMatchObject({ code: 'CSV_ROW_TOO_LARGE', details: place });
    await expect(judge(`a\n${large}\n`)).resolves.toBeUndefined(); // the next one is not asked for
  });

  test('never ends its quote', async () => {
    await expect(judge('a,"b\nc')).rejects.toMatchObject({
      code: 'CSV_UNCLOSED_QUOTE',
      details: { row: 7, offset: 502 },
    });
  });

  test('in UTF-16 is told of in bytes of the source', async () => {
    const text = Buffer.from('x'.repeat(50_001), 'utf16le');
    const options = { dialect: { delimiter: ',', quote: '"' }, limits, offset: 500, row: 7 };
    await expect(judgeRecord(slicesOf(text, [10]), { ...options, encoding: 'utf-16le' })).rejects.toMatchObject({
      ...{ code: 'CSV_ROW_TOO_LARGE', details: { ...place, maxRecordBytes: 100_000 } },
    });
    const fits = Buffer.from('x'.repeat(50_000), 'utf16le');
    await expect(judgeRecord(slicesOf(fits, [10]), { ...options, encoding: 'utf-16le' })).resolves.toBeUndefined();
  });
});
