import { defaultLimits, type RecordPolicy } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { parseRows, planChunks, readRows, scanRange, split } from '../src/index.ts';
import {
  comma,
  failureOf,
  input,
  locations,
  runOf,
  see,
  slicesOf,
  splitText,
  storeWith,
  untilFailure,
} from './helpers.ts';

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

  test('a comment keeps to the cap of a record, whatever ends it', async () => {
    const commented = { dialect: { comment: '#' }, limits };
    const full = `#${'x'.repeat(19)}`;
    for (const newline of ['', '\n', '\r\n']) {
      const { manifest } = await splitText(`a,b\n1,2\n${full}${newline}`, commented);
      expect(manifest.rowCount).toBe(1);
      expect(await splitting(`a,b\n1,2\n${full}x${newline}`, commented)).toMatchObject({
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

  test.each(['utf-8', 'utf-16le'] as const)('what can be read comes before the error, in %s', async (encoding) => {
    const bytes = Buffer.from('1,é\n3,4\n5,"open\n6,7\n', encoding === 'utf-8' ? 'utf8' : 'utf16le');
    const reading = untilFailure(
      parseRows(slicesOf(bytes, [7]), { columns: ['a', 'b'], dialect: comma, encoding, batchRows: 1 }),
    );
    const { rows } = await see(reading.batches());
    expect(rows.map(({ values }) => values)).toEqual([
      ['1', 'é'],
      ['3', '4'],
    ]);
    expect(reading.failure()).toMatchObject({
      code: 'CSV_UNCLOSED_QUOTE',
      details: { row: 3, offset: encoding === 'utf-8' ? 11 : 20 },
    });
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

describe('a file fails where a policy says so, at the first record that is not as it should be', () => {
  const broken: readonly [string, RecordPolicy, string | Uint8Array, string][] = [
    ['ragged', { ragged: 'error' }, '5\n6\n', 'ROW_FIELD_COUNT'],
    ['too many fields', { ragged: 'error' }, '1,2,3\n', 'ROW_FIELD_COUNT'],
    ['more fields than any record may have', { ragged: 'error' }, '1,2,3,4,5\n', 'ROW_TOO_MANY_FIELDS'],
    ['too many fields, though short ones are filled up', { ragged: 'pad' }, '1\n1,2,3\n', ''],
    ['blank', { empty: 'error' }, '\n', 'ROW_FIELD_COUNT'],
    ['bytes after a closing quote', { malformed: 'error' }, '"1"x,2\n', 'ROW_BAD_QUOTE'],
    ['invalid text', { malformed: 'error' }, Buffer.from('\xe9,2\n', 'latin1'), 'ROW_ENCODING'],
    ['a NUL', { malformed: 'error' }, '1,\0\n', 'ROW_NUL'],
    ['a long field', { malformed: 'error' }, '123456,2\n', 'ROW_FIELD_TOO_LARGE'],
    ['ragged, where only blank lines are errors', { empty: 'error' }, '5\n', ''],
    ['blank, where only ragged rows are errors', { ragged: 'error' }, '\n', ''],
    ['ragged, where only malformed ones are errors', { malformed: 'error' }, '5\n', ''],
  ];
  test.each(broken)('%s', async (_, records, bad, issue) => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,2\n'), Buffer.from(bad), Buffer.from('3,4\n')]);
    const { store, chunks } = await splitText(bytes, { records, limits: { ...limits, maxFieldBytes: 5 } });
    const reading = see(readRows(chunks[0]!, { store }));
    if (issue === '') {
      expect((await reading).rejects).toHaveLength(1);
      return;
    }
    const error = await failureOf(reading);
    expect(error).toMatchObject({ code: 'CSV_BAD_RECORD', details: { row: 2, offset: 8, issue } });
    expect(error.message).toMatch(/^CSV_BAD_RECORD: a record at data row 2, byte offset 8 has|is not/);
  });
});

describe('what was called with less than the readers check', () => {
  test('a column named like the prototype is a column', async () => {
    for await (const { rows } of parseRows(slicesOf(Buffer.from('1,2\n'), [4]), {
      columns: ['a', '__proto__'],
      dialect: comma,
    })) {
      expect(Object.getOwnPropertyDescriptor(rows[0], '__proto__')?.value).toBe('2');
      expect(Object.getPrototypeOf(rows[0])).toBe(Object.prototype);
    }
  });

  test('a range is scanned in no dialect that the scanner would misread', async () => {
    const range = { gridStart: 0, stepBytes: 10, firstCell: 0, endCell: 1, sourceEnd: 5 };
    const scanning = scanRange(slicesOf(Buffer.from('a||b\n'), [5]), {
      dialect: { delimiter: '||', quote: '"' },
      ...range,
    });
    expect(await failureOf(scanning)).toMatchObject({ code: 'CONFIG_INVALID', details: { option: 'dialect' } });
  });
});
