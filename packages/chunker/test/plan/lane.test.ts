import { defaultLimits } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { createLane, joinLanes, type Lane, type LaneOptions } from '../../src/plan/lane.ts';
import { RECORD_START } from '../../src/plan/start-states.ts';
import { createScanMemory } from '../../src/scan/memory.ts';
import { createScanner, type Scanner } from '../../src/scan/scanner.ts';
import { FIELD_START, QUOTED, UNQUOTED } from '../../src/scan/states.ts';

const text = 'ab,c\nd,e\nf,g\nh,i\n';

/** Lanes over one window that holds the text. */
const lanesOver = (window: string, maxRecordBytes = 1000, dialect: object = {}) => {
  const memory = createScanMemory({ windowBytes: 4096, fields: false });
  memory.bytes.set(Buffer.from(window));
  const limits = { ...defaultLimits, maxRecordBytes };
  const scanner = createScanner({ dialect: { delimiter: ',', quote: '"', ...dialect }, limits, memory, fields: false });
  const make = (from: number, more: Partial<LaneOptions> = {}): Lane =>
    createLane({
      ...{ from, offset: 0, knownStart: false, scanner, comments: false },
      grid: { start: 0, step: 1000, firstCell: 0 },
      ...more,
    });
  const scan = (lane: Lane, to = window.length): Lane => {
    lane.scan(to, window.length, false);
    return lane;
  };
  return { make, scan };
};

describe('two lanes', () => {
  test('that have come to the same place go on as one, and each keeps what it saw before', () => {
    const { make, scan } = lanesOver(text);
    const known = scan(make(FIELD_START, { knownStart: true }), 9);
    const within = scan(make(UNQUOTED), 9);
    expect(within.join(known)).toBe(true);
    expect([known.at(), within.at(), within.place()]).toEqual([9, undefined, undefined]);
    scan(known);
    scan(within); // is done by the other
    expect(known.summary()).toEqual({
      ...{ from: FIELD_START, to: FIELD_START },
      cells: [{ cell: 0, first: 0, last: 17, count: 5 }],
    });
    expect(within.summary()).toEqual({
      ...{ from: UNQUOTED, to: FIELD_START },
      cells: [{ cell: 0, first: 5, last: 17, count: 4 }],
    });
  });

  test('keep the cells that they saw apart, and share the others', () => {
    const { make, scan } = lanesOver(text);
    const grid = { start: 0, step: 5, firstCell: 0 };
    const known = scan(make(FIELD_START, { knownStart: true, grid }), 13);
    const within = scan(make(UNQUOTED, { grid }), 13);
    expect(within.join(known)).toBe(true);
    scan(known);
    const cells = [
      { cell: 1, first: 5, last: 9, count: 2 },
      { cell: 2, first: 13, last: 13, count: 1 },
      { cell: 3, first: 17, last: 17, count: 1 },
    ];
    expect(known.summary().cells).toEqual([{ cell: 0, first: 0, last: 0, count: 1 }, ...cells]);
    expect(within.summary().cells).toEqual(cells);
  });

  test('stay apart while they are in different places', () => {
    const { make, scan } = lanesOver(text);
    const known = scan(make(FIELD_START, { knownStart: true }), 9);
    expect(scan(make(UNQUOTED), 13).join(known)).toBe(false);
    // It is in the middle of a quoted field, and the other at a record.
    expect(scan(make(QUOTED), 9).join(known)).toBe(false);
    const otherCell = scan(make(UNQUOTED, { grid: { start: -1000, step: 1000, firstCell: 1 } }), 9);
    expect(
      otherCell.join(scan(make(FIELD_START, { knownStart: true, grid: { start: 0, step: 1000, firstCell: 0 } }), 9)),
    ).toBe(false);
  });

  test('stay apart until both have seen a record begin, since none is where it began', () => {
    const { make, scan } = lanesOver(text);
    const known = scan(make(FIELD_START, { knownStart: true }), 3);
    const unknown = scan(make(FIELD_START), 3);
    expect([unknown.join(known), known.join(unknown)]).toEqual([false, false]);
    expect([known.at(), unknown.at()]).toEqual([3, 3]);
    expect(scan(unknown, 9).join(scan(known, 9))).toBe(true);
  });

  test('of which one has ended stay apart', () => {
    const { make, scan } = lanesOver(`${'x'.repeat(40)}\n`, 30);
    const [one, other] = [scan(make(FIELD_START, { knownStart: true })), scan(make(FIELD_START, { knownStart: true }))];
    expect([one.at(), one.place(), one.join(other)]).toEqual([undefined, undefined, false]);
    expect(one.summary()).toMatchObject({ to: -1 });
  });
});

describe('several lanes', () => {
  test('join the first of those before them that is in their place', () => {
    const { make, scan } = lanesOver(text);
    const lanes = [make(FIELD_START, { knownStart: true }), make(QUOTED), make(UNQUOTED)].map((lane) => scan(lane, 9));
    joinLanes(lanes);
    expect(lanes.map((lane) => lane.at())).toEqual([9, 9, undefined]);
  });
});

describe('a lane', () => {
  test('that has ended or goes on as another scans no more', () => {
    const { make, scan } = lanesOver(`a\n${'x'.repeat(40)}\nb\nc\n`, 30);
    const lane = scan(make(FIELD_START, { knownStart: true }));
    const ended = lane.summary();
    expect(ended).toMatchObject({ to: -1, cells: [{ count: 2 }] });
    expect(scan(lane).summary()).toEqual(ended);
  });

  test('says whether the source ends in a record', () => {
    const { make } = lanesOver('a\nb');
    const lane = make(FIELD_START, { knownStart: true });
    lane.scan(3, 3, true);
    expect(lane.summary()).toMatchObject({ tail: true });
    const { make: again } = lanesOver('a\nb\n');
    const whole = again(FIELD_START, { knownStart: true });
    whole.scan(4, 4, true);
    expect(whole.summary()).toMatchObject({ tail: false });
    const open = again(FIELD_START, { knownStart: true });
    open.scan(4, 4, false);
    expect('tail' in open.summary()).toBe(false);
  });

  test('tells a record that begins from a field that does, where comments matter', () => {
    const { make, scan } = lanesOver('a,b\n', 1000, { comment: '#' });
    const begins = { knownStart: true, comments: true };
    expect(scan(make(FIELD_START, begins)).summary().to).toBe(RECORD_START);
    expect(scan(make(FIELD_START, begins), 2).summary().to).toBe(FIELD_START);
    expect(scan(make(FIELD_START, begins), 3).summary().to).toBe(UNQUOTED);
    expect(scan(make(FIELD_START, { knownStart: true })).summary().to).toBe(FIELD_START);
  });

  test('takes no comment for one in the middle of a record that began before it', () => {
    const { make, scan } = lanesOver('#a\nb\n', 1000, { comment: '#' });
    const starts = (from: number, comments: boolean) =>
      scan(make(from, { comments }))
        .summary()
        .cells.map(({ first, count }) => [first, count]);
    expect(starts(RECORD_START, true)).toEqual([[5, 1]]); // the comment belongs to the record behind it
    expect(starts(FIELD_START, true)).toEqual([[3, 2]]);
  });

  test('leaves errors that are none of the file’s to the caller', () => {
    const failing = {
      scan: () => {
        throw new TypeError('broken');
      },
      scanRecord: () => {
        throw new TypeError('broken');
      },
      unparted: (to: number) => to,
    } as unknown as Scanner;
    const { make } = lanesOver(text);
    expect(() => make(FIELD_START, { scanner: failing, knownStart: true }).scan(5, 5, false)).toThrow('broken');
  });
});
