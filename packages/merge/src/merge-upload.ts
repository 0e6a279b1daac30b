import { createHash } from 'node:crypto';
import {
  type ListedPart,
  type MultipartRef,
  type ObjectRef,
  type ObjectStore,
  type RunContext,
  readBytes,
  writeJson,
} from '@pipeline/core';
import { orUndefined } from './or-undefined.ts';
import type { MergePart } from './plan-merge.ts';

/** An upload, with what tries before this one sent. */
export interface MergeUpload {
  readonly upload: MultipartRef;
  /** By part number. */
  readonly sent: ReadonlyMap<number, ListedPart>;
}

export interface OpenUploadOptions {
  readonly store: ObjectStore;
  readonly run: RunContext;
  readonly contentType: string;
  /** Where the upload is noted for later tries. @default nowhere */
  readonly note?: ObjectRef | undefined;
}

/** What the note says. */
interface UploadNote {
  readonly uploadId: string;
  /** Of what the parts are made: an upload of other parts is of no use. */
  readonly plan: string;
}

/**
 * Begins the upload of a merge, or goes on with the one that an earlier try began. Two tries at once work on one upload, of
 * equal parts. What a note speaks of may be gone; then another upload takes its place.
 */
export const openUpload = async (
  target: ObjectRef,
  crc: string,
  parts: readonly MergePart[],
  options: OpenUploadOptions,
): Promise<MergeUpload> => {
  const { store, run, contentType, note } = options;
  const begin = (): Promise<MultipartRef> => store.createMultipart(target, { contentType, signal: run.signal });
  if (note === undefined) return { upload: await begin(), sent: new Map() };

  const plan = planHash(crc, parts);
  const { signal } = run;
  // The second time around, the note of whoever was faster is there.
  for (let round = 0; ; round++) {
    const noted = await readNote(store, note, run);
    if (noted?.plan === plan) {
      const upload = { object: target, uploadId: noted.uploadId };
      const sent = await store.listParts(upload, { signal });
      if (sent !== undefined) return { upload, sent: new Map(sent.map((part) => [part.partNumber, part])) };
    }
    const upload = await begin();
    const mine: UploadNote = { uploadId: upload.uploadId, plan };
    const condition = noted === undefined ? { ifAbsent: true } : { ifMatch: noted.etag };
    let written: ObjectRef | undefined;
    try {
      written = await writeJson(store, note, mine, { ...condition, signal });
    } catch (error) {
      await store.abortMultipart(upload); // nobody would find it again
      throw error;
    }
    if (written !== undefined || round === 2) return { upload, sent: new Map() };
    await store.abortMultipart(upload);
  }
};

/**
 * Ends the upload that a note still speaks of, once the target is there: a try beside the one that made it may have noted an
 * upload of its own, and died.
 *
 * @param own - id of the upload that made the target, where it was this try's
 */
export const endNoted = async (
  target: ObjectRef,
  { store, run, note }: Pick<OpenUploadOptions, 'store' | 'run' | 'note'>,
  own: string | undefined,
): Promise<void> => {
  const noted = note === undefined ? undefined : await readNote(store, note, run);
  if (noted !== undefined && noted.uploadId !== own)
    await store.abortMultipart({ object: target, uploadId: noted.uploadId });
};

const planHash = (crc: string, parts: readonly MergePart[]): string =>
  createHash('sha256')
    .update(JSON.stringify([crc, parts]))
    .digest('hex');

const readNote = async (
  store: ObjectStore,
  note: ObjectRef,
  run: RunContext,
): Promise<(UploadNote & { readonly etag: string }) | undefined> => {
  const info = await orUndefined(store.head(note, { signal: run.signal }));
  if (info === undefined) return undefined;
  const text = String(await readBytes(store, note, { signal: run.signal }));
  return { ...(JSON.parse(text) as UploadNote), etag: info.ref.etag! };
};
