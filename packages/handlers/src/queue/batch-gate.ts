import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import {
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineError,
  type PrefixRef,
  type RunContext,
  readJson,
  writeJson,
} from '@pipeline/core';

/** How many batches may run at once, and where that is kept. */
export interface BatchGateOptions {
  /** Asks whether a batch has ended; needs `states:DescribeExecution`. */
  readonly sfn: SFNClient;
  readonly stateMachineArn: string;
  readonly store: ObjectStore;
  /** Slots lie at `<prefix>gate/<number>.json`, in the work location. */
  readonly work: PrefixRef;
  /** From 1 to 1000; S3 is asked for up to as many slots per batch. */
  readonly maxBatches: number;
  /** Age from which a slot whose batch was never started is free, in milliseconds. @default 900_000, the longest invocation */
  readonly claimMs?: number;
}

/** Lets so many batches run at once. */
export interface BatchGate {
  /** Takes a slot for a batch, or answers false when all are taken by others. A batch that has one keeps it. */
  enter(batchId: string, run: RunContext): Promise<boolean>;
}

interface Slot {
  readonly batchId: string;
  /** Milliseconds since the epoch. */
  readonly claimedAt: number;
}

/**
 * A gate in front of the state machine: as many slots as batches may run at once, each one small object that is claimed by a
 * conditional write, so that two intakes never take the same. A slot is free again once the execution named in it has ended.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when made
 * @example
 * const gate = createBatchGate({ sfn: new SFNClient(), stateMachineArn, store, work: locations.work, maxBatches: 20 });
 */
export const createBatchGate = (options: BatchGateOptions): BatchGate => {
  const { sfn, stateMachineArn, store, work, maxBatches, claimMs = 900_000 } = options;
  if (!Number.isSafeInteger(maxBatches) || maxBatches < 1 || maxBatches > 1000)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'maxBatches',
      expected: 'a whole number from 1 to 1000',
      got: String(maxBatches),
    });
  const refOf = (number: number): ObjectRef => ({
    bucket: work.bucket,
    key: `${work.prefix}gate/${String(number).padStart(4, '0')}.json`,
  });

  /** A batch that was claimed and not started yet is given time to be. */
  const hasEnded = async ({ batchId, claimedAt }: Slot, run: RunContext): Promise<boolean> => {
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${batchId}`;
    try {
      const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }), { abortSignal: run.signal });
      return status !== 'RUNNING' && status !== 'PENDING_REDRIVE';
    } catch (error) {
      if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
      return run.clock.now() - claimedAt > claimMs;
    }
  };

  return {
    async enter(batchId, run) {
      const mine: Slot = { batchId, claimedAt: run.clock.now() };
      const slots: { readonly ref: ObjectRef; readonly slot: Slot }[] = [];
      for (let number = 0; number < maxBatches; number++) {
        const found = await slotAt(store, refOf(number), run);
        if (found === undefined) continue;
        if (found.slot.batchId === batchId) return true;
        slots.push(found);
      }
      const taken = new Set(slots.map(({ ref }) => ref.key));
      for (let number = 0; number < maxBatches; number++) {
        const ref = refOf(number);
        if (taken.has(ref.key)) continue;
        if ((await writeJson(store, ref, mine, { ifAbsent: true, signal: run.signal })) !== undefined) return true;
      }
      for (const { ref, slot } of slots) {
        if (!(await hasEnded(slot, run))) continue;
        const at = { bucket: ref.bucket, key: ref.key };
        if ((await writeJson(store, at, mine, { ifMatch: ref.etag ?? '', signal: run.signal })) !== undefined)
          return true;
      }
      return false;
    },
  };
};

const slotAt = async (store: ObjectStore, at: ObjectRef, run: RunContext) => {
  try {
    const { ref } = await store.head(at, { signal: run.signal });
    return { ref, slot: await readJson<Slot>(store, ref, { signal: run.signal }) };
  } catch (error) {
    // Gone or taken by another between the two calls: looked at again when it is claimed.
    if (PipelineError.is(error) && (error.code === 'SOURCE_NOT_FOUND' || error.code === 'SOURCE_CHANGED'))
      return undefined;
    throw error;
  }
};
