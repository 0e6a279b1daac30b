import type { Segment } from './blobs.ts';
import type { ChecksumType, StoredChecksum } from './checksums.ts';
import type { ChecksumAlgorithm } from './digests.ts';
import type { SortedKeys } from './sorted-keys.ts';

/** Headers that are stored with an object and given back, by lower-case name. */
export type SystemHeaders = Readonly<Record<string, string>>;

/** A tag of an object. */
export type Tag = readonly [key: string, value: string];

/** A part of a completed multipart object. */
export interface ObjectPart {
  readonly number: number;
  readonly size: number;
  /** Base64, where the upload had an algorithm. */
  readonly checksum?: string;
}

/** What a write brings; the store adds version and time. */
export interface ObjectContent {
  readonly segments: readonly Segment[];
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum?: StoredChecksum;
  readonly parts?: readonly ObjectPart[];
  readonly headers: SystemHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: string;
}

/** One version of an object. */
export interface StoredObject extends ObjectContent {
  readonly kind: 'object';
  readonly key: string;
  /** `null` as text for versions written without versioning. */
  readonly versionId: string;
  readonly modifiedMs: number;
  tags: readonly Tag[];
}

/** A version that says "deleted". */
export interface DeleteMarker {
  readonly kind: 'marker';
  readonly key: string;
  readonly versionId: string;
  readonly modifiedMs: number;
}

/** One version of a key. */
export type Version = StoredObject | DeleteMarker;

/** A part that waits for completion. */
export interface UploadedPart {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly segments: readonly Segment[];
  readonly modifiedMs: number;
  readonly checksum?: string;
}

/** A multipart upload that is open. */
export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly initiatedMs: number;
  readonly algorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
  readonly headers: SystemHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly storageClass: string;
  readonly parts: Map<number, UploadedPart>;
  /** Whether its key was written or deleted since the upload began: then a conditional completion conflicts. */
  overtaken: boolean;
}

/** What a completion answered, kept so that the same completion gets the same answer. */
export interface CompletedUpload {
  readonly key: string;
  readonly fingerprint: string;
  readonly object: StoredObject;
}

/** A bucket. */
export interface Bucket {
  readonly name: string;
  readonly createdMs: number;
  readonly region: string;
  versioning?: 'Enabled' | 'Suspended';
  /** None is another thing than an empty set: S3 answers `NoSuchTagSet`. */
  tags?: readonly Tag[];
  /** Versions by key, newest first, never empty. */
  readonly versions: Map<string, Version[]>;
  readonly order: SortedKeys;
  readonly uploads: Map<string, Upload>;
  readonly completed: Map<string, CompletedUpload>;
}

/** The region that this server says it is in. */
export const REGION = 'us-east-1';
/** The account that owns everything here. */
export const ACCOUNT_ID = '000000000000';
/** Canonical id of the owner. */
export const OWNER_ID = '0'.repeat(64);
