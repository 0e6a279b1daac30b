import { PutObjectCommand } from '@aws-sdk/client-s3';
import { StateError } from '../data/errors.ts';
import type { Json, JsonObject } from '../data/json.ts';
import { evaluateTemplate } from '../data/template.ts';
import type { Execution } from '../engine/execution.ts';
import { scopeOf, type Visit } from '../engine/input-output.ts';
import { describeChild } from './describe-child.ts';
import type { MapRun } from './map-run.ts';

/** The bytes at which a result file is closed and the next one begun. The service's limit is 5 GB. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

type FileGroup = 'FAILED' | 'PENDING' | 'SUCCEEDED';

/**
 * Writes a Map Run's results under `<Prefix>/<map run id>/` and answers where the manifest is. Failed, timed out and
 * aborted children are in FAILED_n, those that never started in PENDING_n.
 *
 * @throws StateError named States.ResultWriterFailed
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
 */
export async function writeResults(visit: Visit, mapRun: MapRun): Promise<JsonObject> {
  const { engine, thread, current, input, state } = visit;
  const { Parameters = {}, WriterConfig } = state.ResultWriter!;
  const { Bucket, Prefix = '' } = evaluateTemplate(Parameters, scopeOf(engine, thread, current, input)) as Record<
    string,
    string
  >;
  const folder = `${Prefix === '' ? '' : `${Prefix!.replace(/\/+$/, '')}/`}${mapRun.id}`;
  const lines = WriterConfig?.OutputType === 'JSONL';
  const put = async (Key: string, Body: string): Promise<void> => {
    try {
      const s3 = engine.s3(thread.execution.machine.roleArn);
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json' }));
    } catch (error) {
      throw new StateError('States.ResultWriterFailed', `${(error as Error).name}: ${(error as Error).message}`);
    }
  };
  const files: Record<FileGroup, JsonObject[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  for (const [group, entries] of groups(visit, mapRun)) {
    for (const text of fileTexts(entries, lines)) {
      const Key = `${folder}/${group}_${files[group].length}.${lines ? 'jsonl' : 'json'}`;
      await put(Key, text);
      files[group].push({ Key, Size: Buffer.byteLength(text) });
    }
  }
  const Key = `${folder}/manifest.json`;
  await put(Key, JSON.stringify({ DestinationBucket: Bucket!, MapRunArn: mapRun.arn, ResultFiles: files }));
  mapRun.resultsWritten = true;
  return { MapRunArn: mapRun.arn, ResultWriterDetails: { Bucket: Bucket!, Key } };
}

function* groups(visit: Visit, mapRun: MapRun): Generator<[FileGroup, Iterable<Json>]> {
  const children = mapRun.children.filter(Boolean);
  yield ['FAILED', children.filter(({ status }) => status !== 'SUCCEEDED').map(describeChild)];
  yield [
    'PENDING',
    mapRun.pending.map(({ input }) => ({
      Input: input.text,
      InputDetails: { Included: true },
      StateMachineArn: mapRun.childMachineArn,
      Status: 'PENDING',
    })),
  ];
  yield [
    'SUCCEEDED',
    transformed(
      visit,
      children.filter(({ status }) => status === 'SUCCEEDED'),
    ),
  ];
}

/** Transformation: NONE with the execution's data (the default in files), COMPACT the outputs, FLATTEN arrays opened. */
function* transformed(visit: Visit, children: readonly Execution[]): Generator<Json> {
  const transformation = visit.state.ResultWriter?.WriterConfig?.Transformation ?? 'NONE';
  for (const child of children) {
    const output = child.output!.json;
    if (transformation === 'NONE') yield describeChild(child);
    else if (transformation === 'FLATTEN' && Array.isArray(output)) yield* output;
    else yield output;
  }
}

function* fileTexts(entries: Iterable<Json>, lines: boolean): Generator<string> {
  let pieces: string[] = [];
  let bytes = 0;
  const close = (): string => {
    const text = lines ? pieces.map((piece) => `${piece}\n`).join('') : `[${pieces.join(',')}]`;
    pieces = [];
    bytes = 0;
    return text;
  };
  for (const entry of entries) {
    const piece = JSON.stringify(entry);
    bytes += piece.length + 1;
    pieces.push(piece);
    if (bytes >= MAX_FILE_BYTES) yield close();
  }
  if (pieces.length > 0) yield close();
}
