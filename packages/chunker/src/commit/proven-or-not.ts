import {
  crc32Hex,
  type ObjectRef,
  type ObjectStore,
  PipelineError,
  PipelineStorageError,
  type PlanProof,
  type RunContext,
} from '@pipeline/core';
import type { WrittenRows } from '../write/write-rows.ts';

/**
 * Does the work on a chunk of a sampled plan, and says with its result whether the chunk ended where a record ends. An error
 * that another try would not mend disproves the plan too: rows that a wrong border made of half a record can break any
 * stage. If the file itself is at fault, the full scan that follows finds that again, and then it counts.
 *
 * @throws what may be different next time: retryable errors, the run's abort, a source that changed
 */
export const provenOrNot = async (
  work: (proof: (proof: PlanProof) => void) => Promise<WrittenRows>,
  { store, output, run }: { readonly store: ObjectStore; readonly output: ObjectRef; readonly run: RunContext },
): Promise<WrittenRows & { readonly planProof: PlanProof }> => {
  let planProof: PlanProof = { endsRecord: false, state: 'not read to its end' };
  try {
    const written = await work((proof) => {
      planProof = proof;
    });
    return { ...written, planProof };
  } catch (error) {
    run.signal.throwIfAborted();
    if (!disproves(error)) throw error;
    const object = await store.write(output, new Uint8Array(), { signal: run.signal });
    if (object === undefined)
      throw new PipelineStorageError('STORAGE_MISMATCH', {
        operation: 'write',
        object: output.key,
        reason: 'nothing was written',
      });
    return {
      output: { object, bytes: 0, crc32: crc32Hex(0), rows: 0 },
      columns: [],
      headBytes: 0,
      rowsRead: 0,
      rowsWritten: 0,
      rowsRejected: 0,
      sidecars: {},
      planProof: { endsRecord: false, state: PipelineError.is(error) ? error.code : 'an error of a stage' },
    };
  }
};

const certain: ReadonlySet<string> = new Set(['SOURCE_CHANGED', 'SOURCE_NOT_FOUND', 'SOURCE_FORBIDDEN']);

const disproves = (error: unknown): boolean =>
  !PipelineError.is(error) || (!error.retryable && !certain.has(error.code));
