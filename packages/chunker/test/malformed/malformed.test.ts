import { passThrough, type RowIssue, readBytes, readJsonLines } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { processChunk, type RejectLine, readObjectRows, readRows, type SplitOptions } from '../../src/index.ts';
import { failureOf, input, locations, runOf, slicing, splitText, storeWith } from '../helpers.ts';
import { groups } from './manifest.ts';
import { bytesOf, type Malformed } from './notation.ts';

/** How a file is cut into chunks. */
const plans: readonly [string, Partial<SplitOptions>][] = [
  ['as one chunk', {}],
  ['a chunk for every record', { chunkRows: 1 }],
  ['chunks of a few bytes', { chunkBytes: 8 }],
  ['scanned side by side', { chunkBytes: 8, plan: 'parallel' }],
  ['written as objects', { chunkBytes: 16, materialize: true }],
];

interface Account {
  readonly rows: string[];
  readonly rejects: { readonly told: string; readonly byteOffset: number; readonly faults: readonly number[] }[];
  /** Data rows of the rows that survive. */
  readonly numbers: number[];
  strays: number;
}

const emptyAccount = (): Account => ({ rows: [], rejects: [], numbers: [], strays: 0 });

/** `2 ROW_NUL note`: data row, codes, columns; and the places that the messages name. */
const tell = (rowNumber: number, byteOffset: number, issues: readonly RowIssue[]): Account['rejects'][number] => {
  const columns = [...new Set(issues.flatMap(({ column }) => column ?? []))];
  return {
    told: [rowNumber, issues.map(({ code }) => code).join('+'), ...columns].join(' '),
    byteOffset,
    faults: issues.flatMap(({ message }) => {
      const place = /\(byte offset ([\d,]+)\)/.exec(message)?.[1];
      return place === undefined ? [] : [Number(place.replaceAll(',', ''))];
    }),
  };
};

const take = async (account: Account, batches: ReturnType<typeof readRows>): Promise<void> => {
  for await (const { records, positions, rejects, warnings } of batches) {
    for (const position of positions) {
      account.rows.push(records.values(position).join('·'));
      account.numbers.push(records.rowNumber(position));
    }
    for (const { rowNumber, byteOffset, issues } of rejects) account.rejects.push(tell(rowNumber, byteOffset, issues));
    account.strays += warnings['ROW_STRAY_QUOTE|quotes|'] ?? 0;
  }
};

const holds = (account: Account, wanted: Malformed): void => {
  const { records, faults } = bytesOf(wanted);
  expect(account.rows).toEqual(wanted.rows);
  expect(account.rejects.map(({ told }) => told)).toEqual(wanted.rejects);
  expect(account.rejects.map(({ byteOffset }) => byteOffset)).toEqual(records);
  expect(account.rejects.flatMap((reject) => reject.faults)).toEqual(faults);
  expect(account.strays).toBe(wanted.strayQuotes);
  // Rows in = rows out + rejected: together they are numbered without a gap.
  const rejected = wanted.rejects.map((told) => Number.parseInt(told, 10));
  const all = Array.from({ length: rejected.length + wanted.rows.length }, (_, i) => i + 1);
  expect([...account.numbers, ...rejected].sort((a, b) => a - b)).toEqual(all);
};

/** `[data row ]code[ @offset in the packed file][ column]`, and the offset. */
const failsAs = async (work: Promise<unknown>, wanted: Malformed, packedBytes: number): Promise<void> => {
  const { code, details, message, name } = await failureOf(work);
  const stated = /^(?:(\d+) )?([A-Z_]+)(?: @([-\d?]+))?(?: (.*))?$/s.exec(wanted.fails!)!;
  const [, row, wantedCode, packedOffset, column] = stated;
  const fromEnd = packedOffset?.startsWith('-') ? packedBytes : 0;
  const at = packedOffset === undefined ? bytesOf(wanted).faults[0] : fromEnd + Number(packedOffset);
  expect({ code, row: details.row, offset: details.offset, column: details.column }).toEqual({
    code: wantedCode,
    row: row === undefined ? undefined : Number(row),
    offset: Number.isNaN(at) ? expect.any(Number) : at,
    column,
  });
  expect(name).toBe('PipelineSourceError');
  expect(message).not.toMatch(/undefined|NaN|\[object/);
};

test('the manifest has at least 320 files, each under a name of its own', () => {
  const names = groups.flatMap(([group, files]) => files.map(({ name }) => `${group}: ${name}`));
  expect(names.length).toBeGreaterThanOrEqual(320);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(groups)('%s', (_, files) => {
  test.each(files.map((file) => [file.name, file] as const))('%s', async (__, file) => {
    const { bytes: plain } = bytesOf(file);
    const bytes = file.packed?.(plain) ?? plain;
    const { dialect, ...source } = file.options;
    // A packed file has no ranges to scan side by side; a large one is read once.
    const fitting = plans.filter(([, { plan }]) => file.packed === undefined || plan === undefined);
    const tried = plain.length > 1_000_000 ? fitting.slice(0, 1) : fitting;

    const whole = async (sizes: readonly number[]): Promise<Account> => {
      const { columns: ___, ...opening } = source;
      const store = slicing(await storeWith(bytes), sizes);
      const account = emptyAccount();
      await take(account, readObjectRows(input, { store, ...dialect, ...opening }));
      return account;
    };
    const chunked = async (plan: Partial<SplitOptions>): Promise<Account> => {
      const { store, chunks } = await splitText(bytes, { ...file.options, ...plan });
      const account = emptyAccount();
      for (const chunk of chunks) await take(account, readRows(chunk, { store }));
      return account;
    };

    if (file.fails !== undefined) {
      const sliced = file.options.columns === undefined && plain.length < 10_000 ? [[1_000_000], [1]] : [];
      for (const sizes of sliced) await failsAs(whole(sizes), file, bytes.length);
      for (const [, plan] of tried) await failsAs(chunked(plan), file, bytes.length);
      return;
    }
    for (const sizes of [[1_000_000], [1], [2, 3]]) holds(await whole(sizes), file);
    for (const [, plan] of tried) holds(await chunked(plan), file);

    const { store, manifest, chunks } = await splitText(bytes, { ...file.options, chunkBytes: 16 });
    expect(manifest.rowCount).toBe(file.rows.length + file.rejects.length);
    const told: string[] = [];
    for (const chunk of chunks) {
      const result = await processChunk(chunk, passThrough(), { store, locations, run: runOf() });
      expect(result.rowsRead).toBe(result.rowsWritten + result.rowsRejected);
      if (result.rejects !== undefined)
        for await (const line of readJsonLines<RejectLine>(store, result.rejects.object))
          told.push(tell(line.rowNumber, line.byteOffset, line.issues).told);
      const { text: ___ = {}, ...written } = file.options;
      const output = await readBytes(store, result.output.object);
      expect(output.length > 0).toBe(result.rowsWritten > 0 || (chunk.index === 0 && written.header !== 'none'));
    }
    expect(told).toEqual(file.rejects);
  });
});
