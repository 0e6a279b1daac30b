import type { CsvRecord, Rows } from '@pipeline/core';
import { expect } from 'vitest';

/** The values of all rows and where they stand; the test fails where two ways of reading them disagree. */
export const rowsByAllWays = async (
  batches: Rows<CsvRecord>,
): Promise<{ readonly values: string[][]; readonly offsets: number[] }> => {
  const all: string[][] = [];
  const offsets: number[] = [];
  for await (const { records, positions, rows, rejects } of batches) {
    expect(rejects).toEqual([]);
    const values = positions.map((position) => records.values(position));
    const fields = positions.map((position) => records.columns.map((_, column) => records.field(position, column)));
    expect(fields).toEqual(values);
    expect(rows.map((row) => records.columns.map((name) => row[name]))).toEqual(values);
    expect(rows.every((row) => Object.keys(row).length === records.columns.length)).toBe(true);
    all.push(...values);
    offsets.push(...positions.map((position) => records.byteOffset(position)));
  }
  return { values: all, offsets };
};
