/** What a log line or metric says of the call that it belongs to. */
export interface CallIds {
  readonly batchId?: string;
  /** Index of the chunk, from 0. */
  readonly chunk?: number;
}

/**
 * Batch and chunk of a call, read from an event that nobody has checked yet.
 *
 * @example
 * callIds({ batchId: 'b1', chunk: { index: 7 } }); // { batchId: 'b1', chunk: 7 }
 */
export const callIds = (event: unknown): CallIds => {
  const { batchId, chunk } = (event ?? {}) as {
    readonly batchId?: unknown;
    readonly chunk?: { readonly index?: unknown } | null;
  };
  const index = chunk?.index;
  return {
    ...(typeof batchId === 'string' ? { batchId } : {}),
    ...(typeof index === 'number' ? { chunk: index } : {}),
  };
};
