import { type CsvLimits, PipelineError } from '@pipeline/core';
import { createCursor } from '../scan/cursor.ts';
import type { ScanDialect } from '../scan/dialect-bytes.ts';
import { createScanMemory } from '../scan/memory.ts';
import { createScanner } from '../scan/scanner.ts';
import { FIELD_START } from '../scan/states.ts';
import { RECORD_START, startStates } from './start-states.ts';

/** A guess where a record begins. */
export interface BorderGuess {
  /** Position in the sample of the first record behind its first byte. */
  readonly position: number;
  /** No other reading of the sample is as good, and this one has several good records. */
  readonly sure: boolean;
}

export interface GuessBorderOptions {
  readonly dialect: ScanDialect;
  readonly limits: Pick<CsvLimits, 'maxRecordBytes'>;
  /** Fields that a record should have. */
  readonly fields: number;
}

/** What a sample holds if it begins in one state. */
interface Reading {
  /** Where records begin, ascending: behind every record that ends in the sample. */
  readonly starts: readonly number[];
  /** Records behind the first border that have the right number of fields and no spoilt or stray quote. */
  readonly good: number;
  readonly bad: number;
}

/**
 * Guesses where a record begins in a sample from the middle of a source: reads it from every state in which it can begin.
 * Where a record begins in all readings that have one, one begins there whichever is true; else the reading whose records
 * look best is believed. `undefined` where no record begins in the sample.
 *
 * A guess it stays, since a quoted field may be longer than the sample: the reader of each chunk proves it, or finds it
 * wrong (`PlanProof`).
 */
export const guessBorder = (sample: Uint8Array, options: GuessBorderOptions): BorderGuess | undefined => {
  const all = startStates(options.dialect).map((state) => readFrom(state, sample, options));
  const readings = all.filter(({ starts }) => starts.length > 0);
  const [best] = readings.toSorted((a, b) => worth(b) - worth(a));
  if (best === undefined) return undefined;
  const agreed = firstInAll(readings.map(({ starts }) => starts));
  if (agreed === undefined) return { position: best.starts[0]!, sure: false };
  return { position: agreed, sure: readings.length === all.length || looksRight(best) };
};

const firstInAll = ([first = [], ...others]: readonly (readonly number[])[]): number | undefined => {
  const sets = others.map((starts) => new Set(starts));
  return first.find((start) => sets.every((starts) => starts.has(start)));
};

/** A bad record weighs more than a good one: text that is read the wrong way round has some lines that look right. */
const worth = ({ good, bad }: Reading): number => good - 3 * bad;

const looksRight = ({ good, bad }: Reading): boolean => good >= 3 && bad * 10 <= good;

const readFrom = (state: number, sample: Uint8Array, { dialect, limits, fields }: GuessBorderOptions): Reading => {
  const memory = createScanMemory({ windowBytes: sample.length, fields: true, plain: true });
  memory.bytes.set(sample);
  const scanner = createScanner({ dialect, limits, memory, fields: true });
  const cursor = createCursor(0, state === RECORD_START ? FIELD_START : state);
  if (state !== RECORD_START) cursor.recordStart = -1;
  try {
    scanner.scan(0, sample.length, cursor);
  } catch (error) {
    if (!PipelineError.is(error)) throw error; // over the cap: what was read so far counts
  }
  const { ends, records, recordCount, flagged } = memory.tables;
  const flags = new Map<number, number>();
  for (let i = 0; i < flagged.length; i += 2) flags.set(flagged[i]!, flagged[i + 1]!);
  const starts = Array.from(records.subarray(0, recordCount), (count) => ends[count - 1]! + 1);
  let good = 0;
  // The first record is the one that the sample begins in the middle of.
  for (let record = 1; record < recordCount; record++)
    if (records[record]! - records[record - 1]! === fields && !flags.has(record)) good++;
  return { starts, good, bad: Math.max(0, recordCount - 1 - good) };
};
