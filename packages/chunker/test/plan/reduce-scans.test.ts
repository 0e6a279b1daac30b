import { describe, expect, test } from 'vitest';
import type { PlannedChunk } from '../../src/plan/chunk-cutter.ts';
import type { LaneScan, RangeScan } from '../../src/plan/range-scan.ts';
import { reduceScans } from '../../src/plan/reduce-scans.ts';
import { RECORD_START } from '../../src/plan/start-states.ts';
import { FIELD_START, QUOTED } from '../../src/scan/states.ts';

const cell = (index: number, first: number, last: number, count: number) => ({ cell: index, first, last, count });
const lane = (more: Partial<LaneScan> = {}): LaneScan => ({ from: FIELD_START, to: FIELD_START, cells: [], ...more });
const range = (firstCell: number, ...lanes: readonly LaneScan[]): RangeScan => ({
  firstCell,
  endCell: firstCell + 1,
  lanes,
});

/** The chunks, and the records that were looked at again. */
const reduce = async (
  scans: readonly RangeScan[],
  {
    failing = false,
    ...options
  }: {
    failing?: boolean;
    start?: number;
    firstRow?: number;
    mostBytes?: number;
    suspectBytes?: number;
    sourceEnd?: number;
  } = {},
) => {
  const judged: (readonly [offset: number, row: number])[] = [];
  const chunks: PlannedChunk[] = [];
  for await (const chunk of reduceScans(scans, {
    ...{ start: 0, sourceEnd: 100, mostBytes: 1000, suspectBytes: 1000, ...options },
    judge: async (offset, row) => {
      judged.push([offset, row]);
      if (failing) throw new Error(`record at ${offset}`);
    },
  }))
    chunks.push(chunk);
  return { judged, chunks };
};

/** Three records in two cells, and none behind the last newline. */
const twoCells = [
  range(0, lane({ cells: [cell(0, 0, 30, 2)] })),
  range(1, lane({ cells: [cell(1, 60, 60, 1)], tail: true })),
];

describe('cells become chunks', () => {
  test('each ends where the next one begins, and the last with the source', async () => {
    expect((await reduce(twoCells, { firstRow: 5 })).chunks).toEqual([
      { start: 0, end: 60, firstRow: 5, rowCount: 2 },
      { start: 60, end: 100, firstRow: 7, rowCount: 1 },
    ]);
  });

  test('behind a last newline there is no row, though comments may stand there', async () => {
    const [first] = twoCells;
    const last = (tail: boolean | undefined, start: number) =>
      range(1, lane({ cells: [cell(1, start, start, 1)], ...(tail === undefined ? {} : { tail }) }));
    expect((await reduce([first!, last(false, 60)])).chunks[1]).toEqual({
      start: 60,
      end: 100,
      firstRow: 3,
      rowCount: 0,
    });
    expect((await reduce([first!, last(undefined, 60)])).chunks[1]).toMatchObject({ rowCount: 0 });
    expect((await reduce([first!, last(false, 100)])).chunks).toHaveLength(1);
    expect((await reduce([])).chunks).toEqual([]);
    expect((await reduce([range(0, lane())])).chunks).toEqual([]);
  });

  test('one that its last record makes too long ends in front of it', async () => {
    const scans = [range(0, lane({ cells: [cell(0, 0, 30, 3)] })), range(1, lane({ cells: [cell(1, 60, 60, 1)] }))];
    expect((await reduce(scans, { mostBytes: 59 })).chunks.slice(0, 2)).toEqual([
      { start: 0, end: 30, firstRow: 1, rowCount: 2 },
      { start: 30, end: 60, firstRow: 3, rowCount: 1 },
    ]);
    expect((await reduce(scans, { mostBytes: 60 })).chunks[0]).toEqual({ start: 0, end: 60, firstRow: 1, rowCount: 3 });
    const alone = [range(0, lane({ cells: [cell(0, 0, 0, 1)] })), scans[1]!];
    expect((await reduce(alone, { mostBytes: 10 })).chunks[0]).toEqual({ start: 0, end: 60, firstRow: 1, rowCount: 1 });
  });
});

describe('the one true state', () => {
  test('leads from range to range', async () => {
    const scans = [
      range(0, lane({ cells: [cell(0, 0, 0, 1)], to: QUOTED })),
      range(1, lane({ cells: [cell(1, 50, 50, 1)] }), lane({ from: QUOTED, cells: [cell(1, 70, 70, 1)], tail: true })),
    ];
    expect((await reduce(scans)).chunks.map(({ start }) => start)).toEqual([0, 70]);
  });

  test('at the start of a record is that of a field, where there are no comments', async () => {
    const [first] = twoCells;
    const scans = [{ ...first!, lanes: [lane({ cells: [cell(0, 0, 30, 2)], to: RECORD_START })] }, twoCells[1]!];
    expect((await reduce(scans)).chunks).toHaveLength(2);
    const own = range(
      1,
      lane({ cells: [cell(1, 60, 60, 1)] }),
      lane({ from: RECORD_START, cells: [cell(1, 80, 80, 1)] }),
    );
    expect((await reduce([scans[0]!, own])).chunks[1]!.start).toBe(80);
  });
});

describe('records that may be beyond the cap', () => {
  test('are looked at again from so many bytes on, with their rows', async () => {
    expect((await reduce(twoCells, { suspectBytes: 30 })).judged).toEqual([
      [30, 2],
      [60, 3],
    ]);
    expect((await reduce(twoCells, { suspectBytes: 31 })).judged).toEqual([[60, 3]]);
    expect((await reduce(twoCells, { suspectBytes: 40 })).judged).toEqual([[60, 3]]);
    expect((await reduce(twoCells, { suspectBytes: 41 })).judged).toEqual([]);
  });

  test('also where none began yet', async () => {
    const scans = [range(0, lane()), range(1, lane({ cells: [cell(1, 60, 60, 1)], tail: true }))];
    expect((await reduce(scans, { start: 10, firstRow: 4, suspectBytes: 50 })).judged).toEqual([[10, 4]]);
    expect((await reduce([range(0, lane())], { start: 10, suspectBytes: 90 })).judged).toEqual([[10, 1]]);
  });

  test('fail the plan where they are', async () => {
    await expect(reduce(twoCells, { suspectBytes: 40, failing: true })).rejects.toThrow('record at 60');
    const ended = [range(0, lane({ cells: [cell(0, 0, 30, 2)], to: -1 }))];
    await expect(reduce(ended, { failing: true })).rejects.toThrow('record at 30');
  });
});

describe('scans that do not fit each other', () => {
  const mismatch = (reason: string) => ({ code: 'CHUNK_MISMATCH', details: { index: 'plan', reason } });

  test('have a range missing', async () => {
    await expect(reduce([twoCells[0]!, range(2, lane())])).rejects.toMatchObject(mismatch('range 1 is missing'));
    await expect(reduce([range(3, lane({ cells: [cell(3, 0, 0, 1)] }))])).resolves.toBeDefined();
  });

  test('were not made from the state that is true', async () => {
    const scans = [range(0, lane({ to: QUOTED })), range(1, lane())];
    await expect(reduce(scans)).rejects.toMatchObject(
      mismatch(`the range from cell 1 was not scanned from state ${QUOTED}`),
    );
  });

  test('ended at a record that is none', async () => {
    const ended = [range(0, lane({ cells: [cell(0, 0, 30, 2)], to: -1 }))];
    await expect(reduce(ended)).rejects.toMatchObject(
      mismatch('a record at 30 ended for one reader and not for another'),
    );
  });
});
