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

interface Reading {
  readonly position: number;
  /** Records behind the border that have the right number of fields and no spoilt or stray quote. */
  readonly good: number;
  readonly bad: number;
}

/**
 * Guesses where a record begins in a sample from the middle of a source: reads it from every state in which it can begin
 * and believes the reading whose records look best. `undefined` where no record begins in the sample.
 *
 * A guess it stays: the reader of each chunk proves it, or finds it wrong (`PlanProof`).
 */
export const guessBorder = (sample: Uint8Array, options: GuessBorderOptions): BorderGuess | undefined => {
  const readings = new Map<number, Reading>();
  for (const state of startStates(options.dialect)) {
    const reading = readFrom(state, sample, options);
    const known = reading && readings.get(reading.position);
    if (reading !== undefined && (known === undefined || worth(reading) > worth(known)))
      readings.set(reading.position, reading);
  }
  const [best, second] = [...readings.values()].sort((a, b) => worth(b) - worth(a));
  if (best === undefined) return undefined;
  const alone = second === undefined || worth(second) <= 0;
  return { position: best.position, sure: alone && best.good >= 3 && best.bad * 10 <= best.good };
};

/** A bad record weighs more than a good one: text that is read the wrong way round has some lines that look right. */
const worth = ({ good, bad }: Reading): number => good - 3 * bad;

const readFrom = (
  state: number,
  sample: Uint8Array,
  { dialect, limits, fields }: GuessBorderOptions,
): Reading | undefined => {
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
  if (recordCount === 0) return undefined;
  const flags = new Map<number, number>();
  for (let i = 0; i < flagged.length; i += 2) flags.set(flagged[i]!, flagged[i + 1]!);
  let good = 0;
  let bad = 0;
  // The first record is the one that the sample begins in the middle of.
  for (let record = 1; record < recordCount; record++) {
    const sound = records[record]! - records[record - 1]! === fields && !flags.has(record);
    if (sound) good++;
    else bad++;
  }
  return { position: ends[records[0]! - 1]! + 1, good, bad };
};
