import { describe, expect, test } from 'vitest';
import { type BorderGuess, guessBorder } from '../../src/plan/guess-border.ts';

const dialect = { delimiter: ',', quote: '"', escape: '"' } as const;
const guess = (sample: string, { fields = 2, maxRecordBytes = 1_000_000 } = {}): BorderGuess | undefined =>
  guessBorder(Buffer.from(sample), { dialect, limits: { maxRecordBytes }, fields });

const good = (count: number): string => Array.from({ length: count }, (_, row) => `${row},x\n`).join('');

describe('a sample without quotes', () => {
  test('begins a record behind its first newline, and is sure of it with three good ones', () => {
    expect(guess('x,y\n1,2\n3,4\n5,6\n7,')).toEqual({ position: 4, sure: true });
    expect(guess('x,y\n1,2\n3,4\n5,')).toEqual({ position: 4, sure: false });
    expect(guess('x\n')).toEqual({ position: 2, sure: false });
  });

  test.each(['', 'abc', 'a,b'])('begins none where it has no newline: %j', (sample) => {
    expect(guess(sample)).toBeUndefined();
  });

  test('is sure with one bad record in eleven, and not with one in ten', () => {
    expect(guess(`x\n${good(10)}bad\n`)).toEqual({ position: 2, sure: true });
    expect(guess(`x\n${good(9)}bad\n`)).toEqual({ position: 2, sure: false });
    expect(guess(`x\n${good(19)}bad\nbad\n`)).toEqual({ position: 2, sure: false });
    expect(guess(`x\n${good(20)}bad\nbad\n`)).toEqual({ position: 2, sure: true });
  });

  test('counts records by their fields', () => {
    expect(guess('x\n1,2\n3,4\n5,6\n', { fields: 3 })).toEqual({ position: 2, sure: false });
    expect(guess('x\n1,2,3\n4,5,6\n7,8,9\n', { fields: 3 })).toEqual({ position: 2, sure: true });
  });
});

describe('a sample with quotes', () => {
  test('that begins within a quoted field is read the way in which records look right', () => {
    // Read from outside, the quotes stand in the middle of fields, and every second line is a record.
    expect(guess('tail",1\n2,"a\nb"\n3,"c\nd"\n4,"e\nf"\n5,')).toEqual({ position: 8, sure: true });
  });

  test('that is as good either way round is believed nowhere', () => {
    const found = guess('in side\n9,8\n",1\n2,3\n4,5\n6,7\n');
    // Outside: two records, then an open quote. Inside: three records behind it.
    expect(found).toMatchObject({ sure: false });
    expect([8, 16]).toContain(found?.position);
  });

  test('of which both readings begin a record at one place is sure of that place', () => {
    // The field that one reading opens is closed before the record that both begin.
    expect(guess('q"\n1,2\n"3,4\n5,6"\n7,8\n')).toEqual({ position: 3, sure: true });
  });

  test('of which the readings agree on no place is never sure', () => {
    expect(guess('a,b\n1,"2\n3,4\n')).toEqual({ position: expect.any(Number), sure: false });
  });

  test('believes the reading with fewer bad records where they agree on none', () => {
    // Outside: x | 1,2 | 3,4 and an open field. Inside: one record behind the quote, with too few fields.
    const sample = 'x\n1,2\n3,4\n5,6\n"\nbad\n';
    expect(guess(sample)?.position).toBe(2);
    // The other way round the good ones stand behind the quote.
    expect(guess('bad\nbad\nbad\n"\n1,2\n3,4\n5,6\n')?.position).toBe(14);
  });
});

test('what was read before a record beyond the cap counts', () => {
  const sample = `x\n${good(4)}${'y'.repeat(50)}\n${good(2)}`;
  expect(guess(sample, { maxRecordBytes: 20 })).toEqual({ position: 2, sure: true });
});
