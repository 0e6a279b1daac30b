/** A batch that was let in. */
export interface GateSlot {
  readonly batchId: string;
  /** Milliseconds since the epoch. */
  readonly claimedAt: number;
}

/** Who was let in and is not known to have ended: one small object. */
export interface GateSlots {
  readonly formatVersion: string;
  /** Earliest first. */
  readonly slots: readonly GateSlot[];
}

/**
 * Lets a batch in where there is room.
 *
 * @returns the slots with it, the same ones when it was in already, or `undefined` when all are taken by others
 * @example
 * const next = claimSlot(held, { batchId: 'b1', claimedAt: run.clock.now() }, 20);
 */
export const claimSlot = (held: GateSlots, slot: GateSlot, maxBatches: number): GateSlots | undefined => {
  if (held.slots.some(({ batchId }) => batchId === slot.batchId)) return held;
  if (held.slots.length >= maxBatches) return undefined;
  return { ...held, slots: [...held.slots, slot] };
};

/**
 * Which batches may have ended: those that are not listed as running, earliest first. A list may lag behind, so each is asked.
 *
 * @param most - so many at once
 * @example
 * const asked = mayHaveEnded(held, new Set(['b1']), 10);
 */
export const mayHaveEnded = ({ slots }: GateSlots, running: ReadonlySet<string>, most: number): readonly GateSlot[] =>
  slots.filter(({ batchId }) => !running.has(batchId)).slice(0, most);

/**
 * Frees the slots of batches that have ended.
 *
 * @example
 * const free = releaseSlots(held, new Set(['b1']));
 */
export const releaseSlots = (held: GateSlots, ended: ReadonlySet<string>): GateSlots => ({
  ...held,
  slots: held.slots.filter(({ batchId }) => !ended.has(batchId)),
});
