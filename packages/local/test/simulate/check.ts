import { errorCodes } from '@pipeline/core';
import type { MemoryStore } from '@pipeline/core/memory';
import { bucket } from './sim-functions.ts';
import { canary, fileOf } from './sim-job.ts';
import type { SimWorld } from './sim-world.ts';
import type { Upload } from './simulate.ts';

type Demand = (holds: boolean, text: string) => void;

/** What does not hold of the invariants of docs/architecture.md, in words. */
export const violationsOf = async (world: SimWorld, uploads: readonly Upload[]): Promise<readonly string[]> => {
  const found: string[] = [...world.crimes];
  const demand: Demand = (holds, text) => {
    if (!holds) found.push(text);
  };
  for (const upload of uploads) await checkBatch(world, upload, demand);
  const batches = new Set(uploads.map(({ batchId }) => batchId));
  for (const key of world.memory.keys()) {
    const [, batchId] = /^orders\/batches\/([^/]+)\//.exec(key) ?? [];
    const known = batchId === undefined ? /^orders\/(input|input_archive|failed)\//.test(key) : batches.has(batchId);
    demand(known, `I3: ${key} lies where nothing should`);
  }
  await checkUploads(world, demand);
  const told = JSON.stringify([world.logs, world.mails]);
  demand(!told.includes(canary), 'I7: row content in a log or mail');
  return found;
};

/**
 * No upload stays open but those that nobody could end: its process died, its id or the call that should have aborted it was
 * lost. A lifecycle rule ends them. One that is noted for the next try of a merge is ended by that.
 */
const checkUploads = async ({ memory, uploads, statuses }: SimWorld, demand: Demand): Promise<void> => {
  const noted = new Map<string, string>();
  for (const key of memory.keys()) {
    const [, path, batchId] = /^[^/]+\/(batches\/([^/]+)\/.*merge\/r\d+\.json)$/.exec(key) ?? [];
    if (path === undefined || batchId === undefined) continue;
    const { uploadId } = JSON.parse((await textOf(memory, path)) ?? '{}') as { uploadId: string };
    noted.set(uploadId, batchId);
  }
  for (const { ref, by, unknown, abortFailed } of uploads) {
    if ((await memory.listParts(ref)) === undefined) continue;
    const batchId = noted.get(ref.uploadId);
    const succeeded = [...statuses].some(([arn, status]) => arn.includes(batchId ?? '-') && status === 'SUCCEEDED');
    const excused = by === undefined || by.dead || unknown || abortFailed;
    if (batchId === undefined || by?.dead === true)
      demand(excused, `I3: the upload of ${ref.object.key} was left open by ${by?.caller}`);
    else demand(!succeeded, `I3: the upload that is noted for ${ref.object.key} was left open`);
  }
};

const textOf = async (memory: MemoryStore, key: string): Promise<string | undefined> => {
  if (!memory.keys().includes(`${bucket}/${key}`)) return undefined;
  let text = '';
  for await (const piece of memory.read({ bucket, key })) text += Buffer.from(piece).toString();
  return text;
};

interface Report {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsRejected: number;
  readonly chunks: readonly {
    readonly index: number;
    readonly attempt: string;
    readonly rowsRead: number;
    readonly rowsWritten: number;
    readonly rowsRejected: number;
  }[];
}

const checkBatch = async (world: SimWorld, upload: Upload, demand: Demand): Promise<void> => {
  const { memory, statuses, mails, table } = world;
  const { batchId, version, rows } = upload;
  const at = (path: string): string => `batches/${batchId}/${path}`;
  const own = [...statuses].filter(([arn]) => arn.includes(batchId));
  demand(own.length > 0, `version ${version} was never started`);
  const succeeded = own.some(([, status]) => status === 'SUCCEEDED');
  // Only what was taken away from it may keep a batch from its end.
  demand(succeeded || upload.replacedAt !== undefined, `version ${version} ended ${own.map(([, status]) => status)}`);
  if (!succeeded) await checkReason(world, own, demand);

  const success = mails.filter(({ subject, text }) => text.includes(batchId) && !subject.includes('could not'));
  const record = JSON.parse((await textOf(memory, at('mail/success-r1.json'))) ?? '{}') as { status?: string };
  demand(success.length <= 1, `I4: ${success.length} success mails of version ${version}`);
  if (succeeded && success.length === 0)
    demand(record.status === 'UNKNOWN', `I4: no mail, its record is ${record.status}`);

  const text = await textOf(memory, at('output/r1/report.json'));
  demand(!succeeded || text !== undefined, `version ${version} succeeded without a report`);
  if (text === undefined) return;
  const report = JSON.parse(text) as Report;
  const source = fileOf(version, rows).trimEnd().split('\n').slice(1);
  const good = source.filter((line) => !line.includes(',bad,'));
  demand(report.rowsRead === rows, `I1: ${report.rowsRead} of ${rows} rows were read`);
  demand(report.rowsWritten === good.length, `I1: ${report.rowsWritten} of ${good.length} rows were written`);
  demand(report.rowsRead === report.rowsWritten + report.rowsRejected, 'I1: the batch does not add up');
  const askers = report.chunks.flatMap(({ attempt, rowsWritten }) =>
    Array.from({ length: rowsWritten }, () => attempt),
  );
  const expected = ['id,amount,note,asker', ...good.map((line, index) => `${line},${askers[index]}`), ''].join('\n');
  demand(
    (await textOf(memory, at('output/r1/orders.csv'))) === expected,
    `I2: the output of version ${version} mixes or lacks rows`,
  );
  const rejected = source.length - good.length;
  const inFile = ((await textOf(memory, at('output/r1/rejects.csv'))) ?? '').trimEnd().split('\n').length - 1;
  demand(inFile === Math.max(0, rejected) || rejected === 0, `I1: ${inFile} of ${rejected} rejects are in the file`);
  const inTable = [...table.keys()].filter((key) => key.startsWith(batchId)).length;
  if (succeeded) demand(inTable === rejected, `I1: ${inTable} of ${rejected} rejects are in the table`);
  if (!succeeded) return;
  const archived = await textOf(memory, `input_archive/${upload.key}/${upload.etag.replaceAll('"', '')}`);
  demand(archived === fileOf(version, rows), `I5: the archive has not the bytes of version ${version}`);
};

/** A batch that cannot end well says why, with a code that is documented. */
const checkReason = async (
  { states }: SimWorld,
  own: readonly (readonly [string, string])[],
  demand: Demand,
): Promise<void> => {
  for (const [executionArn, status] of own) {
    if (status === 'ABORTED') continue;
    const { error, cause } = (await states('DescribeExecution', { executionArn })) as {
      error?: string;
      cause?: string;
    };
    const code = /"errorMessage":"([A-Z_]+):/.exec(cause ?? '')?.[1];
    const documented =
      error === 'States.ExceedToleratedFailureThreshold' || (errorCodes as readonly string[]).includes(code ?? '');
    demand(documented, `I2: it ended with ${error}, which no document knows`);
  }
};
