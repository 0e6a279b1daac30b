import type { ObjectStore } from './store.ts';

/** Kept for the next writer: fresh memory costs as much as filling it. */
const keptBuffers = 2;

const kept = new WeakMap<ObjectStore, Buffer<ArrayBuffer>[]>();

/** A buffer of exactly this length that an earlier writer of the store has done with, if there is one. */
export const takePartBuffer = (store: ObjectStore, length: number): Buffer<ArrayBuffer> | undefined => {
  const buffers = kept.get(store);
  const at = buffers?.findIndex((buffer) => buffer.length === length) ?? -1;
  return at === -1 ? undefined : buffers!.splice(at, 1)[0];
};

/** Leaves a buffer that no call reads any more to the next writer of the store. */
export const leavePartBuffer = (store: ObjectStore, buffer: Buffer<ArrayBuffer>): void => {
  const buffers = kept.get(store) ?? [];
  if (!buffers.includes(buffer)) kept.set(store, [buffer, ...buffers].slice(0, keptBuffers));
};
