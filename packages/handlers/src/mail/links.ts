import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type Clock, fileNameOf, type ObjectRef, PipelineConfigError } from '@pipeline/core';

/** A presigned link and until when it works. A bearer token: never log it. */
export interface Link {
  /** The presigned URL. */
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** False when the signing credentials are temporary and do not say when they end: the link may end earlier. */
  readonly certain: boolean;
}

/** Who signs the links, and how long they are to work. */
export interface LinkOptions {
  /** Signs the links. A client on a role of its own has credentials whose end is known. */
  readonly client: S3Client;
  /** Wished life of a link, in whole seconds from 1 to 604,800 (7 days). @default 3600 */
  readonly expiresInSeconds?: number;
}

/** Seven days, S3's own limit. */
const mostSeconds = 604_800;

/** As RFC 5987 has it, which lets fewer characters pass than `encodeURIComponent`. */
const encodeFileName = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** What a browser does with what is behind a link. */
export interface LinkUse {
  /** Show it instead of saving it. @default false */
  readonly inline?: boolean;
}

/** Makes a link of an object, to save it unless `use` says otherwise; `clock` says from when it works. */
export type MakeLink = (ref: ObjectRef, clock: Clock, use?: LinkUse) => Promise<Link>;

/**
 * Makes presigned download links that state their true end: the earlier of the wish and the signing credentials' end,
 * after which S3 refuses them (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html).
 *
 * @throws PipelineConfigError `CONFIG_INVALID` when made
 * @example
 * const link = createLinks({ client: new S3Client(), expiresInSeconds: 86_400 });
 * const { url, expiresAt } = await link({ bucket: 'out', key: 'orders.csv' }, { now: Date.now });
 */
export const createLinks = ({ client, expiresInSeconds = 3600 }: LinkOptions): MakeLink => {
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > mostSeconds)
    throw new PipelineConfigError('CONFIG_INVALID', {
      option: 'expiresInSeconds',
      expected: `a whole number from 1 to ${mostSeconds}`,
      got: expiresInSeconds,
    });
  return async (ref, clock, { inline = false } = {}) => {
    const credentials = await client.config.credentials();
    const wished = clock.now() + expiresInSeconds * 1000;
    const ends = credentials.expiration?.getTime();
    const expiresAt = Math.min(wished, ends ?? wished);
    const command = new GetObjectCommand({
      Bucket: ref.bucket,
      Key: ref.key,
      ...(ref.versionId === undefined ? {} : { VersionId: ref.versionId }),
      ResponseContentDisposition: `${inline ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeFileName(fileNameOf(ref.key))}`,
    });
    const url = await getSignedUrl(client, command, { expiresIn: expiresInSeconds });
    return { url, expiresAt, certain: ends !== undefined || credentials.sessionToken === undefined };
  };
};
