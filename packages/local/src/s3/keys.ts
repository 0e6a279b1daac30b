import { isIP } from 'node:net';
import { S3Error } from './errors.ts';

const NEEDS_FIXUP = /[\ud800-\uffff]/;

/** Whether UTF-16 order and UTF-8 order may differ for this key. */
export const needsUtf8Order = (key: string): boolean => NEEDS_FIXUP.test(key);

/** Moves surrogates behind U+E000..U+FFFF, which is where UTF-8 sorts what they encode. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** Compares by UTF-8 bytes, as S3 orders its listings. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Throws `KeyTooLongError` above 1,024 bytes of UTF-8. AWS docs: "Creating object key names". */
export function assertKey(key: string): void {
  if (key.length <= 256) return;
  const size = Buffer.byteLength(key);
  if (size > 1024) {
    throw new S3Error(400, 'KeyTooLongError', 'Your key is too long', { fields: { Size: size, MaxSizeAllowed: 1024 } });
  }
}

/** Whether a bucket may have this name. AWS docs: "General purpose bucket naming rules". */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    isIP(name) === 0 &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)
  );
}

/** Throws `InvalidBucketName`. */
export function assertBucketName(name: string): void {
  if (!isBucketName(name)) {
    throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.', { fields: { BucketName: name } });
  }
}

const FORM_EXTRA = /%20|%2F|[!'()~]/g;

/**
 * Form-encodes a key as S3 does in notifications and in listings with `encoding-type=url`:
 * a space is `+`, a slash stays, everything but letters, digits and `-_.*` is `%XX`.
 */
export function formEncodeKey(key: string): string {
  return encodeURIComponent(key).replace(FORM_EXTRA, (c) =>
    c === '%20' ? '+' : c === '%2F' ? '/' : `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
