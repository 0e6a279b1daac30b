import { closeSync, copyFileSync, mkdirSync, openSync, renameSync, rmSync, statSync, write, writeSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  formatRef,
  type ObjectInfo,
  type ObjectRef,
  type ObjectStore,
  PipelineSourceError,
  type UploadedPart,
} from '@pipeline/core';
import { blockBytes, piecesOf } from './pieces.ts';

const writeBytes = 1024 * 1024;
/** Blocks that are not in use: fresh memory costs as much as writing it. */
const blocks: Buffer[] = [];
const takeBlock = (): Buffer => blocks.pop() ?? Buffer.allocUnsafeSlow(writeBytes);
const writeAsync = promisify(write);

/** Writes a block while the next one fills, as a stream of Node would; the block is copied, for a piece is lent. */
const writeBehind = async (file: number, body: AsyncIterable<Uint8Array>): Promise<void> => {
  let [filling, spare] = [takeBlock(), takeBlock()];
  let filled = 0;
  let underWay: Promise<unknown> = Promise.resolve();
  const send = async () => {
    await underWay;
    underWay = writeAsync(file, filling, 0, filled);
    [filling, spare, filled] = [spare, filling, 0];
  };
  for await (const piece of body)
    for (let from = 0; from < piece.length; ) {
      const take = Math.min(piece.length - from, writeBytes - filled);
      filling.set(piece.subarray(from, from + take), filled);
      filled += take;
      from += take;
      if (filled === writeBytes) await send();
    }
  await send();
  await underWay;
  blocks.push(filling, spare);
};

/**
 * Folders as buckets, so that splitting from file to file can be measured against programs that do. It writes in place
 * and in order, and keeps to no condition but `ifAbsent`: enough for one writer.
 */
export const fileStore = (buckets: Readonly<Record<string, string>>): ObjectStore => {
  const pathOf = ({ bucket, key }: ObjectRef): string => path.join(buckets[bucket]!, key);
  const infoOf = (ref: ObjectRef): ObjectInfo => {
    const stat = statSync(pathOf(ref), { throwIfNoEntry: false });
    if (stat === undefined) throw new PipelineSourceError('SOURCE_NOT_FOUND', { object: formatRef(ref) });
    const { size, mtimeMs } = stat;
    return { ref: { bucket: ref.bucket, key: ref.key, etag: `${size}-${mtimeMs}` }, sizeBytes: size, metadata: {} };
  };
  /** `undefined` where the condition does not hold. */
  const open = (ref: ObjectRef, ifAbsent = false): number | undefined => {
    const target = pathOf(ref);
    mkdirSync(path.dirname(target), { recursive: true });
    try {
      return openSync(target, ifAbsent ? 'wx' : 'w');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
      throw error;
    }
  };
  const uploads = new Map<string, number>();
  const refuse = (): never => {
    throw new Error('the benchmark does not need this');
  };

  return {
    head: async (ref) => infoOf(ref),
    async *read(ref, { range } = {}) {
      infoOf(ref);
      yield* piecesOf(pathOf(ref), { ...range, size: blockBytes });
    },
    async write(ref, body, { ifAbsent } = {}) {
      const file = open(ref, ifAbsent);
      if (file === undefined) return undefined;
      try {
        if (body instanceof Uint8Array) writeSync(file, body);
        else await writeBehind(file, body);
      } finally {
        closeSync(file);
      }
      return infoOf(ref).ref;
    },
    async copy(source, target) {
      copyFileSync(pathOf(source), pathOf(target));
      return infoOf(target).ref;
    },
    async deleteMany(refs) {
      for (const ref of refs) rmSync(pathOf(ref), { force: true });
    },
    list: refuse,
    async createMultipart(object) {
      const uploadId = `${object.key}.upload`;
      uploads.set(uploadId, open({ bucket: object.bucket, key: uploadId })!);
      return { object, uploadId };
    },
    async uploadPart({ uploadId }, partNumber, body): Promise<UploadedPart> {
      writeSync(uploads.get(uploadId)!, body);
      return { partNumber, etag: String(partNumber) };
    },
    copyPart: refuse,
    listParts: refuse,
    async completeMultipart({ object, uploadId }) {
      closeSync(uploads.get(uploadId)!);
      uploads.delete(uploadId);
      renameSync(pathOf({ bucket: object.bucket, key: uploadId }), pathOf(object));
      return infoOf(object).ref;
    },
    async abortMultipart({ object, uploadId }) {
      closeSync(uploads.get(uploadId)!);
      uploads.delete(uploadId);
      rmSync(pathOf({ bucket: object.bucket, key: uploadId }));
    },
  };
};
