import { defaultLimits } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import {
  type PlannedChunk,
  parseRows,
  planChunks,
  type RangeScan,
  rangeBytes,
  reduceScans,
  scanRange,
} from '../../src/index.ts';
import { comma, failureOf, slicesOf } from '../helpers.ts';

/** Every record of the source says where it stands, so the source needs no place: 32 bytes each. */
const recordBytes = 32;
const recordAt = (offset: number): string => `${offset.toString().padStart(21, '0')},"a\n""b",x\n`;
async function* sourceFrom(start: number, end: number): AsyncGenerator<Uint8Array> {
  const pieceBytes = 1000 * recordBytes;
  for (let offset = start - (start % recordBytes); offset < end; offset += pieceBytes) {
    const records = Array.from({ length: pieceBytes / recordBytes }, (_, i) => recordAt(offset + i * recordBytes));
    const piece = Buffer.from(records.join(''));
    yield piece.subarray(Math.max(0, start - offset), Math.min(piece.length, end - offset));
  }
}
const sourceBytes = 400_000 * recordBytes;

/** 2 GiB and 4 GiB, which are the ends of 32 bits, fall into the middle of what is read; then much further out. */
const starts = [2 ** 31 - 6_400_000, 2 ** 32 - 6_400_000, 50 * 2 ** 40, 2 ** 52];

test('the records are as long as they are said to be', () => {
  expect(Buffer.byteLength(recordAt(2 ** 52))).toBe(recordBytes);
});

describe.each(starts)('offsets from %d on', (start) => {
  const end = start + sourceBytes;

  test('are those of the rows', async () => {
    let next = start;
    const rows = parseRows(sourceFrom(start, end), {
      columns: ['offset', 'b', 'c'],
      dialect: comma,
      sourceOffset: start,
      firstRow: start / recordBytes + 1,
    });
    for await (const { records, positions } of rows) {
      expect(positions).toHaveLength(records.length);
      for (const position of positions) {
        const place = [records.byteOffset(position), Number(records.field(position, 0)), records.rowNumber(position)];
        if (place.join() !== [next, next, next / recordBytes + 1].join()) expect(place).toBe(next);
        next += recordBytes;
      }
    }
    expect(next).toBe(end);
  });

  test("are those of the chunks, laid on a grid from the source's beginning", async () => {
    const chunkBytes = 1024 * 1024;
    const stepBytes = chunkBytes - chunkBytes / 32;
    const options = { dialect: comma, chunkBytes, offset: start, gridStart: 0, firstRow: start / recordBytes + 1 };
    let next = start;
    for await (const chunk of planChunks(sourceFrom(start, end), options)) {
      const cellEnd = (Math.floor(next / stepBytes) + 1) * stepBytes;
      const wanted = Math.min(end, Math.ceil(cellEnd / recordBytes) * recordBytes);
      expect(chunk).toEqual({
        start: next,
        end: wanted,
        firstRow: next / recordBytes + 1,
        rowCount: (wanted - next) / recordBytes,
      });
      next = chunk.end;
    }
    expect(next).toBe(end);
  });

  test('are those of ranges that are scanned apart', async () => {
    const grid = { gridStart: start, stepBytes: 1_000_003, sourceEnd: end };
    const scans: RangeScan[] = [];
    for (let firstCell = 0; start + firstCell * grid.stepBytes < end; firstCell += 3) {
      const range = { ...grid, firstCell, endCell: firstCell + 3 };
      const bytes = rangeBytes(range);
      scans.push(await scanRange(sourceFrom(bytes.start, bytes.end), { dialect: comma, ...range }));
    }
    const chunks: PlannedChunk[] = [];
    const mostBytes = 1_100_000;
    const judge = async (): Promise<void> => expect.unreachable();
    const reducing = {
      start,
      firstRow: 2 ** 40,
      sourceEnd: end,
      mostBytes,
      suspectBytes: defaultLimits.maxRecordBytes,
      judge,
    };
    for await (const chunk of reduceScans(scans, reducing)) chunks.push(chunk);
    const wanted: PlannedChunk[] = [];
    for (let cell = 0, at = start; at < end; cell++) {
      const border = Math.min(end, start + Math.ceil(((cell + 1) * grid.stepBytes) / recordBytes) * recordBytes);
      const firstRow = 2 ** 40 + (at - start) / recordBytes;
      wanted.push({ start: at, end: border, firstRow, rowCount: (border - at) / recordBytes });
      at = border;
    }
    expect(chunks).toEqual(wanted);
  });

  test('are those of errors', async () => {
    const rest = Buffer.from('1,2\n3,4\n5,"6\n');
    const planning = async (): Promise<void> => {
      const options = { dialect: comma, offset: start, firstRow: 2 ** 33, chunkRows: 1 };
      for await (const _ of planChunks(slicesOf(rest, [2]), options));
    };
    expect(await failureOf(planning())).toMatchObject({ details: { offset: start + 10, row: 2 ** 33 + 2 } });
    const reading = async (): Promise<void> => {
      const options = { columns: ['a', 'b'], dialect: comma, sourceOffset: start, firstRow: 2 ** 33 };
      for await (const _ of parseRows(slicesOf(rest, [2]), options));
    };
    expect(await failureOf(reading())).toMatchObject({ details: { offset: start + 10, row: 2 ** 33 + 2 } });
  });
});
