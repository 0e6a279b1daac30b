import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createRunContext, formatRef, PipelineError } from '@pipeline/core';
import { memoryStore } from '@pipeline/core/memory';
import { csvLookup } from '@pipeline/enrich';
import { UsageError } from '../exit-codes.ts';
import { formatBytes } from '../progress/text.ts';
import { type CsvFile, findFile, readCsvHeader } from './read-files.ts';

/** A reference file that fits the input. */
export interface Reference {
  readonly path: string;
  /** Names the look-up in rejects and errors. */
  readonly name: string;
  readonly key: string;
  readonly columns: readonly string[];
  readonly delimiter: string;
}

/** All of it is held in memory by each worker. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Checks a reference file against the input, reading all of it as the workers will.
 *
 * @throws UsageError when it does not fit, is malformed, or has a key twice
 */
export const checkReference = async (given: string, key: string, input: CsvFile): Promise<Reference> => {
  const flag = `--lookup ${given}`;
  const file = await findFile(given);
  if (file.sizeBytes > maxBytes)
    throw new UsageError(
      `${flag} has ${formatBytes(file.sizeBytes)}; at most ${formatBytes(maxBytes)} are held in memory`,
    );
  if (!input.columns.includes(key)) throw new UsageError(noColumn('--key', key, input));
  const header = await readKeyedHeader(given, key, input.delimiter);
  const columns = header.columns.filter((column) => column !== key);
  if (columns.length === 0) throw new UsageError(`${flag} has no column beside ${quote(key)}, so it adds nothing`);
  const both = columns.find((column) => input.columns.includes(column));
  if (both !== undefined)
    throw new UsageError(
      `${flag} has the column ${quote(both)}, which ${input.path} has too; rename or remove it in one of them`,
    );
  const name = path.parse(given).name.replaceAll('|', '_'); // issues are counted under code|rule|column
  const reference = { path: given, name, key, columns, delimiter: header.delimiter };
  await readAll(reference);
  return reference;
};

/** The reference file may have another delimiter than the input: the first is taken that shows the key. */
const readKeyedHeader = async (given: string, key: string, delimiter: string): Promise<CsvFile> => {
  const file = await findFile(given);
  const first = await readCsvHeader(file, { delimiter });
  if (first.columns.includes(key)) return first;
  for (const other of [',', ';', '\t', '|'].filter((one) => one !== delimiter)) {
    const header = await readCsvHeader(file, { delimiter: other }).catch(() => undefined);
    if (header?.columns.includes(key)) return header;
  }
  throw new UsageError(noColumn('--key', key, first));
};

const readAll = async ({ path: given, name, key, columns, delimiter }: Reference): Promise<void> => {
  const store = memoryStore();
  const source = { bucket: 'reference', key: name };
  await store.write(source, await readFile(given));
  try {
    await csvLookup({ name, store, source, keyColumn: key, columns, dialect: { delimiter } }).loadMany(
      [],
      createRunContext(),
    );
  } catch (error) {
    if (!PipelineError.is(error)) throw error;
    const reason = String(error.details.reason ?? error.message);
    throw new UsageError(`--lookup ${reason.replaceAll(formatRef(source), given)}`);
  }
};

const quote = (text: string): string => JSON.stringify(text);

/** One line that says which columns there are, as many as fit. */
export const noColumn = (option: string, column: string, { path: given, columns, delimiter }: CsvFile): string => {
  const shown = columns.slice(0, 12).join(', ');
  const more = columns.length > 12 ? `, and ${columns.length - 12} more` : '';
  const hint = otherDelimiter(columns, delimiter);
  return `${option}: ${given} has no column ${quote(column)}; it has ${shown}${more}${hint === undefined ? '' : `; its delimiter may be ${quote(hint)}`}`;
};

/** The delimiter that a header of one column seems to have. */
export const otherDelimiter = (columns: readonly string[], delimiter: string): string | undefined =>
  columns.length === 1
    ? [',', ';', '\t', '|'].find((one) => one !== delimiter && columns[0]!.includes(one))
    : undefined;
