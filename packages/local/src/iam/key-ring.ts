import { randomBytes } from 'node:crypto';
import type { PolicyDocument } from './policy.ts';

/** Who calls: a role, with what it may do at this moment. */
export interface Caller {
  /** ARN of the role, as errors name it. */
  readonly arn: string;
  policies(): readonly PolicyDocument[];
}

/** A key pair that requests are signed with. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Goes along with each request. */
  readonly sessionToken: string;
}

/** A key and whose it is. */
export interface IssuedKey {
  readonly key: AccessKey;
  readonly caller: Caller;
  /** Milliseconds since the epoch; `undefined` for a key that lasts as long as the stack. */
  readonly endsAtMs: number | undefined;
}

/** The access keys of a stack, each of one caller. */
export interface KeyRing {
  /** A key of its own for a caller. @param endsAtMs when it ends, in milliseconds since the epoch */
  issue(caller: Caller, endsAtMs?: number): AccessKey;
  find(accessKeyId: string): IssuedKey | undefined;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** As AWS writes the ids of temporary keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const newId = (): string => `ASIA${[...randomBytes(16)].map((byte) => letters[byte % letters.length]).join('')}`;

/**
 * Makes an empty ring.
 *
 * @example
 * const keys = createKeyRing();
 * const { accessKeyId } = keys.issue({ arn: 'arn:aws:iam::000000000000:role/merge', policies: () => policies });
 */
export const createKeyRing = (): KeyRing => {
  const issued = new Map<string, IssuedKey>();
  return {
    issue(caller, endsAtMs) {
      const key = {
        accessKeyId: newId(),
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(48).toString('base64'),
      };
      issued.set(key.accessKeyId, { key, caller, endsAtMs });
      return key;
    },
    find: (accessKeyId) => issued.get(accessKeyId),
  };
};
