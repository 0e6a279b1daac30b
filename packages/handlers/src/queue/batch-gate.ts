import type { SFNClient } from '@aws-sdk/client-sfn';
import {
  checkFormat,
  formatVersion,
  type ObjectRef,
  type ObjectStore,
  PipelineConfigError,
  PipelineError,
  type PrefixRef,
  type RunContext,
  readJson,
  writeJson,
} from '@pipeline/core';
import { claimSlot, type GateSlots, mayHaveEnded, releaseSlots } from './gate-slots.ts';
import { hasEnded, runningBatches } from './running-batches.ts';

/** How many batches may run at once, and where that is kept. */
export interface BatchGateOptions {
  /** Asks which batches run; needs `states:ListExecutions` and `states:DescribeExecution`. */
  readonly sfn: SFNClient;
  readonly stateMachineArn: string;
  readonly store: ObjectStore;
  /** The batches that were let in are kept in `<prefix>gate/slots.json`, in the work location. */
  readonly work: PrefixRef;
  /** From 1 to 1,000. */
  readonly maxBatches: number;
  /** Age from which a slot whose batch was never started is free, in milliseconds. @default 900_000, the longest invocation */
  readonly claimMs?: number;
}

/** Lets so many batches run at once. */
export interface BatchGate {
  /**
   * Lets a batch in, or answers false when others have all slots. A batch that was let in stays so until it has ended. Whether
   * others have ended is asked once for each `run`, however many batches ask in it.
   */
  enter(batchId: string, run: RunContext): Promise<boolean>;
}

/** The slots, and the object that the next write has to meet. */
interface Held {
  readonly slots: GateSlots;
  /** `undefined` where there is none yet. */
  readonly etag: string | undefined;
}

/** What one invocation knows: the slots as it last read or wrote them, and who has ended, once it has asked. */
interface Seen {
  held?: Held | undefined;
  ended?: ReadonlySet<string>;
}

/** Intakes that let batches in at the same moment try so often; an upload that finds no turn is put off like any other. */
const mostTries = 8;
/** Batches that are asked one by one whether they have ended. */
const mostAsked = 10;
/** Wait before a next try, in milliseconds, at random up to this. */
const mostWaitMs = 200;

/**
 * A gate in front of the state machine: the batches that were let in, in one small object that is written on the condition
 * that nobody else wrote meanwhile, so that two intakes never take the same slot. A slot is free again once its batch has ended.
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
  const at: ObjectRef = { bucket: work.bucket, key: `${work.prefix}gate/slots.json` };
  const seenBy = new WeakMap<RunContext, Seen>();

  const endedOf = async (slots: GateSlots, run: RunContext): Promise<ReadonlySet<string>> => {
    const running = await runningBatches(sfn, stateMachineArn, run);
    if (running === undefined) return new Set();
    const candidates = mayHaveEnded(slots, running, mostAsked);
    const answers = await Promise.all(candidates.map((slot) => hasEnded(sfn, stateMachineArn, slot, { run, claimMs })));
    return new Set(candidates.filter((_, index) => answers[index]).map(({ batchId }) => batchId));
  };

  /** What is held then, or `undefined` when another wrote meanwhile. */
  const write = async (slots: GateSlots, etag: string | undefined, run: RunContext): Promise<Held | undefined> => {
    const condition = etag === undefined ? { ifAbsent: true } : { ifMatch: etag };
    const written = await writeJson(store, at, slots, { ...condition, signal: run.signal });
    return written === undefined ? undefined : { slots, etag: written.etag };
  };

  return {
    async enter(batchId, run) {
      const seen: Seen = seenBy.get(run) ?? {};
      seenBy.set(run, seen);
      for (let tries = 0; tries < mostTries; tries++) {
        seen.held ??= await readSlots(store, at, run);
        const { slots, etag } = seen.held;
        const slot = { batchId, claimedAt: run.clock.now() };
        let next = claimSlot(slots, slot, maxBatches);
        if (next === slots) return true;
        if (next === undefined) {
          seen.ended ??= await endedOf(slots, run);
          const free = releaseSlots(slots, seen.ended);
          next = claimSlot(free, slot, maxBatches);
          // More have ended than can be asked at once, as after `maxBatches` was lowered: those that are known are not asked again.
          if (next === undefined && free.slots.length < slots.slots.length) seen.held = await write(free, etag, run);
        }
        if (next === undefined) return false;
        seen.held = await write(next, etag, run);
        if (seen.held !== undefined) return true;
        // Another was let in meanwhile.
        await run.timers.sleep(mostWaitMs * run.random(), run.signal);
      }
      return false;
    },
  };
};

/** What is kept; nobody was let in where nothing is. */
const readSlots = async (store: ObjectStore, at: ObjectRef, run: RunContext): Promise<Held> => {
  for (;;) {
    try {
      const { ref } = await store.head(at, { signal: run.signal });
      const slots = checkFormat('gate', await readJson<GateSlots>(store, ref, { signal: run.signal }));
      return { slots, etag: ref.etag };
    } catch (error) {
      const code = PipelineError.is(error) ? error.code : undefined;
      if (code === 'SOURCE_NOT_FOUND') return { slots: { formatVersion, slots: [] }, etag: undefined };
      if (code !== 'SOURCE_CHANGED') throw error; // written by another between the two calls: read again
    }
  }
};
