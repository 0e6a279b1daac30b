import { type CsvDialect, type CsvEncoding, type CsvLimits, defaultLimits } from '@pipeline/core';
import { createCursor } from '../scan/cursor.ts';
import { createScanMemory } from '../scan/memory.ts';
import { advance, createScanner } from '../scan/scanner.ts';
import { unitSpace } from './unit-space.ts';

/** Which record is judged. */
export interface JudgeRecordOptions {
  readonly dialect: Omit<CsvDialect, 'newline'>;
  readonly limits?: CsvLimits;
  readonly encoding?: CsvEncoding | undefined;
  /** Offset of the record. */
  readonly offset: number;
  readonly row: number;
}

const windowBytes = 64 * 1024;

/**
 * Reads one record, with the comments in front of it, and nothing behind it; returns if it keeps to the caps.
 *
 * @param bytes - from the record's first to the source's end; no more of them are pulled than are needed
 * @throws PipelineSourceError `CSV_UNCLOSED_QUOTE`, `CSV_ROW_TOO_LARGE`
 */
export const judgeRecord = async (
  bytes: AsyncIterable<Uint8Array>,
  { dialect, limits = defaultLimits, encoding = 'utf-8', offset, row }: JudgeRecordOptions,
): Promise<void> => {
  const space = unitSpace(encoding, offset);
  const memory = createScanMemory({ windowBytes, fields: false, plain: true });
  const scanner = createScanner({ dialect, limits: space.limits(limits), row, memory, fields: false });
  const cursor = createCursor(space.toUnits(offset));
  const look = (): void => advance(memory, cursor, scanner.scanRecord(0, cursor.filled, cursor));
  try {
    for await (const piece of bytes) {
      const narrow = space.narrow(piece);
      for (let from = 0; from < narrow.length; ) {
        const room = Math.min(narrow.length - from, windowBytes - cursor.filled);
        memory.bytes.set(narrow.subarray(from, from + room), cursor.filled);
        cursor.filled += room;
        from += room;
        look();
        if (cursor.records > 0) return;
      }
    }
    cursor.final = true;
    look();
    if (cursor.records === 0) scanner.end(cursor.filled, cursor);
  } catch (error) {
    throw space.error(error, limits);
  }
};
