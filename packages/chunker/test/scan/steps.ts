import { PipelineError } from '@pipeline/core';
import { createCursor, type ScanDialect } from '../../src/scan/machine.ts';
import { createScanMemory } from '../../src/scan/memory.ts';
import { advance, createScanner } from '../../src/scan/scanner.ts';

const windowBytes = 256 * 1024;
const memories = [true, false].map((plain) => createScanMemory({ windowBytes, fields: false, plain }));

/** The steps that it takes to scan the text in windows, to its end or to its first error: with the kernel, or without it. */
export const stepsOf = (
  bytes: Uint8Array,
  dialect: ScanDialect,
  maxRecordBytes: number,
  { plain = false }: { readonly plain?: boolean } = {},
): number => {
  const memory = memories[plain ? 0 : 1]!;
  const scanner = createScanner({ dialect, limits: { maxRecordBytes }, memory, fields: false });
  const cursor = createCursor(0);
  try {
    for (let from = 0; from < bytes.length; ) {
      const room = Math.min(bytes.length - from, windowBytes - cursor.filled);
      memory.bytes.set(bytes.subarray(from, from + room), cursor.filled);
      from += room;
      cursor.filled += room;
      cursor.final = from === bytes.length;
      advance(memory, cursor, scanner.scan(0, cursor.filled, cursor));
    }
    scanner.end(cursor.filled, cursor);
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
  }
  return cursor.steps;
};
