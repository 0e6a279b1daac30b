import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { stagesOf } from '../../src/cli/progress/batch-history.ts';
import { plainLines } from '../../src/cli/progress/plain-steps.ts';
import { renderSteps } from '../../src/cli/progress/render-steps.ts';
import {
  batchSteps,
  createChunkBook,
  createProgressView,
  createStyle,
  fit,
  formatBytes,
  formatDuration,
  printable,
  type Step,
  styleOf,
  wrap,
} from '../../src/terminal.ts';

const at = (ms: number, event: Omit<HistoryEvent, 'timestamp' | 'id'>): HistoryEvent => ({
  id: ms,
  timestamp: new Date(ms),
  ...event,
});
const entered = (ms: number, name: string) => at(ms, { type: 'TaskStateEntered', stateEnteredEventDetails: { name } });
const exited = (ms: number, name: string) => at(ms, { type: 'TaskStateExited', stateExitedEventDetails: { name } });

test('stages are read out of the history, a running one by the clock', () => {
  const events = [entered(0, 'Prepare'), entered(10, 'Split'), exited(30, 'Split'), entered(40, 'ProcessChunks')];
  expect(stagesOf(events, 100)).toEqual([
    { name: 'split', state: 'done', durationMs: 20 },
    { name: 'process', state: 'running', durationMs: 60 },
    { name: 'resolve', state: 'waiting', durationMs: undefined },
    { name: 'merge', state: 'waiting', durationMs: undefined },
    { name: 'archive', state: 'waiting', durationMs: undefined },
    { name: 'notify', state: 'waiting', durationMs: undefined },
  ]);
});

test('a split that is called again adds up', () => {
  const events = [entered(0, 'Split'), exited(10, 'Split'), entered(10, 'Split'), exited(25, 'Split')];
  expect(stagesOf(events, 30)[0]).toEqual({ name: 'split', state: 'done', durationMs: 25 });
});

test('the pause between a failure and its redrive does not count', () => {
  const failed = [entered(0, 'ProcessChunks'), at(100, { type: 'ExecutionFailed' })];
  expect(stagesOf(failed, 5_000)[1]).toEqual({ name: 'process', state: 'failed', durationMs: 100 });
  const redriven = [...failed, at(4_000, { type: 'ExecutionRedriven' })];
  expect(stagesOf(redriven, 4_050)[1]).toEqual({ name: 'process', state: 'running', durationMs: 150 });
  const done = [...redriven, exited(4_070, 'ProcessChunks')];
  expect(stagesOf(done, 9_000)[1]).toEqual({ name: 'process', state: 'done', durationMs: 170 });
});

const plain = createStyle({ color: false });
const processing: Step = {
  name: 'process',
  state: 'running',
  durationMs: 62_000,
  done: 8,
  active: 4,
  total: 16,
  details: ['8/16 chunks', '1,234,567 rows', '12,345 rejected'],
};

test('a running step has a bar of what is done, in work and to come', () => {
  expect(renderSteps([processing], plain, 120)).toEqual([
    `  ● process     1:02  ${'█'.repeat(16)}${'▒'.repeat(8)}${'░'.repeat(8)}   8/16 chunks, 1,234,567 rows, 12,345 rejected`,
  ]);
});

test('a bar shows work from the first part on and is not full before the last', () => {
  const bar = (done: number, active: number): string =>
    /[█▒░]+/.exec(renderSteps([{ ...processing, done, active, total: 1000 }], plain, 120)[0]!)![0];
  expect(bar(0, 1)).toBe(`▒${'░'.repeat(31)}`);
  expect(bar(999, 1)).toBe(`${'█'.repeat(31)}▒`);
  expect(bar(1000, 0)).toBe('█'.repeat(32));
});

test.each([10, 20, 40, 60, 80, 100, 120, 200])('no line is wider than %i columns allow', (width) => {
  const wide: Step = { name: 'upload', state: 'done', durationMs: 1, details: ['数据'.repeat(60)] };
  const failed: Step = { name: 'merge', state: 'failed', durationMs: 100, details: ['x'.repeat(300)] };
  const color = createStyle({ color: true });
  for (const line of renderSteps([processing, wide, failed], color, Math.max(width, 30)))
    expect([...stripVTControlCharacters(line).replace(/[数据]/g, 'xx')].length).toBeLessThan(Math.max(width, 30));
});

test('without a terminal the end of a step is told once, and quarters of a long one', () => {
  const steps = (done: number, state: Step['state'] = 'running'): readonly Step[] => [
    { name: 'split', state: 'done', durationMs: 100 },
    { ...processing, done, state, details: [`${done}/16 chunks`] },
  ];
  const said: string[] = [];
  let before: readonly Step[] = [];
  for (const now of [
    steps(0),
    steps(3),
    steps(4),
    steps(5),
    steps(13),
    steps(16),
    steps(16, 'done'),
    steps(16, 'done'),
  ]) {
    said.push(...plainLines(before, now));
    before = now;
  }
  expect(said).toEqual([
    'split     done in 0.1 s',
    'process   25 %: 4/16 chunks',
    'process   75 %: 13/16 chunks',
    'process   done in 1 min 2 s: 16/16 chunks',
  ]);
});

test('a short step is told by its end alone', () => {
  expect(plainLines([], [{ ...processing, durationMs: 900 }])).toEqual([]);
});

test('a terminal is drawn on in place and given its cursor back', () => {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), {
    isTTY: true,
    columns: 80,
    hasColors: () => false,
  });
  const view = createProgressView({ stream, environment: { TERM: 'xterm' } });
  const split: Step = { name: 'split', state: 'running' };
  view.show([split, { name: 'merge', state: 'waiting' }]);
  view.show([split, { name: 'merge', state: 'waiting' }]); // nothing new, nothing drawn
  view.show([
    { ...split, state: 'done' },
    { name: 'merge', state: 'running' },
  ]);
  view.end();
  const text = stream.read() as string;
  expect(text.match(/\u001b\[2A/g)).toHaveLength(1);
  expect(text.startsWith('\u001b[?25l')).toBe(true);
  expect(text.endsWith('\u001b[?25h')).toBe(true);
  expect(process.listenerCount('exit')).toBe(0);
});

test('a pipe gets neither colours nor movements', () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  const view = createProgressView({ stream, environment: { TERM: 'xterm' } });
  view.show([{ name: 'split', state: 'done', durationMs: 1500, details: ['3 chunks'] }]);
  view.end();
  expect(stream.read()).toBe('split     done in 1.5 s: 3 chunks\n');
});

test('colour follows the stream, NO_COLOR and FORCE_COLOR', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, hasColors: () => true });
  const colored = (stream: NodeJS.WritableStream, environment: NodeJS.ProcessEnv): boolean =>
    styleOf(stream, environment).good('x') !== 'x';
  expect(colored(terminal, {})).toBe(true);
  expect(colored(terminal, { NO_COLOR: '1' })).toBe(false);
  expect(colored(new PassThrough(), {})).toBe(false);
  expect(colored(new PassThrough(), { FORCE_COLOR: '1' })).toBe(true);
  expect(styleOf(terminal, { TERM: 'linux' }).symbols.full).toBe('#');
});

test('rows are counted once for each chunk, whoever says it', () => {
  const book = createChunkBook();
  const say = (message: string, chunk: number, rowsRead = 0, batchId = 'b'): void =>
    book.note({ functionName: 'f', line: JSON.stringify({ message, batchId, chunk, rowsRead, rowsRejected: 1 }) });
  say('chunk.started', 0);
  say('chunk.started', 0);
  say('chunk.committed', 0, 10);
  say('chunk.committed', 0, 10);
  say('chunk.committed', 1, 5);
  say('chunk.committed', 1, 7, 'other');
  book.note({ functionName: 'f', line: 'text with "message":"chunk.committed" in it' });
  const { rowsRead, rowsRejected, committed, started } = book.of('b');
  expect({ rowsRead, rowsRejected, committed: [...committed], started: [...started] }).toEqual({
    rowsRead: 15,
    rowsRejected: 2,
    committed: [0, 1],
    started: [[0, 2]],
  });
  expect(book.of('other').rowsRead).toBe(7);
});

test('the chunks of a batch become a bar with their rows', () => {
  const stages = stagesOf([entered(0, 'ProcessChunks')], 50);
  const chunks = { total: 3, done: 1, running: 2, failed: 0 };
  expect(batchSteps({ stages, chunks }, { rowsRead: 1, rowsRejected: 0 })[1]).toEqual({
    name: 'process',
    state: 'running',
    durationMs: 50,
    done: 1,
    active: 2,
    total: 3,
    details: ['1/3 chunks', '1 row', '0 rejected'],
  });
});

test('sizes and durations as people say them', () => {
  expect([0, 999, 1000, 9_960, 740_250, 999_999, 74_027_916, 5e12].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '10.0 kB',
    '740 kB',
    '1.0 MB',
    '74 MB',
    '5.0 TB',
  ]);
  expect([0, 1_240, 59_940, 60_000, 119_600, 3_600_000].map(formatDuration)).toEqual([
    '0.0 s',
    '1.2 s',
    '59.9 s',
    '1 min 0 s',
    '2 min 0 s',
    '60 min 0 s',
  ]);
});

test('text of others cannot move the cursor, and fits', () => {
  expect(printable('a\u001b[2Jb\r\n\tc\u202Ed\u0007')).toBe('ab c d ');
  expect(fit('orders-of-today.csv', 10)).toBe('orders-of…');
  expect(fit('数据数据', 5)).toBe('数据…');
  expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  expect(wrap('  indented', 40)).toEqual(['  indented']);
});
