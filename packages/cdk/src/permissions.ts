import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { PlaceName, Places } from './places.ts';

/** The functions of a pipeline. */
export type FunctionName =
  | 'intake'
  | 'split'
  | 'scan'
  | 'process'
  | 'resolve'
  | 'merge'
  | 'archive'
  | 'notify'
  | 'failure'
  | 'replay'
  | 'queue';

/** What a function does with the objects of a place. */
export type ObjectUse =
  | 'read'
  | 'readPinned'
  | 'write'
  | 'upload'
  | 'resume'
  | 'remove'
  | 'removePinned'
  | 'readTags'
  | 'writeTags';

/** Actions of a use. `HeadObject` is allowed by `s3:GetObject`, every part of an upload by `s3:PutObject`. */
export const objectActions: Readonly<Record<ObjectUse, readonly string[]>> = {
  read: ['s3:GetObject'],
  // By the version that was seen before, where the bucket has versions.
  readPinned: ['s3:GetObject', 's3:GetObjectVersion'],
  // Small objects, each in one piece.
  write: ['s3:PutObject'],
  // In parts: what cannot be finished is ended.
  upload: ['s3:PutObject', 's3:AbortMultipartUpload'],
  // A merge that was cut short asks which parts of its upload are there.
  resume: ['s3:ListMultipartUploadParts'],
  remove: ['s3:DeleteObject'],
  removePinned: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  // A copy takes the tags along, and is refused where it may not.
  readTags: ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'],
  writeTags: ['s3:PutObjectTagging'],
};

type ObjectUses = Readonly<Partial<Record<PlaceName, readonly ObjectUse[]>>>;

/** What each function does with which objects, and no more. Only the archive takes an upload away. */
export const functionUses: Readonly<Record<FunctionName, ObjectUses>> = {
  intake: { input: ['readPinned'] },
  split: { input: ['readPinned'], work: ['readPinned', 'upload', 'remove'] },
  scan: { input: ['readPinned'], work: ['write'] },
  process: { input: ['readPinned'], work: ['readPinned', 'upload', 'removePinned'] },
  resolve: { work: ['readPinned', 'write'] },
  merge: { work: ['readPinned', 'write'], output: ['read', 'upload', 'resume'], rejects: ['read', 'upload'] },
  archive: { input: ['readPinned', 'readTags', 'removePinned'], archive: ['read', 'upload', 'writeTags'] },
  notify: { work: ['readPinned', 'write'], output: ['read'], rejects: ['read'] },
  failure: {
    input: ['readPinned', 'readTags'],
    failed: ['read', 'upload', 'writeTags'],
    work: ['readPinned', 'write'],
  },
  replay: {
    input: ['readPinned'],
    work: ['readPinned', 'upload', 'removePinned'],
    output: ['read', 'upload', 'resume'],
    rejects: ['read', 'upload'],
  },
  queue: { input: ['readPinned'], work: ['readPinned', 'upload', 'removePinned'] },
};

/** Where rows must not repeat, the barrier reads those that do anew, as rejects, and removes the keys that it has compared. */
export const resolveUsesWithUnique: ObjectUses = {
  input: ['readPinned'],
  work: ['readPinned', 'upload', 'removePinned'],
};

/** A coordinator with all steps in its own process does what the functions of a batch do. */
export const coordinatorUses: ObjectUses = (() => {
  const steps = ['split', 'process', 'resolve', 'merge', 'archive', 'notify', 'failure'] as const;
  const all: Partial<Record<PlaceName, readonly ObjectUse[]>> = {};
  for (const [place, uses] of steps.flatMap((step) => Object.entries(functionUses[step]) as [PlaceName, ObjectUse[]][]))
    all[place] = [...new Set([...(all[place] ?? []), ...uses])];
  return all;
})();

/** Where replays are on, the intake looks at the first row of an upload and whether its batch is done. */
export const intakeUsesWithReplays: ObjectUses = { input: ['readPinned'], work: ['read'], output: ['read'] };

/** Presigned links read what people are sent, and nothing else. */
export const linkUses: ObjectUses = { output: ['readPinned'], rejects: ['readPinned'] };

/**
 * The statements for a function's objects: one for each place and set of actions, on the place's prefix alone, and
 * `s3:ListBucket` for the buckets it reads in, without which S3 answers 403 instead of 404 for what is not there.
 *
 * @param tellsMissing - whether that difference matters. @default true
 * @example
 * for (const statement of objectStatements(functionUses.archive, places)) role.addToPolicy(statement);
 */
export const objectStatements = (
  uses: ObjectUses,
  places: Places,
  key?: IKey,
  { tellsMissing = true }: { readonly tellsMissing?: boolean } = {},
): readonly PolicyStatement[] => {
  const byPlace = new Map<string, { arn: string; actions: Set<string> }>();
  const buckets = new Set<string>();
  let writes = false;
  for (const [name, wanted] of Object.entries(uses) as [PlaceName, readonly ObjectUse[]][]) {
    const { bucket, prefix } = places[name];
    const arn = bucket.arnForObjects(`${prefix}*`);
    const entry = byPlace.get(arn) ?? { arn, actions: new Set<string>() };
    for (const use of wanted) for (const action of objectActions[use]) entry.actions.add(action);
    byPlace.set(arn, entry);
    if (tellsMissing && wanted.some((use) => use === 'read' || use === 'readPinned')) buckets.add(bucket.bucketArn);
    writes ||= wanted.includes('write') || wanted.includes('upload');
  }
  return [
    ...[...byPlace.values()].map(
      ({ arn, actions }) => new PolicyStatement({ actions: [...actions], resources: [arn] }),
    ),
    ...(buckets.size === 0 ? [] : [new PolicyStatement({ actions: ['s3:ListBucket'], resources: [...buckets] })]),
    ...(key === undefined
      ? []
      : [
          new PolicyStatement({
            actions: ['kms:Decrypt', ...(writes ? ['kms:GenerateDataKey'] : [])],
            resources: [key.keyArn],
          }),
        ]),
  ];
};
