import { defaultLimits } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { planChunks, readRows, split } from '../src/index.ts';
import { comma, failureOf, input, locations, runOf, see, slicesOf, splitText, storeWith } from './helpers.ts';

const limits = { ...defaultLimits, maxRecordBytes: 20, maxFieldBytes: 20, maxColumns: 4 };
const splitting = async (text: string, more = {}) =>
  failureOf(split(input, { store: await storeWith(text), locations, run: runOf(), limits, ...more }));

describe('caps', () => {
  test('a record at the cap is read, whatever ends it; one byte more is not', async () => {
    const full = `${'x'.repeat(18)},y`;
    for (const newline of ['', '\n', '\r\n']) {
      const { store, chunks } = await splitText(`a,b\n1,2\n${full}${newline}`, { limits });
      expect((await see(readRows(chunks[0]!, { store }))).rows).toHaveLength(2);
      expect(await splitting(`a,b\n1,2\n${full}z${newline}`)).toMatchObject({
        code: 'CSV_ROW_TOO_LARGE',
        details: { row: 2, offset: 8, maxRecordBytes: 20 },
      });
    }
  });

  test('a quote that is never closed is named by its place, not by the end of the file', async () => {
    const error = await splitting(`a,b\n1,2\n3,"open\n${'4,5\n'.repeat(100)}`);
    expect(error).toMatchObject({ code: 'CSV_UNCLOSED_QUOTE', details: { row: 2, offset: 10 } });
    expect(error.message).toMatch(/opened at data row 2, byte offset 10 is never closed within 20 bytes/);
  });

  test('a quote that closes too late is an unclosed one', async () => {
    expect(await splitting(`a,b\n"${'x'.repeat(30)}",2\n`)).toMatchObject({
      code: 'CSV_UNCLOSED_QUOTE',
      details: { row: 1, offset: 4 },
    });
  });

  test('an open quote at the end of a small file is named, too', async () => {
    expect(await splitting('a,b\n1,"')).toMatchObject({ code: 'CSV_UNCLOSED_QUOTE', details: { row: 1, offset: 6 } });
  });

  test('no newline at all in a large file fails early', async () => {
    let pulled = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      const piece = Buffer.alloc(64 * 1024, 'x');
      for (;;) {
        pulled += piece.length;
        yield piece;
      }
    };
    const scanning = (async () => {
      for await (const _ of planChunks(endless(), { dialect: comma }));
    })();
    expect(await failureOf(scanning)).toMatchObject({ code: 'CSV_ROW_TOO_LARGE' });
    expect(pulled).toBeLessThan(2 * defaultLimits.maxRecordBytes);
  });

  test('a row with too many fields is a reject that says so once', async () => {
    const { store, chunks } = await splitText('a,b\n1,2,3,4\n1,2,3,4,5\n1,2\n', { limits });
    const { rows, rejects } = await see(readRows(chunks[0]!, { store }));
    expect(rows).toHaveLength(1);
    expect(rejects.map(({ codes }) => codes)).toEqual([['ROW_FIELD_COUNT'], ['ROW_TOO_MANY_FIELDS']]);
  });

  test('messages of rejects read well and hold no content of the row', async () => {
    const { store, chunks } = await splitText('a,b\nSECRET,2,3\n"SECRET"SECRET,2\n1,2,3,4,SECRET\n', {
      limits: { ...limits, maxFieldBytes: 5 },
    });
    const messages: string[] = [];
    for await (const { rejects } of readRows(chunks[0]!, { store }))
      for (const { issues } of rejects) messages.push(...issues.map(({ message }) => message));
    expect(messages.length).toBeGreaterThanOrEqual(5);
    for (const message of messages) expect(message).not.toMatch(/SECRET|undefined|NaN/);
  });

  test('the place of a byte that is no UTF-8 is told', async () => {
    for (const bad of [[0xe9], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80], [0xe2, 0x82], [0x80]]) {
      const bytes = Buffer.concat([Buffer.from('a,b\né1,é'), Buffer.from(bad), Buffer.from(',x\n')]);
      const { store, chunks } = await splitText(bytes);
      for await (const { rejects } of readRows(chunks[0]!, { store }))
        expect(rejects[0]?.issues.find(({ code }) => code === 'ROW_ENCODING')?.message).toBe(
          'is not valid UTF-8 (byte offset 10)',
        );
    }
  });

  test.each([
    ['chunkBytes', 0],
    ['chunkBytes', 1.5],
    ['chunkBytes', Number.NaN],
    ['chunkRows', 0],
    ['chunkRows', -1],
  ])('%s of %d is refused', async (option, value) => {
    expect(await splitting('a\n1\n', { [option]: value })).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { option },
    });
  });

  test('chunks of no bytes are no chunks', async () => {
    for await (const _ of planChunks(slicesOf(new Uint8Array(), [1]), { dialect: comma })) expect.unreachable();
  });
});

describe('offsets beyond 32 bits', () => {
  test.each([2 ** 31 - 3, 2 ** 32 - 3, 5 * 1024 ** 3, 50 * 1024 ** 4])('start at %d and stay exact', async (offset) => {
    const planned = [];
    const bytes = Buffer.from('1,2\n3,4\n5,"6\n');
    const scan = (text: Buffer) =>
      planChunks(slicesOf(text, [2]), { dialect: comma, offset, firstRow: 2 ** 33, chunkRows: 1 });
    for await (const chunk of scan(bytes.subarray(0, 8))) planned.push(chunk);
    expect(planned).toEqual([
      { start: offset, end: offset + 4, firstRow: 2 ** 33, rowCount: 1 },
      { start: offset + 4, end: offset + 8, firstRow: 2 ** 33 + 1, rowCount: 1 },
    ]);
    const scanning = (async () => {
      for await (const _ of scan(bytes));
    })();
    expect(await failureOf(scanning)).toMatchObject({ details: { offset: offset + 10, row: 2 ** 33 + 2 } });
  });
});
