import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { DataFile } from './data.ts';
import { blocksOf } from './pieces.ts';
import type { Answer } from './work.ts';

/** How many objects a file is split into. */
export const partCount = 50;

export const rowsPerPart = (rows: number): number => Math.ceil(rows / partCount);

interface Part {
  readonly records: number;
  readonly header: string;
  /** It does not end inside quotes. */
  readonly whole: boolean;
}

/** A reader of its own for what contenders wrote: all quotes in the data are as RFC 4180 has them, so parity is enough. */
const readPart = (blocks: Iterable<Buffer>): Part => {
  let records = 0;
  let quoted = false;
  let last = 10;
  let header = '';
  for (const block of blocks) {
    header ||= block.toString('latin1', 0, Math.max(0, block.indexOf(10)));
    for (let i = 0; i < block.length; i++) {
      const byte = block[i]!;
      if (byte === 34) quoted = !quoted;
      else if (byte === 10 && !quoted) records++;
    }
    last = block.at(-1) ?? last;
  }
  return { records: last === 10 ? records : records + 1, header, whole: !quoted };
};

/** What lies in the parts that were written: their data records, and all that is odd about them. */
export const describeParts = (
  parts: Iterable<Iterable<Buffer>>,
  { columns }: Pick<DataFile, 'columns'>,
): Pick<Answer, 'rows' | 'parts' | 'remark'> => {
  const read = Array.from(parts, readPart);
  const header = columns.join(',');
  const headers = read.filter((part) => part.header.replaceAll('"', '').replace('\r', '') === header).length;
  const cut = read.filter((part) => !part.whole).length;
  const remark = [
    headers < read.length ? 'no headers' : '',
    cut > 0 ? `${cut} parts end inside quotes` : '',
    read.length === partCount ? '' : `${read.length} parts`,
  ];
  return {
    rows: read.reduce((sum, { records }) => sum + records, 0) - headers,
    parts: read.length,
    remark: remark.filter(Boolean).join(', '),
  };
};

/** The same of the CSV files in a folder. */
export const checkFolder = (out: string, file: DataFile): Pick<Answer, 'rows' | 'parts' | 'remark'> =>
  describeParts(
    readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.csv'))
      .map((entry) => blocksOf(path.join(entry.parentPath, entry.name))),
    file,
  );
