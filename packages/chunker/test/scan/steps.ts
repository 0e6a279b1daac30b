import { PipelineError } from '@pipeline/core';
import { createCursor } from '../../src/scan/cursor.ts';
import type { ScanDialect } from '../../src/scan/dialect-bytes.ts';
import { createScanMemory, type ScanMemory } from '../../src/scan/memory.ts';
import { advance, createScanner } from '../../src/scan/scanner.ts';

const windowBytes = 256 * 1024;
/** One for each way of scanning, made when it is first wanted. */
const memories = new Map<string, ScanMemory>();
const memoryFor = (plain: boolean, fields: boolean): ScanMemory => {
  const key = `${plain} ${fields}`;
  const memory = memories.get(key) ?? createScanMemory({ windowBytes, fields, plain });
  memories.set(key, memory);
  return memory;
};

/** The steps that it takes to scan the text in windows, to its end or to its first error: with the kernel, or without it. */
export const stepsOf = (
  bytes: Uint8Array,
  dialect: ScanDialect,
  maxRecordBytes: number,
  { plain = false, fields = false }: { readonly plain?: boolean; readonly fields?: boolean } = {},
): number => {
  const memory = memoryFor(plain, fields);
  const scanner = createScanner({ dialect, limits: { maxRecordBytes }, memory, fields });
  const cursor = createCursor(0);
  try {
    for (let from = 0; from < bytes.length; ) {
      const room = Math.min(bytes.length - from, windowBytes - cursor.filled);
      memory.bytes.set(bytes.subarray(from, from + room), cursor.filled);
      from += room;
      cursor.filled += room;
      Object.assign(memory.tables, { endCount: 0, recordCount: 0, flagged: [] });
      cursor.final = from === bytes.length;
      advance(memory, cursor, scanner.scan(0, cursor.filled, cursor));
    }
    scanner.end(cursor.filled, cursor);
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
  }
  return cursor.steps;
};
