import { defaultLimits, PipelineError } from '@pipeline/core';
import { describe, expect, test } from 'vitest';
import { createCursor, moveCursor, type ScanCursor } from '../../src/scan/cursor.ts';
import { dialectBytes, type ScanDialect } from '../../src/scan/dialect-bytes.ts';
import { blockBytes, header, type Kernel } from '../../src/scan/kernel.ts';
import { knownToScanner } from '../../src/scan/known-to-scanner.ts';
import { createScanMemory, type ScanMemory, setDialect } from '../../src/scan/memory.ts';
import { advance, createScanner } from '../../src/scan/scanner.ts';
import { COMMENT, FIELD_START, QUOTED, UNQUOTED } from '../../src/scan/states.ts';

const comma: ScanDialect = { delimiter: ',', quote: '"' };
const windowBytes = 64 * 1024;

/** A scanner over a window that holds the text, and what its kernel was asked for. */
const scannerOver = (
  text: string,
  {
    dialect = comma,
    maxRecordBytes = 1_000_000,
    fields = false,
    plain = false,
    row,
  }: { dialect?: ScanDialect; maxRecordBytes?: number; fields?: boolean; plain?: boolean; row?: number } = {},
) => {
  const made = createScanMemory({ windowBytes, fields, plain });
  const asked: [from: number, to: number][] = [];
  const watching = (ask: Kernel['count']): Kernel['count'] => {
    return (from, to) => {
      asked.push([from, to]);
      return ask(from, to);
    };
  };
  const { kernel } = made;
  const memory: ScanMemory = {
    ...made,
    kernel: kernel && { ...kernel, count: watching(kernel.count), index: watching(kernel.index) },
  };
  memory.bytes.set(Buffer.from(text));
  const limits = { ...defaultLimits, maxRecordBytes };
  const scanner = createScanner({ dialect, limits, memory, fields, row });
  return { memory, scanner, asked, cursor: createCursor(0) };
};

const lines = (bytes: number): string => 'abc,defgh,ij\n'.repeat(Math.ceil(bytes / 13)).slice(0, bytes);

describe('the kernel', () => {
  test('is asked for all but the end of the window, once where nothing stops it', () => {
    const { scanner, cursor, asked } = scannerOver(lines(10_000));
    expect(scanner.scan(0, 10_000, cursor)).toBe(10_000);
    expect(asked).toEqual([[0, 10_000]]);
    expect(cursor).toMatchObject({ records: Math.floor(10_000 / 13), state: UNQUOTED, filled: 10_000 });
  });

  test('is not asked for less than it looks at, and for no more', () => {
    for (const [bytes, calls] of [
      [blockBytes - 1, []],
      [blockBytes, [[0, blockBytes]]],
    ] as const) {
      const { scanner, cursor, asked } = scannerOver(lines(bytes));
      scanner.scan(0, bytes, cursor);
      expect(asked).toEqual(calls);
    }
  });

  test('is asked again behind a block that it leaves to the state machine', () => {
    // A stray quote in the second of many blocks.
    const text = `${lines(90)}x"y${lines(4000)}`;
    const { scanner, cursor, asked } = scannerOver(text);
    scanner.scan(0, text.length, cursor);
    expect(asked.map(([, to]) => to)).toEqual(asked.map(() => text.length));
    expect(asked.map(([from]) => from)).toEqual([0, 2 * blockBytes]);
    expect(cursor.strays).toBe(1);
  });

  test('gets no further than where a record could pass its cap, and is not asked near it', () => {
    const cap = 200;
    const text = `${'x'.repeat(150)}\n${'y'.repeat(199)}\n`;
    const { scanner, cursor, asked } = scannerOver(text, { maxRecordBytes: cap });
    scanner.scan(0, text.length, cursor);
    expect(asked).toEqual([
      [0, cap],
      [asked[1]![0], 151 + cap],
    ]);
    expect(asked.every(([from, to]) => to - from >= blockBytes)).toBe(true);
    expect(cursor.records).toBe(2);
  });

  test('goes on inside a quoted field, and not inside a comment', () => {
    const quoted = scannerOver(`"${'q\n'.repeat(500)}"\n`);
    quoted.scanner.scan(0, 500, quoted.cursor);
    expect(quoted.cursor.state).toBe(QUOTED);
    quoted.scanner.scan(500, 1000, quoted.cursor);
    expect(quoted.asked.at(-1)).toEqual([500, 1000]);

    const dialect = { ...comma, comment: '#' };
    const remark = scannerOver(`#${'c'.repeat(2000)}\n${lines(2000)}`, { dialect });
    remark.scanner.scan(0, 300, remark.cursor);
    expect(remark.cursor.state).toBe(COMMENT);
    const before = remark.asked.length;
    remark.scanner.scan(300, 1900, remark.cursor);
    expect(remark.asked).toHaveLength(before);
    remark.scanner.scan(1900, 4000, remark.cursor);
    expect(remark.asked.at(-1)![1]).toBe(4000);
  });

  test('knows a doubled quote where there is no escape character, and watches for the bytes that it does not know', () => {
    const headOf = (dialect: ScanDialect) => {
      const memory = createScanMemory({ windowBytes, fields: false });
      setDialect(memory, dialectBytes(dialect));
      const { head } = memory;
      return {
        delimiter: head[header.delimiter],
        quote: head[header.quote],
        watch: [0, 1, 2].map((index) => head[header.watch + index]),
        watched: head[header.watched],
        doubled: head[header.doubled],
        behind: head[header.watch + 3] === head[header.doubled],
      };
    };
    const common = { delimiter: 44, quote: 34, behind: true };
    expect(headOf(comma)).toEqual({ ...common, watch: [0, 0, 0], watched: 0, doubled: 1 });
    expect(headOf({ ...comma, comment: '#' })).toEqual({ ...common, watch: [35, 35, 35], watched: 1, doubled: 1 });
    expect(headOf({ ...comma, escape: '\\', comment: '#', loneCr: true })).toEqual({
      ...{ ...common, watch: [92, 35, 13], watched: 3, doubled: 0 },
    });
    expect(headOf({ ...comma, escape: '\0' })).toEqual({ ...common, watch: [0, 0, 0], watched: 1, doubled: 0 });
  });

  test('and the state machine look at each byte about once', () => {
    const plain = scannerOver(lines(10_000), { plain: true });
    plain.scanner.scan(0, 10_000, plain.cursor);
    expect(plain.cursor.steps).toBe(10_000);
    const fast = scannerOver(lines(10_000));
    fast.scanner.scan(0, 10_000, fast.cursor);
    expect(fast.cursor.steps).toBe(10_000 + blockBytes);
    const rest = scannerOver(lines(10_000));
    rest.scanner.scan(5000, 10_000, rest.cursor);
    expect(rest.cursor.steps).toBe(5000 + blockBytes);
  });
});

describe('a window that holds more than is scanned', () => {
  test('is not forgotten', () => {
    const { scanner, cursor } = scannerOver(lines(1000));
    cursor.filled = 1000;
    scanner.scan(0, 500, cursor);
    expect(cursor.filled).toBe(1000);
    scanner.scanRecord(500, 600, cursor);
    expect(cursor.filled).toBe(1000);
  });

  test('moves to its beginning, with the byte before it', () => {
    const { memory, scanner, cursor } = scannerOver('ab,c\nd,e\n');
    cursor.filled = 9;
    scanner.scan(0, 5, cursor);
    advance(memory, cursor, 5);
    expect(memory.bytes.subarray(0, 4).toString()).toBe('d,e\n');
    expect(cursor).toMatchObject({ base: 5, filled: 4, previous: 10, recordStart: 0, lastEnd: 0 });
    advance(memory, cursor, 0);
    expect(cursor).toMatchObject({ base: 5, filled: 4, previous: 10 });
  });
});

describe('a cursor', () => {
  test('begins with nothing before it', () => {
    expect(createCursor(7)).toEqual({
      ...{ state: FIELD_START, base: 7, recordStart: 0, lastEnd: 0, quoteAt: 0, previous: -1, filled: 0 },
      ...{ final: false, flags: 0, records: 0, spoilt: 0, strays: 0, steps: 0 },
    });
  });

  test('knows the byte before the window, also when the window does not move', () => {
    const cursor: ScanCursor = { ...createCursor(0), filled: 10, recordStart: 4, lastEnd: 3, quoteAt: 6 };
    moveCursor(cursor, 0, 99);
    expect(cursor).toMatchObject({ previous: -1, base: 0, filled: 10 });
    moveCursor(cursor, 4, 13);
    expect(cursor).toMatchObject({ previous: 13, base: 4, filled: 6, recordStart: 0, lastEnd: -1, quoteAt: 2 });
  });
});

describe('a goal', () => {
  const goalOf = (
    text: string,
    goal: number,
    dialect: ScanDialect = { ...comma, loneCr: true },
    filled = text.length,
  ) => {
    const { scanner, cursor } = scannerOver(text, { dialect });
    cursor.filled = filled;
    return scanner.unparted(goal, cursor);
  };

  test('that would part a CR from its LF is the byte before, where each ends a record alone', () => {
    expect(goalOf('a\r\nb', 2)).toBe(1);
    expect(goalOf('a\r\nb', 2, comma)).toBe(2);
  });

  test('stays where it is elsewhere', () => {
    expect(goalOf('a\r\nb', 1)).toBe(1); // before the CR
    expect(goalOf('a\r\nb', 3)).toBe(3); // behind the LF
    expect(goalOf('ab\nc', 2)).toBe(2); // an LF alone
    expect(goalOf('a\rbc', 2)).toBe(2); // a CR alone
    expect(goalOf('\nabc', 0)).toBe(0);
    expect(goalOf('a\r\n', 2, undefined, 2)).toBe(2); // the LF is not there yet
    expect(goalOf('a\r\n', 5)).toBe(5);
  });
});

describe('a record beyond its cap', () => {
  const errorOf = (text: string, more: object = {}): unknown => {
    const { scanner, cursor } = scannerOver(text, { maxRecordBytes: 10, ...more });
    try {
      scanner.scan(0, text.length, cursor);
      cursor.final = true;
      scanner.end(text.length, cursor);
      return undefined;
    } catch (error) {
      return PipelineError.is(error) ? { code: error.code, ...error.details } : error;
    }
  };

  test('is told of with its row, where rows are counted', () => {
    const long = { code: 'CSV_ROW_TOO_LARGE', offset: 2, maxRecordBytes: 10 };
    expect(errorOf('a\nbbbbbbbbbbb\n', { row: 5 })).toEqual({ ...long, row: 6 });
    expect(errorOf('a\nbbbbbbbbbbb\n')).toEqual(long);
  });

  test('may have its newline beyond it', () => {
    for (const plain of [true, false])
      for (const text of ['bbbbbbbbbb\n', 'bbbbbbbbbb\r\n', 'bbbbbbbbbb', '"bbbbbbbb"\r\n', '"bbbbbbbb"\n'])
        expect([text, errorOf(text, { plain })]).toEqual([text, undefined]);
    for (const text of ['bbbbbbbbbbb', 'bbbbbbbbbbb\r\n', '"bbbbbbbbb"\n'])
      expect([text, errorOf(text)]).toMatchObject([text, { code: 'CSV_ROW_TOO_LARGE' }]);
  });

  test('is the quote’s fault where that is open', () => {
    expect(errorOf('a,"bbbbbbbbbbb\n')).toEqual({ code: 'CSV_UNCLOSED_QUOTE', offset: 2, maxRecordBytes: 10 });
  });
});

describe('fields that begin with a quote', () => {
  test.each([true, false])('are noticed, and others are not (plain: %s)', (plain) => {
    const seen = (text: string): boolean => {
      const { memory, scanner, cursor } = scannerOver(text, { fields: true, plain });
      expect(memory.tables.quotes).toBe(false);
      scanner.scan(0, text.length, cursor);
      return memory.tables.quotes;
    };
    expect([seen('a,b\n'), seen('a,"b"\n'), seen(lines(500)), seen(`${lines(520)}"b"\n${lines(520)}`)]).toEqual([
      ...[false, true, false, true],
    ]);
  });

  test('are noticed where one is closed that began before the window', () => {
    const { memory, scanner, cursor } = scannerOver('b"\nc\n', { fields: true, plain: true });
    cursor.state = QUOTED;
    scanner.scan(0, 5, cursor);
    expect(memory.tables.quotes).toBe(true);
  });
});

describe('a dialect in bytes', () => {
  test('has -1 for what it does not have', () => {
    const none = { delimiter: 44, quote: 34, escape: -1, comment: -1, loneCr: false };
    expect(dialectBytes(comma)).toEqual(none);
    expect(dialectBytes({ ...comma, escape: '"', comment: '' })).toEqual(none);
    expect(dialectBytes({ delimiter: ';', quote: '', escape: '\\', comment: '#', loneCr: true })).toEqual({
      ...{ delimiter: 59, quote: -1, escape: -1, comment: 35, loneCr: true },
    });
    expect(dialectBytes({ ...comma, escape: '\\' })).toEqual({ ...none, escape: 92 });
  });

  test('is refused where a character is no single byte, with what was expected', () => {
    for (const token of ['||', 'é', '\x80']) {
      expect(knownToScanner({ ...comma, delimiter: token })).toBe(false);
      expect(knownToScanner({ ...comma, comment: token })).toBe(false);
    }
    expect(knownToScanner({ ...comma, delimiter: '\x7f' })).toBe(true);
    expect(() => dialectBytes({ ...comma, quote: '§' })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        details: {
          option: 'dialect',
          expected: 'delimiter, quote, escape and comment of one ASCII character each, where a source is scanned',
          got: '{"delimiter":",","quote":"§"}',
        },
      }),
    );
  });
});
