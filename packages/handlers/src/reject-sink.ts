import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { RejectLine } from '@pipeline/chunker';
import { type ChunkRef, type ChunkResult, PipelineDeliveryError, type RunContext } from '@pipeline/core';
import { inTime } from './in-time.ts';

/** Which plan a chunk belongs to. */
export type PlanOfChunk = Pick<ChunkRef, 'planMode' | 'planNumber'>;

/**
 * A place where people look rejected rows up. Writing the same rejects again changes nothing.
 *
 * In a sampled plan the worker does not know which data row its chunk begins with: rows count within the chunk there, while
 * byte offsets are always those of the file. Should that plan turn out wrong, its rejects stay and those of plan 2 are
 * written beside them, so they must differ in their keys.
 */
export interface RejectSink {
  /**
   * Takes the rejects of one committed chunk; called again when the chunk's work is tried again.
   *
   * @param chunk - which plan it belongs to. @default the batch's first plan, with rows that were counted
   */
  write(result: ChunkResult, rejects: AsyncIterable<RejectLine>, run: RunContext, chunk?: PlanOfChunk): Promise<void>;
  /**
   * Forgets rows of a chunk that a replay has brought into the output; rows that it does not have are no error.
   *
   * @param rows - numbers of rows, as in the rejects that were written
   */
  remove?(result: ChunkResult, rows: AsyncIterable<number>, run: RunContext, chunk?: PlanOfChunk): Promise<void>;
}

/** Which table rejects go to, and how long they stay there. */
export interface RejectTableOptions {
  /** Its role needs `dynamodb:BatchWriteItem` on the table. */
  readonly client: DynamoDBClient;
  /** Name of a table with partition key `pk` (string) and sort key `row` (number). */
  readonly tableName: string;
  /** Days until `expiresAt` (epoch seconds), for the table's time to live. @default never */
  readonly keepDays?: number;
}

/** Items may have 400 KB; the original text is cut so that issues and keys fit beside it. */
const maxRawBytes = 300_000;
const mostIssues = 50;
const itemsPerCall = 25;
const maxTries = 8;

/**
 * Rejects in a DynamoDB table, keyed by batch and chunk (a batch alone would be a hot partition) and row: `<batch>#<chunk>`,
 * `<batch>#p2#<chunk>` for chunks of the plan that took the place of a sampled one. Items of a sampled plan have
 * `rowWithin: 'chunk'`, because their `row` counts within the chunk; those of a batch that has items under `#p2#` are void.
 * Keys: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 *
 * @throws from `write`: PipelineDeliveryError `DELIVERY_FAILED`
 * @example
 * const rejectSink = rejectTable({ client: new DynamoDBClient(), tableName: 'orders-rejects', keepDays: 90 });
 * export const handler = createProcessHandler({ stage: validate(rule), store, locations, rejectSink });
 */
export const rejectTable = ({ client, tableName, keepDays }: RejectTableOptions): RejectSink => {
  const putAll = async (requests: WriteRequest[], run: RunContext): Promise<void> => {
    let left = requests;
    for (let tried = 1; left.length > 0; tried++) {
      try {
        const request = new BatchWriteItemCommand({ RequestItems: { [tableName]: left } });
        const { UnprocessedItems } = await inTime(run, (abort) => client.send(request, abort));
        left = UnprocessedItems?.[tableName] ?? [];
      } catch (error) {
        run.signal.throwIfAborted();
        throw new PipelineDeliveryError(
          'DELIVERY_FAILED',
          { what: `reject records for table ${tableName}`, reason: (error as Error).name },
          { cause: error },
        );
      }
      if (left.length === 0) return;
      if (tried === maxTries)
        throw new PipelineDeliveryError('DELIVERY_FAILED', {
          what: `reject records for table ${tableName}`,
          reason: `${left.length} were left unprocessed ${maxTries} times`,
        });
      await run.timers.sleep(run.random() * Math.min(5_000, 50 * 2 ** tried), run.signal);
    }
  };

  const writeAll = async <T>(
    all: AsyncIterable<T>,
    requestOf: (one: T) => WriteRequest,
    run: RunContext,
  ): Promise<void> => {
    let requests: WriteRequest[] = [];
    for await (const one of all) {
      requests.push(requestOf(one));
      if (requests.length < itemsPerCall) continue;
      await putAll(requests, run);
      requests = [];
    }
    await putAll(requests, run);
  };

  return {
    async write(result, rejects, run, chunk = {}) {
      const expiresAt = keepDays === undefined ? undefined : Math.floor(run.clock.now() / 1000) + keepDays * 86_400;
      await writeAll(rejects, (reject) => ({ PutRequest: { Item: itemOf(result, reject, expiresAt, chunk) } }), run);
    },
    async remove(result, rows, run, chunk = {}) {
      await writeAll(rows, (row) => ({ DeleteRequest: { Key: keyOf(result, row, chunk) } }), run);
    },
  };
};

const text = (value: string) => ({ S: value });

/** The beginning of a text that fits into so many bytes of UTF-8, whole characters only. */
const cutText = (value: string, bytes: number): string => {
  const { read } = new TextEncoder().encodeInto(value, new Uint8Array(bytes));
  return value.slice(0, read);
};

const keyOf = ({ batchId, index }: ChunkResult, row: number, { planNumber = 1 }: PlanOfChunk) => ({
  pk: text(`${batchId}#${planNumber === 1 ? '' : `p${planNumber}#`}${index}`),
  row: { N: String(row) },
});

const itemOf = (result: ChunkResult, reject: RejectLine, expiresAt: number | undefined, chunk: PlanOfChunk) => {
  const original = reject.raw ?? reject.rawBase64 ?? '';
  const cut = Buffer.byteLength(original) > maxRawBytes;
  const kept = text(cut ? cutText(original, maxRawBytes) : original);
  const source = result.rejects!.object;
  return {
    ...keyOf(result, reject.rowNumber, chunk),
    ...(chunk.planMode === 'sampled' ? { rowWithin: text('chunk') } : {}),
    batchId: text(result.batchId),
    chunk: { N: String(result.index) },
    byteOffset: { N: String(reject.byteOffset) },
    issues: {
      L: reject.issues.slice(0, mostIssues).map((issue) => ({
        M: {
          code: text(issue.code),
          rule: text(issue.rule),
          message: text(issue.message),
          severity: text(issue.severity),
          ...(issue.column === undefined ? {} : { column: text(issue.column) }),
          ...(issue.value === undefined ? {} : { value: text(issue.value) }),
          ...(issue.hint === undefined ? {} : { hint: text(issue.hint) }),
        },
      })),
    },
    // Bytes that are not UTF-8 are kept in Base64.
    ...(reject.rawBase64 === undefined ? { raw: kept } : { rawBase64: kept }),
    ...(cut || reject.issues.length > mostIssues ? { wholeIn: text(`s3://${source.bucket}/${source.key}`) } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt: { N: String(expiresAt) } }),
  };
};
