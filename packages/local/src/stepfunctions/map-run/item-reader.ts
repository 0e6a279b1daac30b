import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { StateError } from '../data/errors.ts';
import type { Json, JsonObject } from '../data/json.ts';
import { evaluateTemplate } from '../data/template.ts';
import { scopeOf, type Visit } from '../engine/input-output.ts';
import { integerAt, itemsOf } from '../states/map-state.ts';

/** The items of a Distributed Map and where they come from. */
export interface ItemSource {
  /** `$$.Map.Item.Source`. */
  readonly source: string;
  /** The number of items when it is known beforehand. */
  readonly length: number;
  readonly items: AsyncIterable<Json> | Iterable<Json>;
}

/**
 * Opens a Distributed Map's data: the array in the state's input, or what the ItemReader names in S3.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
 */
export function openItems(visit: Visit, signal: AbortSignal): ItemSource {
  const { engine, thread, current, input, state } = visit;
  const reader = state.ItemReader;
  if (!reader) {
    const items = itemsOf(visit);
    return { source: 'STATE_DATA', length: items.length, items };
  }
  const parameters = evaluateTemplate(reader.Parameters ?? {}, scopeOf(engine, thread, current, input)) as JsonObject;
  const maxItems = maxItemsOf(visit);
  const lists = reader.Resource.endsWith(':s3:listObjectsV2');
  const read = lists ? listObjects : reader.ReaderConfig?.InputType === 'JSONL' ? readJsonLines : readJson;
  return {
    source: lists ? `S3://${String(parameters.Bucket)}` : `S3://${String(parameters.Bucket)}/${String(parameters.Key)}`,
    length: 0,
    items: limit(named(read(engine.s3(thread.execution.machine.roleArn), parameters, signal)), maxItems),
  };
}

function maxItemsOf(visit: Visit): number {
  const { MaxItems = Number.POSITIVE_INFINITY, MaxItemsPath } = visit.state.ItemReader!.ReaderConfig ?? {};
  if (MaxItemsPath === undefined) return MaxItems;
  const value = integerAt(visit, 'MaxItemsPath', MaxItemsPath, 'field MaxItems must be positive');
  // Recorded from the service: 0 at the path means all items.
  return value === 0 ? Number.POSITIVE_INFINITY : value;
}

async function* limit(items: AsyncIterable<Json>, maxItems: number): AsyncGenerator<Json> {
  let count = 0;
  for await (const item of items) {
    if (count++ >= maxItems) return;
    yield item;
  }
}

/** Whatever goes wrong while reading is a States.ItemReaderFailed. */
async function* named(items: AsyncIterable<Json>): AsyncGenerator<Json> {
  try {
    yield* items;
  } catch (error) {
    if (error instanceof StateError) throw error;
    const { name, message } = error as Error;
    throw new StateError('States.ItemReaderFailed', name === 'Error' ? message : `${name}: ${message}`);
  }
}

async function openObject(s3: S3Client, parameters: JsonObject, signal: AbortSignal): Promise<Readable> {
  const { Bucket, Key, VersionId } = parameters as Record<string, string | undefined>;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }), { abortSignal: signal });
  return Body as Readable;
}

async function* readJsonLines(s3: S3Client, parameters: JsonObject, signal: AbortSignal): AsyncGenerator<Json> {
  const body = await openObject(s3, parameters, signal);
  let failed: Error | undefined;
  // readline swallows the errors of its input.
  body.once('error', (error) => {
    failed = error;
    lines.close();
  });
  const lines = createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      if (line.trim() !== '') yield parseLine(line, number);
    }
    if (failed) throw failed;
  } finally {
    lines.close();
    body.destroy();
  }
}

function parseLine(line: string, number: number): Json {
  try {
    return JSON.parse(line) as Json;
  } catch {
    throw new StateError('States.ItemReaderFailed', `Line ${number} of the JSONL file is not valid JSON.`);
  }
}

async function* readJson(s3: S3Client, parameters: JsonObject, signal: AbortSignal): AsyncGenerator<Json> {
  const pieces: Buffer[] = [];
  for await (const piece of await openObject(s3, parameters, signal)) pieces.push(piece as Buffer);
  let items: Json;
  try {
    items = JSON.parse(Buffer.concat(pieces).toString('utf8')) as Json;
  } catch {
    throw new StateError('States.ItemReaderFailed', 'The file is not valid JSON.');
  }
  if (!Array.isArray(items))
    throw new StateError('States.ItemReaderFailed', 'Attempting to map over non-iterable node.');
  yield* items;
}

async function* listObjects(s3: S3Client, parameters: JsonObject, signal: AbortSignal): AsyncGenerator<Json> {
  const { Bucket, Prefix } = parameters as Record<string, string | undefined>;
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }), {
      abortSignal: signal,
    });
    for (const { ETag, Key, LastModified, Size, StorageClass } of page.Contents ?? []) {
      yield {
        Etag: ETag ?? '',
        Key: Key ?? '',
        LastModified: Math.floor((LastModified?.getTime() ?? 0) / 1000),
        Size: Size ?? 0,
        StorageClass: StorageClass ?? 'STANDARD',
      };
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}
