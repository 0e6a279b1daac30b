import { type MendedFile, type MendedRecord, readMended } from '@pipeline/chunker';
import { type ChunkManifest, formatRef, type ObjectStore, PipelineSourceError, type RunContext } from '@pipeline/core';

/** A row of a mended file, by its data row in the source of the batch. */
export interface MendedRow {
  readonly row: number;
  readonly mended: MendedRecord;
}

/** The rows of a mended file, in the order of the source. */
export interface MendedRows {
  /** How many there are. */
  readonly count: number;
  /** Read anew for each iteration. */
  rows(): AsyncIterable<MendedRow>;
}

/** Refuses a mended file. Says rows and columns, never what stands in them. */
export type Refuse = (reason: string) => PipelineSourceError;

/** A file whose rows are in another order is sorted in memory, up to this size. */
const sortedBytes = 64 * 1024 * 1024;

export const refusing =
  ({ batchId }: Pick<ChunkManifest, 'batchId'>, { source }: MendedFile): Refuse =>
  (reason) =>
    new PipelineSourceError('REPLAY_REFUSED', { object: formatRef(source.object), batchId, reason });

/**
 * Holds a mended file against the batch, as far as the file alone shows it, and puts its rows in order.
 *
 * @throws PipelineSourceError `REPLAY_REFUSED` when it is of another batch, has other columns, or a row twice or none
 */
export const orderMended = async (
  manifest: ChunkManifest,
  file: MendedFile,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Promise<MendedRows> => {
  const refuse = refusing(manifest, file);
  const source = manifest.sources[0]!;
  const { columns } = file.source;
  if (columns.length !== source.columns.length || columns.some((name, i) => name !== source.columns[i]))
    throw refuse(`its columns are ${columns.join(', ')}, those of the batch are ${source.columns.join(', ')}`);
  if (!file.reserved.includes('__pipeline_row'))
    throw refuse('it has no column __pipeline_row, which says what each row is');

  const read = async function* (): AsyncGenerator<MendedRow> {
    for await (const mended of readMended(file, { store, run, text: source.text, records: source.records }))
      yield { row: rowOf(mended, manifest.batchId, refuse), mended };
  };
  let count = 0;
  let last = 0;
  let ordered = true;
  for await (const { row, mended } of read()) {
    count++;
    if (row === last) throw refuse(twice(row, mended));
    ordered &&= row > last;
    last = row;
  }
  if (ordered) return { count, rows: read };
  if (file.source.sizeBytes > sortedBytes)
    throw refuse(`its rows are not in their order, and it is too large to sort; sort it by __pipeline_row`);
  const all: MendedRow[] = [];
  for await (const row of read()) all.push(row);
  all.sort((a, b) => a.row - b.row);
  const again = all.find(({ row }, i) => i > 0 && row === all[i - 1]!.row);
  if (again !== undefined) throw refuse(twice(again.row, again.mended));
  return {
    count,
    async *rows() {
      yield* all;
    },
  };
};

const twice = (row: number, { fileRow }: MendedRecord): string =>
  `its row ${fileRow} is data row ${row} of the source a second time`;

const rowOf = ({ reserved, fileRow }: MendedRecord, batchId: string, refuse: Refuse): number => {
  const text = reserved.__pipeline_row?.trim() ?? '';
  const row = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (row < 1 || !Number.isSafeInteger(row))
    throw refuse(`its row ${fileRow} does not say which row it is: the last fields of a row must stay as they were`);
  const batch = reserved.__pipeline_batch?.trim() ?? '';
  if (batch !== '' && batch !== batchId) throw refuse(`its row ${fileRow} is of batch ${batch}`);
  return row;
};
