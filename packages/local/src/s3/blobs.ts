import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createDigests, type DigestName, type Digests } from './digests.ts';

/** Immutable bytes, in memory when small and otherwise in a file; `refs` counts the segments that use them. */
export interface Blob {
  readonly size: number;
  readonly bytes?: Buffer;
  readonly path?: string;
  /** Digests of the whole blob, filled in as they become known. */
  readonly digests: Digests;
  refs: number;
}

/** The half-open range `[start, end)` of a blob. An object is a list of segments. */
export interface Segment {
  readonly blob: Blob;
  readonly start: number;
  readonly end: number;
}

/** Where bodies live. */
export interface BlobStore {
  /** Spools a body to its end; a failing source leaves nothing behind. The blob comes with one reference. */
  write(source: AsyncIterable<Buffer>, digests: readonly DigestName[]): Promise<Blob>;
  retain(segments: readonly Segment[]): void;
  /** Gives references back; a file without any is deleted. */
  release(segments: readonly Segment[]): void;
  /** Deletes every file that is left. */
  clear(): Promise<void>;
}

/** As small as the metadata of an object: a file per 1 KiB result would cost three system calls each way. */
const INLINE_BYTES = 8 * 1024;
const WRITE_BYTES = 1024 * 1024;
const READ_BYTES = 512 * 1024;

/** Opens the folder for bodies. Throws when it holds files already, since they would belong to somebody else. */
export async function openBlobStore(folder: string): Promise<BlobStore> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Error(`dataDir must be empty or missing, got ${folder}`);
  const files = new Set<string>();
  const removals = new Set<Promise<void>>();

  const remove = (path: string): Promise<void> => {
    files.delete(path);
    const removal = unlink(path).then(
      () => void removals.delete(removal),
      () => void removals.delete(removal),
    );
    removals.add(removal);
    return removal;
  };

  async function write(source: AsyncIterable<Buffer>, names: readonly DigestName[]): Promise<Blob> {
    const digests = createDigests(names);
    let size = 0;
    let held: Buffer[] = [];
    let heldBytes = 0;
    let path: string | undefined;
    let file: FileHandle | undefined;
    // One write runs while the next megabyte arrives and is hashed.
    let writing: Promise<unknown> | undefined;

    const flush = async (): Promise<void> => {
      if (file === undefined) {
        path = join(folder, randomUUID());
        files.add(path);
        file = await open(path, 'wx');
      }
      await writing;
      writing = writeAll(file, held, size - heldBytes);
      // Its failure is met at the next await; until then it must not count as unhandled.
      writing.catch(() => {});
      held = [];
      heldBytes = 0;
    };

    try {
      for await (const chunk of source) {
        digests.update(chunk);
        held.push(chunk);
        heldBytes += chunk.length;
        size += chunk.length;
        if (heldBytes >= WRITE_BYTES) await flush();
      }
      if (path === undefined && size <= INLINE_BYTES) {
        return { size, bytes: Buffer.concat(held), digests: digests.finish(), refs: 1 };
      }
      if (heldBytes > 0) await flush();
      await writing;
      await file?.close();
      return { size, path: path as string, digests: digests.finish(), refs: 1 };
    } catch (error) {
      await writing?.catch(() => {});
      await file?.close().catch(() => {});
      if (path !== undefined) await remove(path);
      throw error;
    }
  }

  return {
    write,
    retain(segments) {
      for (const { blob } of segments) blob.refs++;
    },
    release(segments) {
      for (const { blob } of segments) {
        blob.refs--;
        if (blob.refs === 0 && blob.path !== undefined) void remove(blob.path);
      }
    },
    async clear() {
      for (const path of files) void remove(path);
      await Promise.all(removals);
    },
  };
}

async function writeAll(file: FileHandle, buffers: Buffer[], position: number): Promise<void> {
  const length = buffers.reduce((sum, b) => sum + b.length, 0);
  const { bytesWritten } = await file.writev(buffers, position);
  if (bytesWritten === length) return;
  // A short write is rare (a full disk, mostly); finish it byte-exactly or fail.
  const rest = Buffer.concat(buffers).subarray(bytesWritten);
  let done = 0;
  while (done < rest.length) {
    const part = await file.write(rest, done, rest.length - done, position + bytesWritten + done);
    done += part.bytesWritten;
  }
}

/** The whole blob as one segment. */
export const wholeBlob = (blob: Blob): Segment => ({ blob, start: 0, end: blob.size });

/** Bytes in a list of segments. */
export const segmentsSize = (segments: readonly Segment[]): number =>
  segments.reduce((sum, { start, end }) => sum + end - start, 0);

/** The range `[start, end)` of a list of segments, as segments. */
export function sliceSegments(segments: readonly Segment[], start: number, end: number): Segment[] {
  const out: Segment[] = [];
  let offset = 0;
  for (const segment of segments) {
    const length = segment.end - segment.start;
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, length);
    if (from < to) out.push({ blob: segment.blob, start: segment.start + from, end: segment.start + to });
    offset += length;
    if (offset >= end) break;
  }
  return out;
}

/** Reads segments in order; the caller must hold references while it reads. */
export async function* readSegments(segments: readonly Segment[]): AsyncGenerator<Buffer, void, undefined> {
  for (const { blob, start, end } of segments) {
    if (blob.bytes !== undefined) {
      if (end > start) yield blob.bytes.subarray(start, end);
      continue;
    }
    const file = await open(blob.path as string, 'r');
    try {
      for (let position = start; position < end; ) {
        const length = Math.min(READ_BYTES, end - position);
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
        if (bytesRead === 0) throw new Error(`a body ends at byte ${position}, ${end} were stored`);
        position += bytesRead;
        yield bytesRead === length ? buffer : buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
}
