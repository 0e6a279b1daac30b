import { combineCrc32, crc32, crc32Hex } from './crc32.ts';
import { PipelineConfigError } from './errors.ts';
import { leavePartBuffer, takePartBuffer } from './part-buffers.ts';
import type { ObjectRef } from './refs.ts';
import type { PartRef } from './result.ts';
import { type MultipartRef, type ObjectStore, storeLimits, type UploadedPart, type WriteOptions } from './store.ts';

/** How `openWriter` sends its parts, and under which condition the object appears. */
export interface ObjectWriterOptions extends WriteOptions {
  /**
   * Bytes held before they are sent as a part; up to two parts are in memory, one of them under way. From 1, for S3 from
   * 5 MiB.
   * @default 8 MiB, or what comes near it of the parts that the store takes
   */
  readonly partBytes?: number;
}

/** Writes one object piece by piece: a single write while it is small, a multipart upload once it is not. */
export interface ObjectWriter {
  /** Bytes written so far. */
  readonly bytes: number;
  /** Takes the bytes over by copying them. A full part is sent while the next one fills; what fails is thrown by a later call. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the object appear. `undefined` when `ifAbsent` or `ifMatch` does not hold. */
  close(rows: number): Promise<PartRef | undefined>;
  /** Leaves nothing behind. Safe to call at any time. */
  abort(): Promise<void>;
}

const usualPartBytes = ({ limits = storeLimits }: ObjectStore): number =>
  Math.max(limits.minPartBytes, Math.min(limits.maxPartBytes, 8 * 1024 * 1024));

/**
 * Opens a writer. Nothing is sent before the first part is full; the running CRC-32 goes to the store for checking.
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when `partBytes` is not a positive whole number
 * @example
 * const writer = openWriter(store, { bucket: 'work', key: 'part.csv' });
 * try {
 *   await writer.write(bytes);
 *   const part = await writer.close(rows);
 * } catch (error) {
 *   await writer.abort();
 *   throw error;
 * }
 */
export const openWriter = (
  store: ObjectStore,
  object: ObjectRef,
  { partBytes = usualPartBytes(store), ifAbsent = false, ifMatch, signal, ...headers }: ObjectWriterOptions = {},
): ObjectWriter => {
  if (!Number.isSafeInteger(partBytes) || partBytes < 1)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'partBytes',
      expected: 'a whole number of at least 1',
      got: partBytes,
    });
  const call = signal === undefined ? {} : { signal };
  const conditions = { ...call, ifAbsent, ...(ifMatch === undefined ? {} : { ifMatch }) };
  // Grows by doubling: most chunks of a small batch stay far below one part.
  let buffer = takePartBuffer(store, partBytes) ?? Buffer.allocUnsafe(Math.min(partBytes, 64 * 1024));
  let filled = 0;
  let sent = 0;
  let crc = 0;
  let upload: MultipartRef | undefined;
  const parts: UploadedPart[] = [];
  /** The part that is being sent: one at most, so that parts come in their order and memory stays bounded. */
  let underWay: Promise<Buffer<ArrayBuffer> | undefined> = Promise.resolve(undefined);

  const grow = (): void => {
    const larger = takePartBuffer(store, partBytes) ?? Buffer.allocUnsafe(Math.min(partBytes, buffer.length * 2));
    buffer.copy(larger, 0, 0, filled);
    buffer = larger;
  };
  /** Answers with the buffer, which is free again. */
  const send = async (to: MultipartRef, part: Buffer<ArrayBuffer>, length: number): Promise<Buffer<ArrayBuffer>> => {
    const body = part.subarray(0, length);
    const ofPart = crc32(body);
    crc = combineCrc32(crc, ofPart, length);
    parts.push(await store.uploadPart(to, parts.length + 1, body, { ...call, crc32: crc32Hex(ofPart) }));
    return part;
  };
  const sendPart = async (): Promise<void> => {
    upload ??= await store.createMultipart(object, { ...headers, ...call });
    const spare = await underWay;
    underWay = send(upload, buffer, filled);
    underWay.catch(() => {}); // the next call throws it
    sent += filled;
    filled = 0;
    buffer = spare ?? takePartBuffer(store, partBytes) ?? Buffer.allocUnsafe(partBytes);
  };
  const sendWhole = async (): Promise<ObjectRef | undefined> => {
    const body = buffer.subarray(0, filled);
    crc = crc32(body);
    return store.write(object, body, { ...headers, ...conditions });
  };
  const complete = async (started: MultipartRef): Promise<ObjectRef | undefined> => {
    if (filled > 0) await sendPart();
    await underWay;
    return store.completeMultipart(started, parts, { ...conditions, crc32: crc32Hex(crc) });
  };

  return {
    get bytes() {
      return sent + filled;
    },
    async write(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const take = Math.min(bytes.length - from, buffer.length - filled);
        buffer.set(bytes.subarray(from, from + take), filled);
        filled += take;
        from += take;
        if (filled < buffer.length) break;
        if (buffer.length < partBytes) grow();
        else await sendPart();
      }
    },
    async close(rows) {
      const ref = upload === undefined ? await sendWhole() : await complete(upload);
      if (ref === undefined) {
        if (upload !== undefined) await store.abortMultipart(upload);
        return undefined;
      }
      upload = undefined;
      for (const free of [buffer, await underWay]) if (free?.length === partBytes) leavePartBuffer(store, free);
      return { object: ref, bytes: sent + filled, crc32: crc32Hex(crc), rows };
    },
    async abort() {
      if (upload === undefined) return;
      const open = upload;
      upload = undefined;
      await underWay.catch(() => {}); // a part that came after the end would stay behind
      await store.abortMultipart(open);
    },
  };
};
