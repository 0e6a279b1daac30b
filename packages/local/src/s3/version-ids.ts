import { createHash, randomBytes } from 'node:crypto';
import { invalidArgument } from './errors.ts';

// S3 tells a version id that never was from one that is gone, so the ids carry a check.
const idCheck = (body: Buffer): Buffer => createHash('md5').update(body).digest().subarray(0, 6);

/** A fresh id of 32 characters. */
export function newVersionId(): string {
  const body = randomBytes(18);
  return Buffer.concat([body, idCheck(body)]).toString('base64url');
}

/** Whether the text is `null` or could have been issued here. */
export function isVersionId(text: string): boolean {
  if (text === 'null') return true;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 24 && text.length === 32 && idCheck(bytes.subarray(0, 18)).equals(bytes.subarray(18));
}

/** Throws `InvalidArgument` for an id that was never issued. */
export function assertVersionId(versionId: string): void {
  if (!isVersionId(versionId)) throw invalidArgument('Invalid version id specified', 'versionId', versionId);
}
