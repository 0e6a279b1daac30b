import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type ByteRange,
  formatRef,
  type ObjectInfo,
  type ObjectRef,
  type ObjectStore,
  PipelineSourceError,
  type UploadedPart,
} from '@pipeline/core';

/** Where the bytes of an object lie that is part of a file. */
export interface FilePiece {
  readonly file: string;
  /** @default the whole file */
  readonly range?: ByteRange;
}

export interface FolderStoreOptions {
  /** Objects that are read from elsewhere, by key. */
  readonly pieces: ReadonlyMap<string, FilePiece>;
  /** Folders in which other objects are looked for, by their key as a path; the first one is written to. */
  readonly folders: readonly [string, ...string[]];
}

/**
 * A store on the file system for one process: what was kept of a batch is read, what is new goes to a folder of its own. It
 * knows no versions, so pins are not looked at; lengths and checksums of the pipeline prove what matters.
 */
export const folderStore = ({ pieces, folders }: FolderStoreOptions): ObjectStore => {
  const [written] = folders;
  let uploads = 0;

  const find = async ({ bucket, key }: ObjectRef): Promise<{ file: string; start: number; sizeBytes: number }> => {
    const piece = pieces.get(key);
    for (const file of piece === undefined ? folders.map((folder) => path.join(folder, key)) : [piece.file]) {
      const found = await stat(file).catch(() => undefined);
      if (found?.isFile() !== true) continue;
      const { start, end } = piece?.range ?? { start: 0, end: found.size };
      return { file, start, sizeBytes: end - start };
    }
    throw new PipelineSourceError('SOURCE_NOT_FOUND', { object: formatRef({ bucket, key }) });
  };
  const infoOf = async ({ bucket, key }: ObjectRef): Promise<ObjectInfo> => {
    const { sizeBytes } = await find({ bucket, key });
    return { ref: { bucket, key }, sizeBytes, metadata: {} };
  };
  const targetOf = async (key: string): Promise<string> => {
    const target = path.join(written, key);
    await mkdir(path.dirname(target), { recursive: true });
    return target;
  };
  const absent = async (ref: ObjectRef): Promise<boolean> =>
    find(ref).then(
      () => false,
      () => true,
    );
  const partOf = (uploadId: string, partNumber: number): string =>
    path.join(written, `.${uploadId}.${String(partNumber).padStart(5, '0')}`);
  const piecesOf = async function* (ref: ObjectRef, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const { file, start, sizeBytes } = await find(ref);
    const from = start + (range?.start ?? 0);
    const end = start + Math.min(range?.end ?? sizeBytes, sizeBytes);
    if (from < end) yield* createReadStream(file, { start: from, end: end - 1, highWaterMark: 256 * 1024 });
  };
  const refuse = (): never => {
    throw new Error('a kept batch does not need this');
  };

  return {
    head: infoOf,
    read: (ref, { range } = {}) => piecesOf(ref, range),
    async write(ref, body, { ifAbsent = false } = {}) {
      if (ifAbsent && !(await absent(ref))) return undefined;
      const target = await targetOf(ref.key);
      if (body instanceof Uint8Array) await writeFile(target, body);
      else await pipeline(Readable.from(copies(body), { objectMode: false }), createWriteStream(target));
      return { bucket: ref.bucket, key: ref.key };
    },
    async deleteMany(refs) {
      for (const { key } of refs) await rm(path.join(written, key), { force: true });
    },
    copy: refuse,
    list: refuse,
    async createMultipart(object) {
      await mkdir(written, { recursive: true });
      return {
        object,
        uploadId: `upload-${++uploads}-${createHash('sha256').update(object.key).digest('hex').slice(0, 8)}`,
      };
    },
    async uploadPart({ uploadId }, partNumber, body): Promise<UploadedPart> {
      await writeFile(partOf(uploadId, partNumber), body);
      return { partNumber, etag: String(partNumber) };
    },
    async copyPart({ uploadId }, partNumber, source, range): Promise<UploadedPart> {
      const target = createWriteStream(partOf(uploadId, partNumber));
      await pipeline(Readable.from(piecesOf(source, range), { objectMode: false }), target);
      return { partNumber, etag: String(partNumber) };
    },
    // An upload does not outlive its process.
    listParts: async () => undefined,
    async completeMultipart({ object, uploadId }, parts, { ifAbsent = false } = {}) {
      if (ifAbsent && !(await absent(object))) return undefined;
      const target = await targetOf(object.key);
      const bytes = async function* (): AsyncGenerator<Uint8Array> {
        for (const { partNumber } of parts) yield* createReadStream(partOf(uploadId, partNumber));
      };
      await pipeline(Readable.from(bytes(), { objectMode: false }), createWriteStream(target));
      for (const { partNumber } of parts) await rm(partOf(uploadId, partNumber), { force: true });
      return { bucket: object.bucket, key: object.key };
    },
    async abortMultipart() {
      // Its parts lie in the folder of this process, which goes with it.
    },
  };
};

/** A piece of a store ends with the next pull, and a stream pulls ahead. */
async function* copies(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) yield Uint8Array.from(piece);
}
