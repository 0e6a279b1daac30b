import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { BatchReport } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { mapRunOf, stagesOf } from '../../src/cli/progress/batch-history.ts';
import { readAsLines } from '../../src/cli/results/read-as.ts';
import { createChunkBook } from '../../src/terminal.ts';

const at = (ms: number, event: Omit<HistoryEvent, 'timestamp' | 'id'>): HistoryEvent => ({
  id: ms,
  timestamp: new Date(ms),
  ...event,
});
const entered = (ms: number, name: string) => at(ms, { type: 'TaskStateEntered', stateEnteredEventDetails: { name } });
const exited = (ms: number, name: string) => at(ms, { type: 'TaskStateExited', stateExitedEventDetails: { name } });
const mapRun = (ms: number, mapRunArn: string) =>
  at(ms, { type: 'MapRunStarted', mapRunStartedEventDetails: { mapRunArn } });

const first = [
  entered(0, 'Split'),
  exited(10, 'Split'),
  entered(10, 'ProcessChunks'),
  mapRun(11, 'chunks-1'),
  exited(30, 'ProcessChunks'),
  entered(30, 'Resolve'),
  exited(35, 'Resolve'),
];
const again = [...first, entered(36, 'Replan'), exited(36, 'Replan'), entered(40, 'Split')];
const scanned = [
  ...again,
  exited(42, 'Split'),
  entered(42, 'ScanRanges'),
  mapRun(43, 'scans'),
  exited(60, 'ScanRanges'),
];
const second = [...scanned, entered(60, 'Split'), exited(65, 'Split'), entered(65, 'ProcessChunks')];

describe('a batch that is planned again', () => {
  test('begins its stages anew, and their times add up', () => {
    const statesOf = (events: readonly HistoryEvent[]) =>
      stagesOf(events, 100)
        .map(({ state }) => state)
        .slice(0, 3);
    expect(statesOf(first)).toEqual(['done', 'done', 'done']);
    expect(statesOf(again)).toEqual(['running', 'waiting', 'waiting']);
    expect(statesOf(scanned)).toEqual(['done', 'waiting', 'waiting']);
    expect(statesOf(second)).toEqual(['done', 'running', 'waiting']);
    expect(stagesOf(second, 100).slice(0, 2)).toEqual([
      { name: 'split', state: 'done', durationMs: 10 + 2 + 18 + 5 },
      { name: 'process', state: 'running', durationMs: 20 + 35 },
    ]);
  });

  test('shows the map of the chunks that count, never that of scan tasks', () => {
    const maps = [first, again, scanned, second, [...second, mapRun(66, 'chunks-2')]].map(mapRunOf);
    expect(maps).toEqual(['chunks-1', undefined, undefined, undefined, 'chunks-2']);
  });

  test('counts the rows of its chunks anew', () => {
    const book = createChunkBook();
    const say = (entry: object): void => book.note({ functionName: 'f', line: JSON.stringify(entry) } as never);
    const committed = { message: 'chunk.committed', batchId: 'b', chunk: 0, rowsRead: 7, rowsRejected: 1 };
    say(committed);
    say({ message: 'plan.disproved', batchId: 'b', chunk: 0, state: 'quoted' });
    expect(book.of('b').rowsRead).toBe(0);
    say({ ...committed, rowsRead: 5 });
    expect(book.of('b')).toMatchObject({ rowsRead: 5, rowsRejected: 1 });
  });
});

describe('how the input was read', () => {
  type Facts = Pick<BatchReport, 'readAs' | 'plan'>;
  const dialect = { delimiter: ',', quote: '"', newline: 'lf' } as const;
  const confidence = { encoding: 0.99, delimiter: 0.987, quote: 0.95, newline: 0.1, header: 1, escape: 0.2 };

  test.each<[Facts, readonly string[]]>([
    [{}, []],
    [{ readAs: { dialect, bom: true }, plan: { mode: 'sampled', number: 1 } }, []],
    [
      { readAs: { dialect: { ...dialect, delimiter: '\t', newline: 'crlf' }, encoding: 'utf-16le', bom: true } },
      ['Read as UTF-16LE, delimiter tab, quote ", CRLF.'],
    ],
    [
      { readAs: { dialect: { ...dialect, quote: '' }, compression: 'zstd', skippedLines: 2, bom: false } },
      ['Read as UTF-8, delimiter ,, no quotes, LF, 2 lines skipped, unpacked from zstd.'],
    ],
    [
      {
        readAs: {
          dialect: { ...dialect, escape: '\\', comment: '#' },
          detected: { ...dialect, encoding: 'utf-8', header: false, confidence, sampleBytes: 10 },
          bom: false,
        },
        plan: { mode: 'sequential', number: 2 },
      },
      [
        'Read as UTF-8, delimiter ,, quote ", escape \\, comments after #, LF, no header (detected, at least 95 % sure).',
        'Samples had misled: chunks were planned again by a full scan.',
      ],
    ],
    [
      { readAs: { dialect, reader: 'csv-parse', bom: false } },
      ['Read as UTF-8, delimiter ,, quote ", LF, by csv-parse.'],
    ],
  ])('%j', (facts, lines) => {
    expect(readAsLines(facts)).toEqual(lines);
  });
});
