import type { FunctionName } from './permissions.ts';

/** A function of the pipeline, as the user wants it. */
export interface FunctionSettings {
  /** Absolute path of the module that exports `handler`. @default the pipeline's own */
  readonly entry?: string;
  /** Memory in MB, from 128 to 10,240. @default 1,769 for process and queue, 1,024 for split, scan, resolve, merge and replay, else 512 */
  readonly memoryMb?: number;
  /** Limit of one call in seconds, from 1 to 900. @default 60 for the intake, 120 for notify, else 900 */
  readonly timeoutSeconds?: number;
  /** Space in `/tmp` in MB, from 512 to 10,240. @default 512 */
  readonly storageMb?: number;
  /** Settings beside those that all functions have. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Calls at a time at most, taken from the account's. @default not limited */
  readonly reservedConcurrency?: number;
}

interface Usual {
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
}

/** One core at 1,769 MB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const wholeCoreMb = 1769;

const usual = (description: string, memoryMb: number, timeoutSeconds = 900): Usual => ({
  description,
  memoryMb,
  timeoutSeconds,
});

/** What functions have unless told otherwise. Their limits lie below those of the definition's states, which have 960 and 120 s. */
export const usualSettings: Readonly<Record<FunctionName, Usual>> = {
  intake: usual('starts a batch for each upload', 512, 60),
  split: usual('plans the chunks of an upload', 1024),
  scan: usual('scans a range of a very large upload', 1024),
  process: usual('validates, enriches and writes the rows of a chunk', wholeCoreMb),
  resolve: usual('waits for all chunks and reduces what spans them', 1024),
  merge: usual('merges chunks, reconciles counts, writes the report', 1024),
  archive: usual('moves the upload to the archive', 512),
  notify: usual('sends the mail of a batch that succeeded', 512, 110),
  failure: usual('keeps a copy of an upload whose batch failed, and sends the mail', 512),
  replay: usual('replays mended rejects into their batch', 1024),
  queue: usual('processes chunks from a queue', wholeCoreMb),
};

/** Functions that a pipeline cannot do without. */
export type RequiredFunction = Exclude<FunctionName, 'scan' | 'replay' | 'queue'>;
