import { type ObjectRef, type ObjectStore, openWriter, type RunContext, readBytes } from '@pipeline/core';

/** A row that repeats an earlier one. */
export interface Repeat {
  /** Index of its chunk. */
  readonly chunk: number;
  /** Its row in the chunk, from 0. */
  readonly row: number;
  /** Data row of the source that it repeats, from 1. */
  readonly first: number;
}

/** Bytes of one repeat: chunk and row in 32 bits, the first row in 64, little-endian. */
const repeatEntryBytes = 16;

/** Keeps the repeats of one partition, in the order of chunks, in an object: there can be as many as there are rows. */
export interface RepeatWriter {
  add(repeat: Repeat): Promise<void>;
  /** `undefined` when there are none. */
  close(): Promise<ObjectRef | undefined>;
  abort(): Promise<void>;
}

/** Opens a writer; nothing is written before there is a repeat. */
export const openRepeats = (store: ObjectStore, target: ObjectRef, { signal }: RunContext): RepeatWriter => {
  const writer = openWriter(store, target, { contentType: 'application/octet-stream', signal });
  const entry = Buffer.allocUnsafe(repeatEntryBytes);
  let count = 0;
  return {
    async add({ chunk, row, first }) {
      entry.writeUInt32LE(chunk, 0);
      entry.writeUInt32LE(row, 4);
      entry.writeDoubleLE(first, 8);
      count++;
      await writer.write(entry);
    },
    close: async () => (count === 0 ? undefined : (await writer.close(count))!.object),
    abort: () => writer.abort(),
  };
};

/** Reads repeats back, chunk after chunk. */
export interface RepeatReader {
  /** The next chunk that has some; `undefined` behind the last one. */
  nextChunk(): Promise<number | undefined>;
  /** Hands over those of the next chunk, in no order, and goes on to the one behind it. */
  takeChunk(each: (row: number, first: number) => void): Promise<void>;
}

/** Joins the objects of all partitions, each of which has some repeats of every chunk, by reads of so many bytes. */
export const openRepeatReader = (
  objects: readonly ObjectRef[],
  pieceBytes: number,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): RepeatReader => {
  const lanes = objects.map((object) => laneOf(object, pieceBytes, { store, run }));
  let begun = false;
  const nextChunk = async (): Promise<number | undefined> => {
    if (!begun) await Promise.all(lanes.map((lane) => lane.pull()));
    begun = true;
    return leastOf(lanes.map(({ head }) => head?.chunk));
  };
  return {
    nextChunk,
    async takeChunk(each) {
      const chunk = await nextChunk();
      for (const lane of lanes)
        for (; lane.head !== undefined && lane.head.chunk === chunk; await lane.pull())
          each(lane.head.row, lane.head.first);
    },
  };
};

/** The smallest of the numbers that there are. */
export const leastOf = (numbers: readonly (number | undefined)[]): number | undefined =>
  numbers.reduce((least, one) => (least === undefined || (one !== undefined && one < least) ? one : least), undefined);

interface Lane {
  head: Repeat | undefined;
  pull(): Promise<void>;
}

const laneOf = (
  object: ObjectRef,
  pieceBytes: number,
  { store, run }: { readonly store: ObjectStore; readonly run: RunContext },
): Lane => {
  let held = Buffer.alloc(0);
  let at = 0;
  let offset = 0;
  let size: number | undefined;
  const lane: Lane = {
    head: undefined,
    async pull() {
      size ??= (await store.head(object, { signal: run.signal })).sizeBytes;
      if (at === held.length) {
        const range = { start: offset, end: Math.min(size, offset + pieceBytes) };
        held =
          range.start === range.end
            ? Buffer.alloc(0)
            : Buffer.from(await readBytes(store, object, { range, signal: run.signal }));
        offset += held.length;
        at = 0;
      }
      lane.head =
        held.length === 0
          ? undefined
          : { chunk: held.readUInt32LE(at), row: held.readUInt32LE(at + 4), first: held.readDoubleLE(at + 8) };
      at += held.length === 0 ? 0 : repeatEntryBytes;
    },
  };
  return lane;
};
